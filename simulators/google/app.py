"""Google's routes: of accounts.google.com, oauth2, openidconnect and meet.googleapis.com, all on one address."""

from pathlib import Path

from simulators.common import app as common
from simulators.common.app import Route, route
from simulators.common.faults import Faults
from simulators.common.messages import Answer, Request, html_answer, json_answer
from simulators.common.pushes import Pushes
from simulators.google import calendar_api, channels, meet, oauth, pages
from simulators.google.control import Control
from simulators.google.faults import MANNERS
from simulators.google.state import Settings, State

EVENTS = "/calendar/v3/calendars/([^/]+)/events"


class Simulator(common.Simulator):
    state: State
    control: Control

    def __init__(self, settings: Settings, path: Path | None) -> None:
        state, faults = State(settings, path), Faults(MANNERS)
        state.pushes = Pushes(state, faults.closing)
        state.watchers = [lambda calendar: channels.tell(state, calendar)]
        super().__init__(state, faults, Control(state, faults))

    def unknown(self, request: Request, is_known_path: bool) -> Answer:
        """A page, for programs too."""
        return html_answer(405 if is_known_path else 404, pages.not_found(request.path))

    def vendor_routes(self) -> list[Route]:
        return [
            route("GET", "/o/oauth2/v2/auth", "authorize", oauth.authorize),
            route("POST", "/o/oauth2/v2/auth", "consent", oauth.consent),
            route("POST", "/token", "token", oauth.token),
            route("POST", "/revoke", "revoke", oauth.revoke),
            route("GET", "/v1/userinfo", "userinfo", oauth.userinfo),
            route("POST", "/v2/spaces", "create", meet.create),
            route("GET", "/v2/spaces/([^/:]+)", "get", meet.get),
            route("PATCH", "/v2/spaces/([^/:]+)", "update", meet.update),
            route("POST", "/v2/spaces/([^/:]+):endActiveConference", "end_conference", meet.end_conference),
            route("GET", "/calendar/v3/users/me/calendarList", "calendar_list", calendar_api.calendar_list),
            route("GET", EVENTS, "events", calendar_api.events_list),
            route("POST", EVENTS, "event_insert", calendar_api.insert),
            route("GET", f"{EVENTS}/([^/]+)", "event_get", calendar_api.get),
            route("PATCH", f"{EVENTS}/([^/]+)", "event_patch", calendar_api.patch),
            route("DELETE", f"{EVENTS}/([^/]+)", "event_delete", calendar_api.delete),
            route("POST", f"{EVENTS}/watch", "watch", channels.watch),
            route("POST", "/calendar/v3/channels/stop", "stop", channels.stop),
        ]

    def own_routes(self) -> list[Route]:
        join = route("GET", "/([a-z]+-[a-z]+-[a-z]+)", "join", self._join)
        forget = route("POST", "/_simulator/forget-sync-tokens", "forget", self._forget_sync_tokens)
        end = route("POST", "/_simulator/channels/([^/]+)/end", "end_channel", self._end_channel)
        return [join, forget, end, *self.control.diary.routes(), *self.state.pushes.routes()]

    def _end_channel(self, _request: Request, name: str) -> Answer:
        """As Google ends one: without a word."""
        with self.state.changing():
            channels.end(self.state, self.state.channels[name])
        return json_answer(200, {})

    def _forget_sync_tokens(self, _request: Request) -> Answer:
        with self.state.lock:
            self.state.sync_tokens.clear()
        return json_answer(200, {})

    def _join(self, _request: Request, code: str) -> Answer:
        with self.state.lock:
            space = self.state.space_named(code)
        return html_answer(200, pages.join(space)) if space else html_answer(404, pages.no_space(code))
