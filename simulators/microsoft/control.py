"""What Microsoft does not have: its own part of the control API, and the home page."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, ClassVar

from simulators.common import control as common
from simulators.common.control import bad, json_body
from simulators.common.diary_control import DiaryControl
from simulators.common.faults import Faults
from simulators.common.messages import Answer, Request, json_answer
from simulators.microsoft import pages
from simulators.microsoft.records import CONTOSO, Consent, Tenant, User
from simulators.microsoft.state import State

TENANT_FIELDS = {item.name for item in fields(Tenant)} - {"id"}


class Control(common.Control):
    user_fields: ClassVar[frozenset[str]] = frozenset(item.name for item in fields(User)) - {"id"}
    _state: State

    def __init__(self, state: State, faults: Faults) -> None:
        super().__init__(state, faults)
        self.diary = DiaryControl(state)

    def reset(self, request: Request) -> Answer:
        self._state.pushes.forget()
        return super().reset(request)

    def home_page(self) -> str:
        state = self._state
        grants = {user_id: state.live_grants(user_id) for user_id in state.users}
        return pages.home(
            state.users.values(),
            state.tenants,
            grants,
            list(state.meetings.values()),
            list(self._faults.list),
            self.diary.page() + state.pushes.page(),
        )

    def new_user(self) -> User:
        """At Contoso, where users may consent."""
        email = f"{secrets.token_hex(4)}@contoso.example.com"
        digits = secrets.token_hex(16)
        oid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        return User(oid, CONTOSO, email, "Another User", email)

    def act(self, user: User, action: str) -> str | None:
        """Expire access tokens, revoke the sessions, or remove the app as one does at myapps.microsoft.com."""
        state = self._state
        grants = state.live_grants(user.id)
        if action == "deauthorize":
            state.end_grants(user.id, "removed by the user", 65001)
            state.save(Consent(user.id, []))
        elif action == "kill-refresh":
            state.end_grants(user.id, "sessions revoked", 50173)
        else:
            self.expire(state.accesses.values(), {grant.id for grant in grants})
        return grants[-1].id if grants else None

    def change_tenant(self, request: Request, name: str) -> Answer:
        tenant, data = self._state.tenant_named(name), json_body(request)
        if tenant is None or not isinstance(data, dict) or not data.keys() <= TENANT_FIELDS:
            raise bad(f"of a known tenant one can set {', '.join(sorted(TENANT_FIELDS))}")
        with self._state.changing():
            for field, value in data.items():
                setattr(tenant, field, value)
            self._state.save(tenant)
        return json_answer(200, asdict(tenant))

    def parts(self) -> dict[str, Callable[[], Any]]:
        state = self._state
        return {
            "tenants": lambda: [asdict(tenant) for tenant in state.tenants.values()],
            "consents": lambda: {user_id: consent.scopes for user_id, consent in state.consents.items()},
            "grants": lambda: [self.grant_json(grant, count="refreshes") for grant in state.grants.values()],
            "meetings": lambda: [
                asdict(meeting) | {"who": state.users[meeting.user_id].email, "deleted": meeting.deleted_at is not None}
                for meeting in state.meetings.values()
            ],
            "calendars": lambda: [asdict(one) for one in state.calendars.values()],
            "entries": lambda: [asdict(one) for one in state.entries.values()],
            "subscriptions": lambda: [asdict(one) for one in state.subscriptions.values()],
            "secrets": lambda: {
                "codes": list(state.codes),
                "access_tokens": list(state.accesses),
                "refresh_tokens": list(state.refreshes),
            },
        }
