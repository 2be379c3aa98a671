"""Where somebody goes on after connecting: the page that they came from, if that is one of O-Key's own."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 300


def place(request: HttpRequest) -> str:
    """The path that the form names as `next`; "" where it names none, or one that leads elsewhere."""
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    return wanted if is_safe(wanted) else ""


def is_safe(path: str) -> bool:
    """Whether it is a path here: no other host, no scheme, nothing that a browser reads as either."""
    is_plain = path.isascii() and path.isprintable() and "\\" not in path and len(path) <= LONGEST
    return is_plain and path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
