"""The simulated Google's memory, and the rules about grants that hold whatever endpoint is called."""

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from simulators.common import pushes
from simulators.common import state as common
from simulators.common.diary import Calendar, Entry
from simulators.common.messages import Request
from simulators.google import scopes as google_scopes
from simulators.google.records import (
    ACCESS_TOKEN_SECONDS,
    FIRST_CALENDARS,
    FIRST_USERS,
    TESTING_SECONDS,
    Access,
    Channel,
    Code,
    Grant,
    Permission,
    Record,
    Revocation,
    Space,
    SyncToken,
    User,
)

MINUTE = 60


@dataclass
class Settings(pushes.Settings):
    """`publishing` is production or testing; `join_base` the address before a meeting's code (ours if empty)."""

    publishing: str = "production"
    boxes_ticked: bool = True
    project_a_minute: int = 100
    user_a_minute: int = 10
    most_refresh_tokens: int = 100
    is_api_enabled: bool = True
    is_client_deleted: bool = False
    is_calendar_api_enabled: bool = True
    calendar_calls_a_minute: int = 600
    #: The longest page of a list, however long a one is asked for.
    most_a_page: int = 2500
    join_base: str = ""
    #: Whether a channel's first message is there before the channel is answered for.
    sync_first: bool = False


class State(common.State[Settings, User]):
    pushes: pushes.Pushes
    #: Told of every calendar that has changed.
    watchers: list[Callable[[Calendar], None]]

    def _load(self) -> None:
        self.users = {user.id: user for user in self._store.load(User)}
        self.permissions = {permission.user_id: permission for permission in self._store.load(Permission)}
        self.codes = {code.value: code for code in self._store.load(Code)}
        self.grants = {grant.id: grant for grant in self._store.load(Grant)}
        self.accesses = {access.token: access for access in self._store.load(Access)}
        self.spaces = {space.id: space for space in self._store.load(Space)}
        self.revocations = {revocation.number: revocation for revocation in self._store.load(Revocation)}
        self.calendars = {calendar.id: calendar for calendar in self._store.load(Calendar)}
        self.entries = {entry.id: entry for entry in self._store.load(Entry)}
        self.sync_tokens = {token.token: token for token in self._store.load(SyncToken)}
        self.channels = {channel.id: channel for channel in self._store.load(Channel)}
        #: The rest of lists that are read page by page.
        self.listings: dict[str, Any] = {}
        self._calendar_calls: dict[str, deque[float]] = {}
        self._by_refresh = {grant.refresh: grant for grant in self.grants.values() if grant.refresh}
        #: When the last minute's spaces were made, and for whom.
        self._creates: deque[tuple[float, str]] = deque()

    def _add_first_records(self) -> None:
        for user in FIRST_USERS:
            self.save(replace(user))
        for calendar in FIRST_CALENDARS:
            self.save(replace(calendar))

    def _keep(self, record: Record) -> str:
        match record:
            case User():
                self.users[record.id], key = record, record.id
            case Permission():
                self.permissions[record.user_id], key = record, record.user_id
            case Code():
                self.codes[record.value], key = record, record.value
            case Grant():
                self.grants[record.id], key = record, record.id
                if record.refresh:
                    self._by_refresh[record.refresh] = record
            case Access():
                self.accesses[record.token], key = record, record.token
            case Space():
                self.spaces[record.id], key = record, record.id
            case Calendar():
                self.calendars[record.id], key = record, record.id
            case Entry():
                self.entries[record.id], key = record, record.id
            case SyncToken():
                self.sync_tokens[record.token], key = record, record.token
            case Channel():
                self.channels[record.id], key = record, record.id
            case Revocation():
                self.revocations[record.number], key = record, str(record.number)
        return key

    def user_behind(self, request: Request) -> str | None:
        form = request.form
        grant = self.grant_by_token(request.bearer_token or form.get("token", "") or form.get("refresh_token", ""))
        if grant:
            return grant.user_id
        code = self.codes.get(form.get("code", ""))
        return code.user_id if code else form.get("user")

    # Grants

    def permitted(self, user_id: str) -> list[str]:
        permission = self.permissions.get(user_id)
        return permission.scopes if permission else []

    def permit(self, user_id: str, scopes: list[str]) -> None:
        self.save(Permission(user_id, list(dict.fromkeys([*self.permitted(user_id), *scopes]))))

    def live_grants(self, user_id: str) -> list[Grant]:
        """Oldest first."""
        return [grant for grant in self.grants.values() if grant.user_id == user_id and grant.is_alive]

    def open_grant(self, code: Code) -> Grant:
        """A new grant beside the person's older ones; of more than a hundred refresh tokens, the oldest dies."""
        now = self.now()
        scopes = [*code.scopes, *(self.permitted(code.user_id) if code.includes_granted else [])]
        refresh = f"1//0g{secrets.token_urlsafe(64)}" if code.gives_refresh else ""
        grant = Grant(secrets.token_hex(8), code.user_id, list(dict.fromkeys(scopes)), refresh, now, now)
        if self.settings.publishing == "testing" and set(grant.scopes) - set(google_scopes.SIGN_IN):
            grant.expires_at = now + TESTING_SECONDS
        self.save(grant)
        with_refresh = [other for other in self.live_grants(code.user_id) if other.refresh]
        for oldest in with_refresh[: -self.settings.most_refresh_tokens]:
            self._end(oldest, "more than a hundred refresh tokens")
        return grant

    def end_everything(self, user_id: str, reason: str) -> list[Grant]:
        """Take back all that this person ever allowed the project; the grants that lived until now."""
        ended = self.live_grants(user_id)
        for grant in ended:
            self._end(grant, reason)
        self.save(Permission(user_id, []))
        return ended

    def issue_access(self, grant: Grant) -> Access:
        access = Access(f"ya29.{secrets.token_urlsafe(120)}", grant.id, self.now() + ACCESS_TOKEN_SECONDS)
        self.save(access)
        return access

    def grant_by_access(self, token: str) -> Grant | None:
        """Of a token that may have expired."""
        access = self.accesses.get(token)
        return self.grants[access.grant_id] if access else None

    def grant_by_refresh(self, token: str) -> Grant | None:
        return self._by_refresh.get(token)

    def grant_by_token(self, token: str) -> Grant | None:
        return self.grant_by_access(token) or self.grant_by_refresh(token)

    def _end(self, grant: Grant, reason: str) -> None:
        grant.ended_at, grant.ended_by = self.now(), reason
        self.save(grant)

    # Spaces

    def space_named(self, name: str) -> Space | None:
        """By id or by meeting code."""
        if name in self.spaces:
            return self.spaces[name]
        return next((space for space in self.spaces.values() if space.code == name), None)

    def created_within_a_minute(self, user_id: str) -> tuple[int, int]:
        """By the whole project, and by this person."""
        now = self.now()
        while self._creates and self._creates[0][0] <= now - MINUTE:
            self._creates.popleft()
        return len(self._creates), sum(1 for _moment, who in self._creates if who == user_id)

    def count_create(self, user_id: str) -> None:
        self._creates.append((self.now(), user_id))

    # Calendars

    def count_calendar_call(self, user_id: str) -> bool:
        """Whether it is one of those that a person has in a minute."""
        now, calls = self.now(), self._calendar_calls.setdefault(user_id, deque())
        while calls and calls[0] <= now - MINUTE:
            calls.popleft()
        if len(calls) >= self.settings.calendar_calls_a_minute:
            return False
        calls.append(now)
        return True

    def entry_changed(self, calendar: Calendar) -> None:
        """Whoever watches it is told."""
        for tell in self.watchers:
            tell(calendar)
