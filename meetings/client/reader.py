"""Whoever reads a client's page: in which zone they think, on which clock they read times, and when weeks begin.

The zone is in the address. So is the clock once they have switched it; a cookie that says nothing but "12" or "24"
keeps it for the next visit, and until then the browser's languages decide.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header

from meetings.times import Clock

COOKIE = "okey_clock"
SECONDS = 365 * 24 * 3600
NAME = "clock"
MONDAY = 0


@dataclass(frozen=True)
class Reader:
    """`is_switched`: the address says which clock, so the addresses on the page say it too.

    `keeps`: what else the address says and those on the page shall say, by name.
    """

    zone: ZoneInfo
    clock: Clock = Clock.H24
    is_switched: bool = False
    keeps: tuple[tuple[str, str], ...] = ()
    week_begins: int = MONDAY

    @classmethod
    def of(cls, request: HttpRequest, zone: ZoneInfo, keeps: Mapping[str, str] | None = None) -> "Reader":
        kept, begins = tuple((keeps or {}).items()), week_begins(request)
        return cls(zone, clock_of(request), switched(request) is not None, kept, begins)

    def query(self, **more: str) -> str:
        """What an address on the page is followed by."""
        clock = {NAME: self.clock.value} if self.is_switched else {}
        return "?" + urlencode({**dict(self.keeps), **more, "zone": str(self.zone), **clock})


def clock_of(request: HttpRequest) -> Clock:
    """As this browser's reader has switched it, or as people read it who speak its first language."""
    chosen = switched(request) or _clock(request.COOKIES.get(COOKIE, ""))
    return chosen or _usual(request.headers.get("Accept-Language", "")[:200])


def week_begins(request: HttpRequest) -> int:
    """0 is Monday: as is usual where the browser's first language is spoken."""
    return _first_weekday(request.headers.get("Accept-Language", "")[:200])


def clocks(request: HttpRequest) -> list[tuple[str, str]]:
    """What each clock is called, and the query that shows this very page by it; "" for the one that is shown."""
    shown, found = clock_of(request), []
    for clock, name in ((Clock.H24, _("24 hours")), (Clock.H12, _("AM/PM"))):
        query = request.GET.copy()
        query[NAME] = clock.value
        found.append((name, "" if clock is shown else f"?{query.urlencode()}"))
    return found


def remember(response: HttpResponse, request: HttpRequest) -> None:
    """Where the clock was switched just now."""
    clock = switched(request)
    if clock is None or request.COOKIES.get(COOKIE) == clock.value:
        return
    response.set_cookie(
        COOKIE,
        clock.value,
        max_age=SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def switched(request: HttpRequest) -> Clock | None:
    """The clock that the address names."""
    return _clock(request.POST.get(NAME, "") or request.GET.get(NAME, ""))


def _clock(text: str) -> Clock | None:
    return Clock(text) if text in set(Clock) else None


@lru_cache(maxsize=500)
def _first_weekday(languages: str) -> int:
    """A Monday where the header names no country that is known: a language alone says nothing of weeks."""
    return next((int(locale.first_week_day) for locale in _locales(languages)), MONDAY)


@lru_cache(maxsize=500)
def _usual(languages: str) -> Clock:
    """24 hours where the header names no language that is known."""
    for locale in _locales(languages):
        pattern = str(locale.time_formats["short"].pattern)
        return Clock.H12 if "h" in re.sub("'[^']*'", "", pattern) else Clock.H24
    return Clock.H24


def _locales(languages: str) -> Iterator[Locale]:
    """Those of the header that are known, the first one first."""
    for language, _weight in parse_accept_lang_header(languages):
        with suppress(UnknownLocaleError, ValueError):
            yield Locale.parse(language, sep="-")
