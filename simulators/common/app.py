"""Which request is which operation, and how one is answered: a simulator without its sockets."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, ClassVar

from simulators.common import pages
from simulators.common.control import Control
from simulators.common.faults import Faults
from simulators.common.messages import Answer, Refusal, Request
from simulators.common.state import State

Handler = Callable[..., Answer]
Route = tuple[str, re.Pattern[str], str, Handler]

PAGE_HEADERS = {
    # No form-action: Chrome would then stop the way back to the app, which follows a form.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Simulator(ABC):
    #: Operations that lock the state by themselves, because others are called meanwhile.
    unlocked: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, state: State[Any, Any], faults: Faults, control: Control) -> None:
        self.state = state
        self.faults = faults
        self.control = control
        self._vendors = self.vendor_routes()
        self._own = [*self.own_routes(), *self._control_routes()]

    @abstractmethod
    def vendor_routes(self) -> list[Route]:
        """What the vendor has. The name `token` stands for two operations, exchange and refresh."""

    @abstractmethod
    def own_routes(self) -> list[Route]:
        """Pages that no fault meets, such as a meeting's."""

    @abstractmethod
    def unknown(self, request: Request, is_known_path: bool) -> Answer:
        """The vendor's answer to a path or a method that it does not have."""

    def subject(self, request: Request) -> str:
        """What a call is about, for the list of faults that met one."""
        return request.path

    def answer(self, request: Request) -> Answer:
        try:
            return self._answer(request)
        except Refusal as refusal:
            return refusal.answer

    def close(self) -> None:
        self.faults.close()
        self.state.close()

    def note_lost(self, operation: str, how: str, answer: Answer) -> None:
        if answer.is_ok and operation:
            self.state.note_lost_answer(operation, how, answer.about)

    def operation_of(self, request: Request) -> str:
        found = _find(self._vendors, request)
        if found is None:
            return ""
        name = found[0][2]
        if name == "token":
            return "refresh" if request.form.get("grant_type") == "refresh_token" else "exchange"
        return name

    def _answer(self, request: Request) -> Answer:
        if found := _find(self._own, request):
            (_method, _pattern, _name, handler), arguments = found
            return handler(request, *arguments)
        if found := _find(self._vendors, request):
            return self._answer_as_vendor(request, found[0][3], found[1])
        known = any(pattern.fullmatch(request.path) for _m, pattern, _n, _h in [*self._vendors, *self._own])
        return self.unknown(request, known)

    def _answer_as_vendor(self, request: Request, handler: Handler, arguments: tuple[str, ...]) -> Answer:
        operation = self.operation_of(request)

        def work() -> Answer:
            with nullcontext() if operation in self.unlocked else self.state.changing():
                try:
                    return handler(self.state, request, *arguments)
                except Refusal as refusal:
                    return refusal.answer

        def lost(how: str, answer: Answer) -> None:
            self.note_lost(operation, how, answer)

        with self.state.lock:
            user_id = self.state.user_behind(request)
        return self.faults.perform(operation, user_id, work, lost, self.subject(request))

    def _control_routes(self) -> list[Route]:
        control = self.control
        actions = f"({'|'.join(control.actions)})"
        return [
            route("GET", "/", "home", control.home),
            route("GET", "/style.css", "style", _style),
            route("POST", "/switches/(down|slow|normal)", "switch", control.switch),
            route("POST", f"/switches/users/([^/]+)/{actions}", "switch_user", control.switch_user),
            route("GET", "/_simulator/state", "state", control.state),
            route("POST", "/_simulator/faults", "add_faults", control.add_faults),
            route("DELETE", "/_simulator/faults", "clear_faults", control.clear_faults),
            route("POST", "/_simulator/release", "release", control.release),
            route("GET", "/_simulator/held", "held", control.held),
            route("GET", "/_simulator/lost", "lost", control.lost),
            route("POST", "/_simulator/counters/reset", "reset_counters", control.reset_counters),
            route("POST", "/_simulator/reset", "reset", control.reset),
            route("POST", "/_simulator/settings", "settings", control.settings),
            route("POST", "/_simulator/users", "add_user", control.add_user),
            route("POST", "/_simulator/users/([^/]+)", "change_user", control.change_user),
            route("POST", f"/_simulator/users/([^/]+)/{actions}", "act_on_user", control.act_on_user),
        ]


def route(method: str, pattern: str, name: str, handler: Handler) -> Route:
    return method, re.compile(pattern), name, handler


def _find(routes: list[Route], request: Request) -> tuple[Route, tuple[str, ...]] | None:
    for candidate in routes:
        if candidate[0] == request.method and (match := candidate[1].fullmatch(request.path)):
            return candidate, match.groups()
    return None


def _style(_request: Request) -> Answer:
    return Answer(200, pages.STYLE, "text/css; charset=utf-8")
