"""What Zoom does not have: its own part of the control API, with webhooks, and the home page."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, ClassVar

from simulators.common import control as common
from simulators.common.control import bad, how_many, json_body
from simulators.common.faults import Faults
from simulators.common.messages import Answer, Request, json_answer, redirect
from simulators.zoom import hosts, pages
from simulators.zoom.records import Grant, User
from simulators.zoom.state import State
from simulators.zoom.webhooks import Webhooks


class Control(common.Control):
    user_fields: ClassVar[frozenset[str]] = frozenset(
        {"email", "first_name", "last_name", "type", "status", "timezone", "account_id"}
    )
    _state: State

    def __init__(self, state: State, faults: Faults, webhooks: Webhooks) -> None:
        super().__init__(state, faults)
        self._webhooks = webhooks

    def home_page(self) -> str:
        state = self._state
        grants = {user_id: grant for user_id in state.users if (grant := state.live_grant(user_id))}
        return pages.home(list(state.users.values()), grants, list(state.meetings.values()), list(self._faults.list))

    def new_user(self) -> User:
        """Licensed."""
        return User(
            id=secrets.token_urlsafe(16),
            account_id=secrets.token_urlsafe(16),
            account_number=5200000,
            email=f"{secrets.token_hex(4)}@example.com",
            first_name="Another",
            last_name="User",
            type=2,
            status="active",
            timezone="Europe/Berlin",
            pmi=1_000_000_000 + secrets.randbelow(1_000_000_000),
        )

    def act(self, user: User, action: str) -> str | None:
        """Expire access tokens, kill refresh tokens, or remove the app as the user would at Zoom."""
        grant = self._state.live_grant(user.id)
        if grant is None:
            return None
        if action == "deauthorize":
            self._state.end_grant(user.id, "removed by the user")
            self._webhooks.deauthorized(grant)
        else:
            self._spoil_pairs(grant, action)
        return grant.id

    def reset(self, request: Request) -> Answer:
        self._webhooks.forget()
        return super().reset(request)

    def deliveries(self, request: Request) -> Answer:
        """The webhooks sent, as soon as there are `at_least` so many, or after `timeout` seconds."""
        return json_answer(200, {"webhooks": self._webhooks.deliveries(*how_many(request))})

    def send_webhook(self, request: Request) -> Answer:
        """Send `payload` (JSON) or `raw` (text); `event: app_deauthorized` with `user` makes Zoom's own.

        `signature` replaces the right one, `timestamp` is any text, `age` seconds make it an old one.
        Answers with the delivery.
        """
        data = json_body(request)
        if not isinstance(data, dict):
            raise bad("an object")
        timestamp = str(data.get("timestamp", int(self._state.now() - data.get("age", 0))))
        delivery = self._webhooks.send(self._webhook_body(data), data.get("url", ""), timestamp, data.get("signature"))
        return json_answer(200, asdict(delivery))

    def act_on_meeting(self, request: Request, number: str, action: str) -> Answer:
        """What its host does in Zoom: `change` with topic, start_time, duration. Told to the app if it has subscribed,
        unless `silent`. Answers with the message."""
        data = json_body(request)
        with self._state.changing():
            message = self._act_on_meeting(int(number), action, data if isinstance(data, dict) else {})
        return json_answer(200, {"message": message})

    def switch_meeting(self, _request: Request, number: str, action: str) -> Answer:
        with self._state.changing():
            self._act_on_meeting(int(number), action, {})
        return redirect("/", 303)

    def _act_on_meeting(self, number: int, action: str, values: dict[str, Any]) -> dict[str, Any]:
        meeting = self._state.meeting(number)
        if meeting is None:
            raise bad("a meeting that exists")
        message = hosts.act(self._state, meeting, action, values)
        if not values.get("silent"):
            self._webhooks.tell(message)
        return message

    def _webhook_body(self, data: dict[str, Any]) -> bytes:
        if "raw" in data:
            return str(data["raw"]).encode()
        if "user" in data:
            user = self.user(data["user"])
            grant = self._state.live_grant(user.id) or Grant("none", user.id, [], self._state.now())
            return json.dumps(self._webhooks.deauthorized_payload(grant) | data.get("payload", {})).encode()
        return json.dumps(data.get("payload", {})).encode()

    def _spoil_pairs(self, grant: Grant, action: str) -> None:
        for pair in self._state.pairs_of(grant):
            if action == "expire":
                pair.expires_at = min(pair.expires_at, self._state.now())
            else:
                pair.refresh_killed = True
            self._state.save(pair)

    def parts(self) -> dict[str, Callable[[], Any]]:
        state = self._state
        return {
            "grants": lambda: [self.grant_json(grant, count="pair_no") for grant in state.grants.values()],
            "meetings": lambda: [
                asdict(meeting) | {"who": state.users[meeting.host_id].email, "deleted": bool(meeting.deleted_at)}
                for meeting in state.meetings.values()
            ],
            "secrets": lambda: _secrets(state),
            "webhooks": self._webhooks.deliveries,
        }


def _secrets(state: State) -> dict[str, list[str]]:
    """Every value that must not turn up in anybody's log, page or plain column."""
    return {
        "codes": list(state.codes),
        "access_tokens": [pair.access for pair in state.pairs()],
        "refresh_tokens": [pair.refresh for pair in state.pairs()],
        "host_keys": [meeting.start_url.partition("zak=")[2] for meeting in state.meetings.values()],
    }
