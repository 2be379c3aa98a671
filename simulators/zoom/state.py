"""The simulated Zoom's memory and the rules about grants that hold whatever endpoint is called."""

import secrets
from dataclasses import dataclass, field, replace

from simulators.common import state as common
from simulators.common.messages import Request
from simulators.zoom.records import ACCESS_TOKEN_SECONDS, FIRST_USERS, Code, Grant, Meeting, Pair, Record, User

SCOPES = [
    "user:read:user",
    "meeting:write:meeting",
    "meeting:update:meeting",
    "meeting:delete:meeting",
    "meeting:read:meeting",
    "meeting:read:list_meetings",
]


@dataclass
class Settings(common.Settings):
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    refresh_grace: float = 0
    daily_limit: int = 100
    webhook_url: str = ""
    webhook_secret: str = ""
    #: Whether the app has subscribed to the events about meetings.
    meeting_events: bool = False


class State(common.State[Settings, User]):
    def _load(self) -> None:
        self.users = {user.id: user for user in self._store.load(User)}
        self.codes = {code.value: code for code in self._store.load(Code)}
        self.grants = {grant.id: grant for grant in self._store.load(Grant)}
        self.meetings = {meeting.id: meeting for meeting in self._store.load(Meeting)}
        self._live_grants = {grant.user_id: grant for grant in self.grants.values() if grant.is_alive}
        self._by_access: dict[str, Pair] = {}
        self._by_refresh: dict[str, Pair] = {}
        self._by_grant: dict[str, list[Pair]] = {}
        for pair in self._store.load(Pair):
            self._index(pair)

    def _add_first_records(self) -> None:
        for user in FIRST_USERS:
            self.save(replace(user))

    def _keep(self, record: Record) -> str:
        match record:
            case User():
                self.users[record.id], key = record, record.id
            case Code():
                self.codes[record.value], key = record, record.value
            case Grant():
                self.grants[record.id], key = record, record.id
            case Meeting():
                self.meetings[record.id], key = record, str(record.id)
            case Pair():
                self._index(record)
                key = record.access
        return key

    def today(self) -> str:
        return self.now_text()[:10]

    # Grants

    def pairs(self) -> list[Pair]:
        return list(self._by_access.values())

    def live_grant(self, user_id: str) -> Grant | None:
        return self._live_grants.get(user_id)

    def open_grant(self, user_id: str, scopes: list[str]) -> Pair:
        """A new grant with its first pair. The user's older grant, if any, is dead from here on (4741)."""
        self.end_grant(user_id, "a newer authorization")
        grant = Grant(secrets.token_hex(8), user_id, scopes, self.now())
        self._live_grants[user_id] = grant
        return self.issue_pair(grant)

    def end_grant(self, user_id: str, reason: str) -> Grant | None:
        grant = self._live_grants.pop(user_id, None)
        if grant:
            grant.ended_at, grant.ended_by = self.now(), reason
            self.save(grant)
        return grant

    def issue_pair(self, grant: Grant) -> Pair:
        """The grant's next pair; the one before it works on for `refresh_grace` seconds only."""
        now = self.now()
        for pair in self.pairs_of(grant)[-1:]:
            pair.superseded_at = now
            self.save(pair)
        grant.pair_no += 1
        self.save(grant)
        pair = Pair(_token(), _token(), grant.id, grant.pair_no, now, now + ACCESS_TOKEN_SECONDS)
        self.save(pair)
        return pair

    def pairs_of(self, grant: Grant) -> list[Pair]:
        """Oldest first."""
        return self._by_grant.get(grant.id, [])

    def pair_by_access(self, token: str) -> Pair | None:
        return self._by_access.get(token)

    def pair_by_refresh(self, token: str) -> Pair | None:
        return self._by_refresh.get(token)

    def is_live(self, pair: Pair) -> bool:
        return self.grants[pair.grant_id].is_alive and pair.is_current(self.now(), self.settings.refresh_grace)

    # Found by whoever needs them

    def user_behind(self, request: Request) -> str | None:
        """Whose call this is, for faults that are meant for one user."""
        form = request.form
        pair = self.pair_by_access(request.bearer_token or form.get("token", "")) or self.pair_by_refresh(
            form.get("refresh_token", "")
        )
        if pair:
            return self.grants[pair.grant_id].user_id
        code = self.codes.get(form.get("code", ""))
        return code.user_id if code else form.get("user")

    def meeting(self, meeting_id: int) -> Meeting | None:
        meeting = self.meetings.get(meeting_id)
        return meeting if meeting and meeting.exists(self.now()) else None

    def _index(self, pair: Pair) -> None:
        if pair.access not in self._by_access:
            self._by_grant.setdefault(pair.grant_id, []).append(pair)
        self._by_access[pair.access] = pair
        self._by_refresh[pair.refresh] = pair


def _token() -> str:
    return secrets.token_urlsafe(48)
