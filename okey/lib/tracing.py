"""Whose doing a line of the log is: the ID of the request, or of the piece of work, that this thread is at.

A request has one of its own, or the one that a proxy gave it. What it leaves for a worker carries it on
(LinkJob.request_id); other work has one made for it.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

#: What is taken from outside. Anything else could be a second line of the log, or somebody's name.
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
LENGTH_MAX = 64

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """ "" outside of requests and of work."""
    return _current.get()


@contextmanager
def within(request_id: str = "") -> Iterator[str]:
    """All that is done in here has this ID; without one, a new one."""
    request_id = request_id or uuid.uuid4().hex
    token = _current.set(request_id)
    try:
        yield request_id
    finally:
        _current.reset(token)


def carry_on(request_id: str) -> None:
    """The work that goes on from here was asked for by this request, where one is known. Within `within`."""
    if request_id:
        _current.set(request_id)


class RequestIdMiddleware:
    """Gives each request its ID, and says it in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        with within(given if WELL_FORMED.fullmatch(given) else "") as request_id:
            request.META["okey.request_id"] = request_id  # for lines that Django writes when this is over
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            return response
