"""The list of a user's meetings: which kinds there are, and pages that one walks by token."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.zoom.meeting_rules import SCHEDULED
from simulators.zoom.records import Meeting, User
from simulators.zoom.state import State

TOKEN_SECONDS = 15 * 60
HORIZON_SECONDS = 183 * 24 * 3600
AGENDA_CUT = 250
MOST_ON_A_PAGE = 300
DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _is_upcoming(meeting: Meeting, now: float) -> bool:
    return now < meeting.starts + meeting.duration * 60 and meeting.starts < now + HORIZON_SECONDS


def _is_previous(meeting: Meeting, now: float) -> bool:
    return now - HORIZON_SECONDS < meeting.starts + meeting.duration * 60 <= now


TYPES: dict[str, Callable[[Meeting, float], bool]] = {
    "scheduled": lambda _meeting, _now: True,
    "live": lambda _meeting, _now: False,
    "upcoming": _is_upcoming,
    "upcoming_meetings": _is_upcoming,
    "previous_meetings": _is_previous,
}


@dataclass
class _Rest:
    """What a next_page_token stands for."""

    user_id: str
    meetings: list[int]
    total: int
    until: float


class Listings:
    def __init__(self) -> None:
        self._rests: dict[str, _Rest] = {}

    @staticmethod
    def mistakes(query: dict[str, str]) -> list[str]:
        size = query.get("page_size", "30")
        rules = {
            "type": query.get("type", "scheduled") in TYPES,
            "page_size": size.isascii() and size.isdigit() and 1 <= int(size) <= MOST_ON_A_PAGE,
            "from": bool(DATE.fullmatch(query.get("from", "2000-01-01"))),
            "to": bool(DATE.fullmatch(query.get("to", "2000-01-01"))),
        }
        return [name for name, holds in rules.items() if not holds]

    def page(self, state: State, user: User, query: dict[str, str]) -> dict[str, Any] | None:
        """One page, or None if its token is not good (any more)."""
        size = int(query.get("page_size", "30"))
        if token := query.get("next_page_token", ""):
            rest = self._rests.get(token)
            if rest is None or rest.user_id != user.id or state.now() >= rest.until:
                return None
        else:
            found = _find(state, user, query)
            rest = _Rest(user.id, found, len(found), state.now() + TOKEN_SECONDS)
        now = state.now()
        meetings = [state.meetings[number] for number in rest.meetings[:size]]
        return {
            "page_size": size,
            "total_records": rest.total,
            "next_page_token": self._token_for(state, rest, size),
            "meetings": [_item(meeting) for meeting in meetings if meeting.exists(now)],
        }

    def _token_for(self, state: State, rest: _Rest, size: int) -> str:
        if len(rest.meetings) <= size:
            return ""
        now = state.now()
        self._rests = {token: kept for token, kept in self._rests.items() if now < kept.until}
        token = secrets.token_urlsafe(24)
        self._rests[token] = _Rest(rest.user_id, rest.meetings[size:], rest.total, now + TOKEN_SECONDS)
        return token


def _find(state: State, user: User, query: dict[str, str]) -> list[int]:
    now = state.now()
    wanted = TYPES[query.get("type", "scheduled")]
    first, last = query.get("from", ""), query.get("to", "9999-12-31")
    found = [
        meeting
        for meeting in state.meetings.values()
        if meeting.host_id == user.id
        and meeting.type == SCHEDULED
        and meeting.exists(now)
        and wanted(meeting, now)
        and first <= meeting.start_time[:10] <= last
    ]
    return [meeting.id for meeting in sorted(found, key=lambda meeting: (meeting.starts, meeting.id))]


def _item(meeting: Meeting) -> dict[str, Any]:
    return {
        "uuid": meeting.uuid,
        "id": meeting.id,
        "host_id": meeting.host_id,
        "topic": meeting.topic,
        "type": meeting.type,
        "start_time": meeting.start_time,
        "duration": meeting.duration,
        "timezone": meeting.timezone,
        "agenda": meeting.agenda[:AGENDA_CUT],
        "created_at": meeting.created_at,
        "join_url": meeting.join_url,
    }
