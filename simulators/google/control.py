"""What Google does not have: its own part of the control API, and the home page."""

import secrets
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, ClassVar

from simulators.common import control as common
from simulators.common.diary_control import DiaryControl
from simulators.common.faults import Faults
from simulators.common.messages import Answer, Request
from simulators.google import pages
from simulators.google.records import User
from simulators.google.state import State


class Control(common.Control):
    user_fields: ClassVar[frozenset[str]] = frozenset(
        {"email", "name", "domain", "status", "has_meet", "default_access", "open_meetings", "blocked"}
    )
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
            list(state.users.values()),
            grants,
            list(state.spaces.values()),
            list(self._faults.list),
            self.diary.page() + state.pushes.page(),
        )

    def new_user(self) -> User:
        """Of a Workspace of their own."""
        sub = f"11{secrets.randbelow(10**19):019d}"
        return User(sub, f"{secrets.token_hex(4)}@example.org", "Another User", "example.org")

    def act(self, user: User, action: str) -> str | None:
        """Expire access tokens, kill refresh tokens, or remove the app's access as the person would."""
        state = self._state
        grants = state.live_grants(user.id)
        if action == "deauthorize":
            state.end_everything(user.id, "removed by the user")
        elif action == "kill-refresh":
            for grant in grants:
                grant.refresh_killed = True
                state.save(grant)
        else:
            self.expire(state.accesses.values(), {grant.id for grant in grants})
        return grants[-1].id if grants else None

    def parts(self) -> dict[str, Callable[[], Any]]:
        state = self._state
        return {
            "grants": lambda: [
                self.grant_json(grant, count="refreshes") | {"refreshes_now": grant.refreshes_at(state.now())}
                for grant in state.grants.values()
            ],
            "permissions": lambda: {user_id: state.permitted(user_id) for user_id in state.users},
            "meetings": lambda: [
                asdict(space) | {"who": state.users[space.owner_id].email} for space in state.spaces.values()
            ],
            "calendars": lambda: [asdict(one) for one in state.calendars.values()],
            "entries": lambda: [asdict(one) for one in state.entries.values()],
            "channels": lambda: [asdict(one) for one in state.channels.values()],
            "revocations": lambda: [asdict(revocation) for revocation in state.revocations.values()],
            "secrets": lambda: {
                "codes": list(state.codes),
                "access_tokens": list(state.accesses),
                "refresh_tokens": [grant.refresh for grant in state.grants.values() if grant.refresh],
            },
        }
