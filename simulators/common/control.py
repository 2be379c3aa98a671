"""What no vendor has: the control API for tests under /_simulator/, and the home page's switches."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from typing import Any, ClassVar

from simulators.common.faults import BadFault, Fault, Faults
from simulators.common.messages import Answer, Refusal, Request, html_answer, json_answer, redirect
from simulators.common.state import State
from simulators.common.times import utc_text

LONGEST_WAIT = 60.0


class Control(ABC):
    #: What `users/<user>/<action>` does, for tests and for the home page's buttons.
    actions: ClassVar[tuple[str, ...]] = ("expire", "kill-refresh", "deauthorize")
    #: What a test may say of a user.
    user_fields: ClassVar[frozenset[str]]

    def __init__(self, state: State[Any, Any], faults: Faults) -> None:
        self._state = state
        self._faults = faults

    @abstractmethod
    def home_page(self) -> str:
        """The page for people, with the state locked."""

    @abstractmethod
    def new_user(self) -> Any:
        """Another user, whom `users` then changes as asked."""

    @abstractmethod
    def act(self, user: Any, action: str) -> str | None:
        """Do one of `actions`; the id of the grant that it met, if any."""

    @abstractmethod
    def parts(self) -> dict[str, Callable[[], Any]]:
        """The vendor's own parts of the state."""

    def grant_json(self, grant: Any, *, count: str) -> dict[str, Any]:
        """A grant for tests; `count` is its field that says how often it was refreshed."""
        return {
            "id": grant.id,
            "user_id": grant.user_id,
            "email": self._state.users[grant.user_id].email,
            "scopes": grant.scopes,
            "created_at": utc_text(grant.created_at),
            count: getattr(grant, count),
            "alive": grant.is_alive,
            "ended_by": grant.ended_by,
        }

    def expire(self, accesses: Iterable[Any], grant_ids: set[str]) -> None:
        """The access tokens of these grants work no more."""
        now = self._state.now()
        for access in list(accesses):
            if access.grant_id in grant_ids and access.expires_at > now:
                access.expires_at = now
                self._state.save(access)

    # For people

    def home(self, _request: Request) -> Answer:
        with self._state.lock:
            page = self.home_page()
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
        parts = self._common_parts() | self.parts()
        only = request.query.get("only", "")
        names = only.split(",") if only else list(parts)
        with self._state.lock:
            return json_answer(200, {name: parts[name]() for name in names if name in parts})

    def add_faults(self, request: Request) -> Answer:
        data = json_body(request)
        try:
            faults = [self._faults.parse(item) for item in (data if isinstance(data, list) else [data])]
        except BadFault as problem:
            raise bad(str(problem)) from None
        self._faults.add(faults)
        return json_answer(201, [asdict(fault) for fault in faults])

    def clear_faults(self, _request: Request) -> Answer:
        self._faults.clear()
        return json_answer(200, {})

    def release(self, _request: Request) -> Answer:
        return json_answer(200, {"released": self._faults.release()})

    def held(self, request: Request) -> Answer:
        """The calls being held, as soon as there are `at_least` so many, or after `timeout` seconds."""
        return json_answer(200, {"held": self._faults.wait_until_held(*how_many(request))})

    def lost(self, request: Request) -> Answer:
        """The lost answers, as soon as there are `at_least` so many, or after `timeout` seconds."""
        return json_answer(200, {"lost": self._state.wait_until_lost(*how_many(request))})

    def reset_counters(self, _request: Request) -> Answer:
        self._faults.reset_counters()
        return json_answer(200, {})

    def reset(self, _request: Request) -> Answer:
        """As freshly started with an empty file; calls that are held go on."""
        self._faults.clear()
        self._faults.release()
        self._faults.reset_counters()
        self._state.reset()
        return json_answer(200, {})

    def settings(self, request: Request) -> Answer:
        data = json_body(request)
        names = {item.name for item in fields(self._state.settings)}
        if not isinstance(data, dict) or not data.keys() <= names | {"seed"}:
            raise bad(f"settings are {', '.join(sorted(names))} and seed")
        if "seed" in data:
            self._faults.random.seed(data.pop("seed"))
        with self._state.lock:
            for name, value in data.items():
                setattr(self._state.settings, name, value)
            return json_answer(200, asdict(self._state.settings))

    def add_user(self, request: Request) -> Answer:
        return self._save_user(self.new_user(), json_body(request), 201)

    def change_user(self, request: Request, user_id: str) -> Answer:
        return self._save_user(self.user(user_id), json_body(request), 200)

    def act_on_user(self, _request: Request, user_id: str, action: str) -> Answer:
        user = self.user(user_id)
        with self._state.changing():
            return json_answer(200, {"grant": self.act(user, action)})

    def user(self, name: str) -> Any:
        user = self._state.user_named(name)
        if user is None:
            raise Refusal(json_answer(404, {"message": f"no user {name}"}))
        return user

    def _save_user(self, user: Any, data: Any, status: int) -> Answer:
        if not isinstance(data, dict) or not data.keys() <= self.user_fields:
            raise bad(f"of a user one can set {', '.join(sorted(self.user_fields))}")
        with self._state.changing():
            for name, value in data.items():
                setattr(user, name, value)
            self._state.save(user)
        return json_answer(status, asdict(user))

    def _common_parts(self) -> dict[str, Callable[[], Any]]:
        state, faults = self._state, self._faults
        return {
            "users": lambda: [asdict(user) for user in state.users.values()],
            "counters": faults.counters,
            "faults": lambda: [asdict(fault) for fault in faults.list],
            "faults_happened": lambda: dict(faults.happened),
            "faults_hit": lambda: list(faults.hits),
            "refreshes": lambda: list(faults.refreshes),
            "held": lambda: list(faults.held),
            "lost_answers": lambda: list(state.lost_answers),
            "lost_refreshes": lambda: [lost for lost in state.lost_answers if lost["operation"] == "refresh"],
            "settings": lambda: asdict(state.settings),
        }


def json_body(request: Request) -> Any:
    try:
        return json.loads(request.body or b"{}")
    except ValueError:
        raise bad("not JSON") from None


def how_many(request: Request) -> tuple[int, float]:
    query = request.query
    return int(query.get("at_least", "0")), min(float(query.get("timeout", "10")), LONGEST_WAIT)


def bad(message: str) -> Refusal:
    return Refusal(json_answer(400, {"message": message}))
