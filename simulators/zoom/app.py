"""Which request is which operation, and how one is answered: the simulator without its sockets."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from simulators.zoom import api, oauth, pages
from simulators.zoom.control import Control
from simulators.zoom.faults import Faults
from simulators.zoom.meeting_listing import Listings
from simulators.zoom.messages import Answer, Refusal, Request, html_answer, json_answer, zoom_headers
from simulators.zoom.state import Settings, State
from simulators.zoom.webhooks import Webhooks

Handler = Callable[..., Answer]
Route = tuple[str, re.Pattern[str], str, Handler]

PAGE_HEADERS = {
    # No form-action: Chrome would then stop the way back to the app, which follows a form.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Simulator:
    def __init__(self, settings: Settings, path: Path | None) -> None:
        self.state = State(settings, path)
        self.faults = Faults()
        self.webhooks = Webhooks(self.state)
        self.control = Control(self.state, self.faults, self.webhooks)
        self.listings = Listings()
        self._zoom = self._zoom_routes()
        self._own = self._own_routes()

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
        found = _find(self._zoom, request)
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
        if found := _find(self._zoom, request):
            return self._answer_as_zoom(request, found[0][3], found[1])
        known = any(pattern.fullmatch(request.path) for _m, pattern, _n, _h in [*self._zoom, *self._own])
        status, message = (405, "Method not allowed.") if known else (404, f"Unknown path: {request.path}")
        return json_answer(status, {"code": status, "message": message}, zoom_headers())

    def _answer_as_zoom(self, request: Request, handler: Handler, arguments: tuple[str, ...]) -> Answer:
        operation = self.operation_of(request)

        def work() -> Answer:
            with self.state.changing():
                try:
                    return handler(request, *arguments)
                except Refusal as refusal:
                    return refusal.answer

        def lost(how: str, answer: Answer) -> None:
            self.note_lost(operation, how, answer)

        return self.faults.perform(operation, self._user_behind(request), work, lost, _subject(request))

    def _user_behind(self, request: Request) -> str | None:
        """Whose call this is, for faults that are meant for one user."""
        form = request.form
        with self.state.lock:
            pair = self.state.pair_by_access(
                request.bearer_token or form.get("token", "")
            ) or self.state.pair_by_refresh(form.get("refresh_token", ""))
            if pair:
                return self.state.grants[pair.grant_id].user_id
            code = self.state.codes.get(form.get("code", ""))
        return code.user_id if code else form.get("user")

    def _join(self, _request: Request, meeting_id: str) -> Answer:
        with self.state.lock:
            meeting = self.state.meeting(int(meeting_id)) if meeting_id.isdigit() else None
        if meeting is None:
            return html_answer(404, pages.no_meeting(meeting_id))
        return html_answer(200, pages.join(meeting))

    def _zoom_routes(self) -> list[Route]:
        state = self.state

        def of(handler: Handler, *more: object) -> Handler:
            return lambda request, *arguments: handler(state, request, *arguments, *more)

        return [
            _route("GET", "/oauth/authorize", "authorize", of(oauth.authorize)),
            _route("POST", "/oauth/authorize", "consent", of(oauth.consent)),
            _route("POST", "/oauth/token", "token", of(oauth.token)),
            _route("POST", "/oauth/revoke", "revoke", of(oauth.revoke, self.webhooks)),
            _route("GET", "/v2/users/([^/]+)", "users_me", of(api.users_me)),
            _route("POST", "/v2/users/([^/]+)/meetings", "create", of(api.create)),
            _route("GET", "/v2/users/([^/]+)/meetings", "list", of(api.list_meetings, self.listings)),
            _route("GET", "/v2/meetings/([^/]+)", "get", of(api.get)),
            _route("PATCH", "/v2/meetings/([^/]+)", "update", of(api.update)),
            _route("DELETE", "/v2/meetings/([^/]+)", "delete", of(api.delete)),
        ]

    def _own_routes(self) -> list[Route]:
        control = self.control
        actions = "(expire|kill-refresh|deauthorize)"
        return [
            _route("GET", "/", "home", control.home),
            _route("GET", "/style.css", "style", _style),
            _route("GET", "/j/([^/]+)", "join", self._join),
            _route("POST", "/switches/(down|slow|normal)", "switch", control.switch),
            _route("POST", f"/switches/users/([^/]+)/{actions}", "switch_user", control.switch_user),
            _route("GET", "/_simulator/state", "state", control.state),
            _route("POST", "/_simulator/faults", "add_faults", control.add_faults),
            _route("DELETE", "/_simulator/faults", "clear_faults", control.clear_faults),
            _route("POST", "/_simulator/release", "release", control.release),
            _route("GET", "/_simulator/held", "held", control.held),
            _route("GET", "/_simulator/lost", "lost", control.lost),
            _route("GET", "/_simulator/webhooks", "deliveries", control.deliveries),
            _route("POST", "/_simulator/webhook", "send_webhook", control.send_webhook),
            _route("POST", "/_simulator/counters/reset", "reset_counters", control.reset_counters),
            _route("POST", "/_simulator/reset", "reset", control.reset),
            _route("POST", "/_simulator/settings", "settings", control.settings),
            _route("POST", "/_simulator/users", "add_user", control.add_user),
            _route("POST", "/_simulator/users/([^/]+)", "change_user", control.change_user),
            _route("POST", f"/_simulator/users/([^/]+)/{actions}", "act_on_user", control.act_on_user),
        ]


def _route(method: str, pattern: str, name: str, handler: Handler) -> Route:
    return method, re.compile(pattern), name, handler


def _find(routes: list[Route], request: Request) -> tuple[Route, tuple[str, ...]] | None:
    for route in routes:
        if route[0] == request.method and (match := route[1].fullmatch(request.path)):
            return route, match.groups()
    return None


def _subject(request: Request) -> str:
    """What a call is about: the first line of the agenda that it brings, else the path."""
    try:
        agenda = json.loads(request.body or b"{}").get("agenda", "")
    except (ValueError, AttributeError):
        agenda = ""
    return agenda.partition("\n")[0] if isinstance(agenda, str) and agenda else request.path


def _style(_request: Request) -> Answer:
    return Answer(200, pages.STYLE, "text/css; charset=utf-8")
