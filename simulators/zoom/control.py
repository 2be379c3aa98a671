"""What Zoom does not have: the control API for tests under /_simulator/, and the home page's switches."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from simulators.zoom import pages
from simulators.zoom.faults import BadFault, Fault, Faults
from simulators.zoom.messages import Answer, Refusal, Request, html_answer, json_answer, redirect
from simulators.zoom.records import Grant, User, utc_text
from simulators.zoom.state import Settings, State
from simulators.zoom.webhooks import Webhooks

SETTING_NAMES = {item.name for item in fields(Settings)}
USER_FIELDS = {"email", "first_name", "last_name", "type", "status", "timezone", "account_id"}
LONGEST_WAIT = 60.0


class Control:
    def __init__(self, state: State, faults: Faults, webhooks: Webhooks) -> None:
        self._state = state
        self._faults = faults
        self._webhooks = webhooks

    # For people

    def home(self, _request: Request) -> Answer:
        state = self._state
        with state.lock:
            grants = {user_id: grant for user_id in state.users if (grant := state.live_grant(user_id))}
            page = pages.home(
                list(state.users.values()), grants, list(state.meetings.values()), list(self._faults.list)
            )
        return html_answer(200, page)

    def switch(self, _request: Request, name: str) -> Answer:
        self._faults.clear()
        if name == "down":
            self._faults.add([Fault("*", "status", status=503, times=None)])
        elif name == "slow":
            self._faults.add([Fault("*", "delay", seconds=3, times=None)])
        return redirect("/", 303)

    def switch_user(self, request: Request, user_id: str, action: str) -> Answer:
        self.act_on_user(request, user_id, action)
        return redirect("/", 303)

    # For tests

    def state(self, request: Request) -> Answer:
        """All of it, or `?only=meetings,counters`."""
        parts = self._parts()
        only = request.query.get("only", "")
        names = only.split(",") if only else list(parts)
        with self._state.lock:
            return json_answer(200, {name: parts[name]() for name in names if name in parts})

    def add_faults(self, request: Request) -> Answer:
        data = _json(request)
        try:
            faults = [Fault.parse(item) for item in (data if isinstance(data, list) else [data])]
        except BadFault as problem:
            raise _bad(str(problem)) from None
        self._faults.add(faults)
        return json_answer(201, [asdict(fault) for fault in faults])

    def clear_faults(self, _request: Request) -> Answer:
        self._faults.clear()
        return json_answer(200, {})

    def release(self, _request: Request) -> Answer:
        return json_answer(200, {"released": self._faults.release()})

    def held(self, request: Request) -> Answer:
        """The calls being held, as soon as there are `at_least` so many, or after `timeout` seconds."""
        return json_answer(200, {"held": self._faults.wait_until_held(*_how_many(request))})

    def lost(self, request: Request) -> Answer:
        """The lost answers, as soon as there are `at_least` so many, or after `timeout` seconds."""
        return json_answer(200, {"lost": self._state.wait_until_lost(*_how_many(request))})

    def deliveries(self, request: Request) -> Answer:
        """The webhooks sent, as soon as there are `at_least` so many, or after `timeout` seconds."""
        return json_answer(200, {"webhooks": self._webhooks.deliveries(*_how_many(request))})

    def reset_counters(self, _request: Request) -> Answer:
        self._faults.reset_counters()
        return json_answer(200, {})

    def reset(self, _request: Request) -> Answer:
        """As freshly started with an empty file; calls that are held go on."""
        self._faults.clear()
        self._faults.release()
        self._faults.reset_counters()
        self._webhooks.forget()
        self._state.reset()
        return json_answer(200, {})

    def settings(self, request: Request) -> Answer:
        data = _json(request)
        if not isinstance(data, dict) or not data.keys() <= SETTING_NAMES | {"seed"}:
            raise _bad(f"settings are {', '.join(sorted(SETTING_NAMES))} and seed")
        if "seed" in data:
            self._faults.random.seed(data.pop("seed"))
        with self._state.lock:
            for name, value in data.items():
                setattr(self._state.settings, name, value)
            return json_answer(200, asdict(self._state.settings))

    def add_user(self, request: Request) -> Answer:
        """A new licensed user with what is given."""
        user = User(
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
        return self._save_user(user, _json(request), 201)

    def change_user(self, request: Request, user_id: str) -> Answer:
        return self._save_user(self._user(user_id), _json(request), 200)

    def act_on_user(self, _request: Request, user_id: str, action: str) -> Answer:
        """Expire access tokens, kill refresh tokens, or remove the app as the user would at Zoom."""
        state = self._state
        user = self._user(user_id)
        with state.changing():
            grant = state.live_grant(user.id)
            if grant is None:
                return json_answer(200, {"grant": None})
            if action == "deauthorize":
                state.end_grant(user.id, "removed by the user")
                self._webhooks.deauthorized(grant)
            else:
                self._spoil_pairs(grant, action)
        return json_answer(200, {"grant": grant.id})

    def send_webhook(self, request: Request) -> Answer:
        """Send `payload` (JSON) or `raw` (text); `event: app_deauthorized` with `user` makes Zoom's own.

        `signature` replaces the right one, `timestamp` is any text, `age` seconds make it an old one.
        Answers with the delivery.
        """
        data = _json(request)
        if not isinstance(data, dict):
            raise _bad("an object")
        timestamp = str(data.get("timestamp", int(self._state.now() - data.get("age", 0))))
        delivery = self._webhooks.send(self._webhook_body(data), data.get("url", ""), timestamp, data.get("signature"))
        return json_answer(200, asdict(delivery))

    def _webhook_body(self, data: dict[str, Any]) -> bytes:
        if "raw" in data:
            return str(data["raw"]).encode()
        if "user" in data:
            user = self._user(data["user"])
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

    def _user(self, name: str) -> User:
        user = self._state.user_named(name)
        if user is None:
            raise Refusal(json_answer(404, {"message": f"no user {name}"}))
        return user

    def _save_user(self, user: User, data: Any, status: int) -> Answer:
        if not isinstance(data, dict) or not data.keys() <= USER_FIELDS:
            raise _bad(f"of a user one can set {', '.join(sorted(USER_FIELDS))}")
        with self._state.changing():
            for name, value in data.items():
                setattr(user, name, value)
            self._state.save(user)
        return json_answer(status, asdict(user))

    def _parts(self) -> dict[str, Callable[[], Any]]:
        state, faults = self._state, self._faults
        return {
            "users": lambda: [asdict(user) for user in state.users.values()],
            "grants": lambda: [_grant_json(state, grant) for grant in state.grants.values()],
            "meetings": lambda: [
                asdict(meeting) | {"who": state.users[meeting.host_id].email, "deleted": bool(meeting.deleted_at)}
                for meeting in state.meetings.values()
            ],
            "counters": faults.counters,
            "faults": lambda: [asdict(fault) for fault in faults.list],
            "faults_happened": lambda: dict(faults.happened),
            "faults_hit": lambda: list(faults.hits),
            "refreshes": lambda: list(faults.refreshes),
            "held": lambda: list(faults.held),
            "lost_answers": lambda: list(state.lost_answers),
            "lost_refreshes": lambda: [lost for lost in state.lost_answers if lost["operation"] == "refresh"],
            "secrets": lambda: _secrets(state),
            "webhooks": self._webhooks.deliveries,
            "settings": lambda: asdict(state.settings),
        }


def _grant_json(state: State, grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "user_id": grant.user_id,
        "email": state.users[grant.user_id].email,
        "scopes": grant.scopes,
        "created_at": utc_text(grant.created_at),
        "pair_no": grant.pair_no,
        "alive": grant.is_alive,
        "ended_by": grant.ended_by,
    }


def _secrets(state: State) -> dict[str, list[str]]:
    """Every value that must not turn up in anybody's log, page or plain column."""
    return {
        "codes": list(state.codes),
        "access_tokens": [pair.access for pair in state.pairs()],
        "refresh_tokens": [pair.refresh for pair in state.pairs()],
        "host_keys": [meeting.start_url.partition("zak=")[2] for meeting in state.meetings.values()],
    }


def _json(request: Request) -> Any:
    try:
        return json.loads(request.body or b"{}")
    except ValueError:
        raise _bad("not JSON") from None


def _how_many(request: Request) -> tuple[int, float]:
    query = request.query
    return int(query.get("at_least", "0")), min(float(query.get("timeout", "10")), LONGEST_WAIT)


def _bad(message: str) -> Refusal:
    return Refusal(json_answer(400, {"message": message}))
