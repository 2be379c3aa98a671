"""The administrators' mail about a page that failed: where in the code, and nothing of what anybody sent.

Django's own would carry the address with its code or token, the query, cookies, passwords that were posted, local
variables and settings. This one has the page's pattern instead of its address, the kinds of the exceptions instead of
their messages, and lines of code. The rest is in the log of the process.

It waits in the table of mails, so no request waits for a mail server; a place in the code that fails again and again
is told once in a while. What the outside causes (foreign hosts, an outage of the database) is not told at all.
"""

import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest
from django.template.loader import render_to_string
from django.urls import resolve
from django.utils import timezone, translation

from okey.limits import limits
from okey.mails import outbox

TEMPLATE = "mails/page_failed"
#: One mail for each place in so many seconds, and so many an hour in all.
A_PLACE_SECONDS, AN_HOUR = 600, 20
COUNTED_FOR = 24 * 3600
#: Of calls within each other, the innermost.
FRAMES = 25

#: One thread at most: whatever fails while it waits for the mail server is in the log.
_aside = threading.BoundedSemaphore(1)


@dataclass(frozen=True)
class Place:
    """Where in the code it failed, and with what."""

    kind: str
    file: str
    line: int | None

    def __str__(self) -> str:
        return f"{self.kind} {self.file}:{self.line}"


def tell(request: HttpRequest, error: BaseException) -> None:
    """Mail it, unless this place was told lately, or many others; those that are left out are counted."""
    place = _place(error)
    key = "error-mails:" + limits.keyed("error place", str(place))
    if not _is_due(place):
        cache.add(key, 0, COUNTED_FOR)
        cache.incr(key)
        return
    left_out = cache.get(key, 0)
    cache.delete(key)
    with translation.override(settings.LANGUAGE_CODE):
        _queue(_context(request, error, place, left_out))


def _is_due(place: Place) -> bool:
    if not limits.hit("error mail", str(place), limit=1, seconds=A_PLACE_SECONDS).allowed:
        return False
    return limits.hit("error mails", "all", limit=AN_HOUR, seconds=3600).allowed


def _context(request: HttpRequest, error: BaseException, place: Place, left_out: int) -> dict[str, Any]:
    return {
        "method": request.method if request.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "?",
        "page": _page(request),
        "place": place,
        "steps": _steps(error),
        "at": timezone.now().strftime("%Y-%m-%d %H:%M:%S UTC"),
        "left_out": left_out,
    }


def _queue(context: dict[str, Any]) -> None:
    try:
        with transaction.atomic():
            outbox.write(to=settings.ADMIN_EMAIL, template=TEMPLATE, context=context)
    except DatabaseError:  # away, or in a transaction that is broken
        subject = " ".join(render_to_string(f"{TEMPLATE}/subject.txt", context).split())
        _send_aside(EmailMessage(subject, render_to_string(f"{TEMPLATE}/text.txt", context), to=[settings.ADMIN_EMAIL]))


def _send_aside(mail: EmailMessage) -> None:
    if not _aside.acquire(blocking=False):
        return

    def send() -> None:
        try:
            mail.send(fail_silently=True)
        finally:
            _aside.release()

    threading.Thread(target=send, name="error-mail", daemon=True).start()


# --- What may be told -------------------------------------------------------------------------------------


def _page(request: HttpRequest) -> str:
    """The pattern of the address: `m/<str:token>/`, never the token."""
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Http404:
        return "(no page has this address)"
    return "/" + match.route


def _steps(error: BaseException) -> list[str]:
    """As Python prints it, the causes first, but without messages and values."""
    lines: list[str] = []
    seen: set[int] = set()
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        chain.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    for one in reversed(chain):
        lines += [_step(frame) for frame in traceback.extract_tb(one.__traceback__)[-FRAMES:]]
        lines.append(_kind(one))
    return lines


def _step(frame: traceback.FrameSummary) -> str:
    return f"  {_file(frame.filename)}, line {frame.lineno}, in {frame.name}: {frame.line}"


def _place(error: BaseException) -> Place:
    frames = traceback.extract_tb(error.__traceback__)
    return Place(_kind(error), _file(frames[-1].filename) if frames else "", frames[-1].lineno if frames else None)


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def _file(path: str) -> str:
    """Within O-Key, or within the packages: where they are installed is nobody's business."""
    for folder in ("site-packages", "dist-packages"):
        if folder in path:
            return path.rpartition(f"{folder}/")[2]
    return path.removeprefix(f"{settings.BASE_DIR}/") if Path(path).is_relative_to(settings.BASE_DIR) else path
