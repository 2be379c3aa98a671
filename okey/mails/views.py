"""The mails that `make run` keeps in files, to read. Nowhere else: where mails are sent, these pages do not exist."""

from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from okey.mails import reader
from okey.mails.reader import KeptMail

SHOWN = 100
#: A mail's HTML runs nothing, loads nothing, and opens what it links to in a window of its own.
SANDBOX = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
LINKS_OPEN_OUTSIDE = '<base target="_blank">'


@require_safe
@never_cache
def mail_list(request: HttpRequest) -> HttpResponse:
    return render(request, "mails/list.html", {"mails": reader.newest(_folder(), limit=SHOWN), "limit": SHOWN})


@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type] # its types know no view with arguments
def mail_page(request: HttpRequest, key: str) -> HttpResponse:
    mail = _mail(key)
    names = ("From", "Reply-To", "To", "Date", "Message-ID")
    context = {
        "mail": mail,
        "headers": [(name, mail.header(name)) for name in names if mail.header(name)],
        "text": mail.text_of("text/plain"),
        "has_html": bool(mail.text_of("text/html")),
        "calendar": mail.text_of("text/calendar"),
    }
    return render(request, "mails/mail.html", context)


@require_safe
@xframe_options_sameorigin
@csp(SANDBOX)  # type: ignore[arg-type]
def mail_html(_request: HttpRequest, key: str) -> HttpResponse:
    """The HTML part, for a frame."""
    return HttpResponse(_mail(key).text_of("text/html").replace("<head>", f"<head>{LINKS_OPEN_OUTSIDE}", 1))


@require_safe
def mail_calendar(_request: HttpRequest, key: str) -> HttpResponse:
    calendar = _mail(key).text_of("text/calendar")
    if not calendar:
        raise Http404
    response = HttpResponse(calendar, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="invite.ics"'
    return response


def _folder() -> Path:
    kept = reader.folder()
    if kept is None:
        raise Http404
    return kept


def _mail(key: str) -> KeptMail:
    mail = reader.find(_folder(), key)
    if mail is None:
        raise Http404
    return mail
