"""The simulated Microsoft's memory, and the rules about grants that hold whatever endpoint is called."""

import random
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from simulators.common import pushes
from simulators.common import state as common
from simulators.common.diary import Calendar, Entry
from simulators.common.messages import Request
from simulators.microsoft.records import (
    FIRST_CALENDARS,
    FIRST_TENANTS,
    FIRST_USERS,
    UNUSED_SECONDS,
    Access,
    Code,
    Consent,
    Grant,
    Meeting,
    Record,
    Refresh,
    Subscription,
    Tenant,
    Transaction,
    User,
)

LOOP_SECONDS = 300


@dataclass
class Settings(pushes.Settings):
    """`registration` says who may sign in: any, work or single. `join_base` is a link's address (ours if empty).

    `join_style` is short or long. `most_refreshes` of one grant within five minutes look like a loop.
    """

    registration: str = "any"
    is_secret_expired: bool = False
    says_scope: bool = True
    most_refreshes: int = 50
    join_base: str = ""
    join_style: str = "short"
    #: The longest page of a list, however long a one is asked for.
    most_a_page: int = 1000


class State(common.State[Settings, User]):
    pushes: pushes.Pushes
    #: Told of every calendar that has changed.
    watchers: list[Callable[[Calendar], None]]

    def _load(self) -> None:
        self.tenants = {tenant.id: tenant for tenant in self._store.load(Tenant)}
        self.users = {user.id: user for user in self._store.load(User)}
        self.consents = {consent.user_id: consent for consent in self._store.load(Consent)}
        self.codes = {code.value: code for code in self._store.load(Code)}
        self.grants = {grant.id: grant for grant in self._store.load(Grant)}
        self.refreshes = {refresh.token: refresh for refresh in self._store.load(Refresh)}
        self.accesses = {access.token: access for access in self._store.load(Access)}
        self.meetings = {meeting.id: meeting for meeting in self._store.load(Meeting)}
        self.calendars = {calendar.id: calendar for calendar in self._store.load(Calendar)}
        self.entries = {entry.id: entry for entry in self._store.load(Entry)}
        self.subscriptions = {one.id: one for one in self._store.load(Subscription)}
        self.transactions = {one.name: one for one in self._store.load(Transaction)}
        #: The rest of lists that are read page by page.
        self.listings: dict[str, Any] = {}
        self._recent: dict[str, deque[float]] = {}

    def _add_first_records(self) -> None:
        for tenant in FIRST_TENANTS:
            self.save(replace(tenant, admin_consented=[], withheld=[]))
        for user in FIRST_USERS:
            self.save(replace(user))
        for calendar in FIRST_CALENDARS:
            self.save(replace(calendar))

    def _keep(self, record: Record) -> str:
        match record:
            case Tenant():
                self.tenants[record.id], key = record, record.id
            case User():
                self.users[record.id], key = record, record.id
            case Consent():
                self.consents[record.user_id], key = record, record.user_id
            case Code():
                self.codes[record.value], key = record, record.value
            case Grant():
                self.grants[record.id], key = record, record.id
            case Refresh():
                self.refreshes[record.token], key = record, record.token
            case Access():
                self.accesses[record.token], key = record, record.token
            case Calendar():
                self.calendars[record.id], key = record, record.id
            case Entry():
                self.entries[record.id], key = record, record.id
            case Subscription():
                self.subscriptions[record.id], key = record, record.id
            case Transaction():
                self.transactions[record.name], key = record, record.name
            case Meeting():
                self.meetings[record.id], key = record, record.id
        return key

    def user_behind(self, request: Request) -> str | None:
        form = request.form
        access = self.accesses.get(request.bearer_token)
        refresh = self.refreshes.get(form.get("refresh_token", ""))
        if found := access or refresh:
            return self.grants[found.grant_id].user_id
        code = self.codes.get(form.get("code", ""))
        return code.user_id if code else form.get("user")

    def tenant_named(self, name: str) -> Tenant | None:
        """By id or by domain."""
        if name in self.tenants:
            return self.tenants[name]
        return next((tenant for tenant in self.tenants.values() if tenant.domain == name), None)

    def tenant_of(self, user: User) -> Tenant:
        return self.tenants[user.tenant_id]

    # Consent

    def consented(self, user: User) -> set[str]:
        """By this person, or by an administrator for everybody."""
        own = self.consents.get(user.id)
        return {*(own.scopes if own else ()), *self.tenant_of(user).admin_consented}

    def consent(self, user: User, scopes: list[str]) -> None:
        own = self.consents.get(user.id)
        self.save(Consent(user.id, list(dict.fromkeys([*(own.scopes if own else ()), *scopes]))))

    def consent_for_everybody(self, tenant: Tenant, scopes: list[str]) -> None:
        tenant.admin_consented = list(dict.fromkeys([*tenant.admin_consented, *scopes]))
        self.save(tenant)

    # Grants

    def live_grants(self, user_id: str) -> list[Grant]:
        """Oldest first."""
        return [grant for grant in self.grants.values() if grant.user_id == user_id and grant.is_alive]

    def open_grant(self, code: Code) -> Grant:
        """A new grant beside the person's older ones."""
        grant = Grant(secrets.token_hex(8), code.user_id, code.scopes, self.now())
        self.save(grant)
        return grant

    def end_grants(self, user_id: str, reason: str, code: int) -> list[Grant]:
        ended = self.live_grants(user_id)
        for grant in ended:
            grant.ended_at, grant.ended_by, grant.ended_code = self.now(), reason, code
            self.save(grant)
        return ended

    def issue_refresh(self, grant: Grant) -> Refresh:
        refresh = Refresh(f"1.A{secrets.token_urlsafe(1200)}", grant.id, self.now())
        self.save(refresh)
        return refresh

    def issue_access(self, grant: Grant, scopes: list[str]) -> tuple[Access, int]:
        """The token and its seconds: an hour for a personal account, between 60 and 90 minutes for others."""
        is_personal = self.users[grant.user_id].is_personal
        seconds = 3600 if is_personal else random.randint(3600, 5400)  # noqa: S311 - not a secret
        token = ".".join(f"eyJ{secrets.token_urlsafe(700)}" for _ in range(3))
        access = Access(token, grant.id, scopes, self.now() + seconds)
        self.save(access)
        return access, seconds

    def is_unused(self, refresh: Refresh) -> bool:
        return self.now() >= refresh.used_at + UNUSED_SECONDS

    def is_loop(self, grant: Grant) -> bool:
        """Counts one more refresh of this grant; whether there were too many within five minutes."""
        now = self.now()
        recent = self._recent.setdefault(grant.id, deque())
        while recent and recent[0] <= now - LOOP_SECONDS:
            recent.popleft()
        recent.append(now)
        return len(recent) > self.settings.most_refreshes

    # Meetings

    def meeting_by_external_id(self, user_id: str, external_id: str) -> Meeting | None:
        return next(
            (
                meeting
                for meeting in self.meetings.values()
                if meeting.user_id == user_id and meeting.external_id == external_id and meeting.deleted_at is None
            ),
            None,
        )

    # Calendars

    @property
    def graph_url(self) -> str:
        """Before the path of links to the next page: this simulator's, as clients follow them to no other host."""
        return self.base_url

    def entry_changed(self, calendar: Calendar) -> None:
        """Whoever watches it is told."""
        for tell in self.watchers:
            tell(calendar)
