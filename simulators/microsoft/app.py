"""Microsoft's routes: of login.microsoftonline.com and graph.microsoft.com, on one address."""

import json
from pathlib import Path
from urllib.parse import unquote

from simulators.common import app as common
from simulators.common.app import Route, route
from simulators.common.faults import Faults
from simulators.common.messages import Answer, Request, html_answer, json_answer
from simulators.common.pushes import Pushes
from simulators.microsoft import authorizing, calendar_api, events_api, graph, pages, subscriptions, tokens
from simulators.microsoft.control import Control
from simulators.microsoft.faults import MANNERS, graph_error
from simulators.microsoft.records import Meeting
from simulators.microsoft.state import Settings, State


class Simulator(common.Simulator):
    state: State
    control: Control
    unlocked = frozenset({"subscribe"})

    def __init__(self, settings: Settings, path: Path | None) -> None:
        state, faults = State(settings, path), Faults(MANNERS)
        state.pushes = Pushes(state, faults.closing)
        state.watchers = [lambda calendar: subscriptions.tell(state, calendar)]
        super().__init__(state, faults, Control(state, faults))

    def unknown(self, request: Request, is_known_path: bool) -> Answer:
        if request.path.startswith("/v1.0/"):
            return graph_error(400 if not is_known_path else 405, "BadRequest", "Resource not found for the segment.")
        return html_answer(404, pages.error("The page does not exist.", 900144))

    def subject(self, request: Request) -> str:
        """What a call is about: the externalId that it brings, else the path."""
        try:
            external_id = json.loads(request.body or b"{}").get("externalId", "")
        except (ValueError, AttributeError):
            external_id = ""
        return external_id if isinstance(external_id, str) and external_id else request.path

    def vendor_routes(self) -> list[Route]:
        meetings = "/v1.0/me/onlineMeetings"
        return [
            route("GET", "/([^/]+)/oauth2/v2.0/authorize", "authorize", authorizing.authorize),
            route("POST", "/([^/]+)/oauth2/v2.0/authorize", "consent", authorizing.consent),
            route("GET", "/([^/]+)/v2.0/adminconsent", "ask_admin", authorizing.ask_admin),
            route("POST", "/([^/]+)/v2.0/adminconsent", "admin_consent", authorizing.admin_consent),
            route("POST", "/([^/]+)/oauth2/v2.0/token", "token", tokens.token),
            route("GET", "/v1.0/me", "me", graph.me),
            route("GET", "/v1.0/organization", "organization", graph.organization),
            route("POST", f"{meetings}/createOrGet", "create", graph.create_or_get),
            route("POST", meetings, "plain_create", graph.plain_create),
            route("GET", meetings, "find", graph.find),
            route("GET", f"{meetings}/([^/]+)", "get", graph.get),
            route("PATCH", f"{meetings}/([^/]+)", "update", graph.update),
            route("DELETE", f"{meetings}/([^/]+)", "delete", graph.delete),
            route("GET", "/v1.0/me/calendars", "calendar_list", calendar_api.calendar_list),
            route("GET", "/v1.0/me/calendar/calendarView", "calendar_view", calendar_api.view),
            route("GET", "/v1.0/me/calendars/([^/]+)/calendarView", "calendar_view", calendar_api.view),
            route("POST", "/v1.0/subscriptions", "subscribe", subscriptions.create),
            route("PATCH", "/v1.0/subscriptions/([^/]+)", "renew", subscriptions.update),
            route("DELETE", "/v1.0/subscriptions/([^/]+)", "unsubscribe", subscriptions.delete),
            *_events("/v1.0/me/calendar/events"),
            *_events("/v1.0/me/calendars/([^/]+)/events"),
        ]

    def own_routes(self) -> list[Route]:
        events = "|".join(subscriptions.LIFECYCLE)
        return [
            route("GET", r"/meet/(\d+)", "join", self._join),
            route("GET", "/l/meetup-join/(.+)/0", "join", self._join),
            route("POST", "/_simulator/tenants/([^/]+)", "change_tenant", self.control.change_tenant),
            route("POST", f"/_simulator/subscriptions/([^/]+)/({events})", "say", self._say),
            *self.control.diary.routes(),
            *self.state.pushes.routes(),
        ]

    def _say(self, _request: Request, name: str, event: str) -> Answer:
        with self.state.changing():
            subscriptions.say(self.state, self.state.subscriptions[name], event)
        return json_answer(200, {})

    def _join(self, request: Request, _name: str) -> Answer:
        with self.state.lock:
            meeting = next((each for each in self.state.meetings.values() if _opens(each, request)), None)
            now = self.state.now()
        if meeting is None:
            return html_answer(404, pages.no_meeting("There is no such meeting."))
        if now >= meeting.dies_at:
            return html_answer(410, pages.no_meeting("It has expired."))
        return html_answer(200, pages.join(meeting))


def _events(path: str) -> list[Route]:
    """Of the person's first calendar, or of one that is named."""
    return [
        route("GET", path, "event_find", events_api.find),
        route("POST", path, "event_create", events_api.create),
        route("GET", f"{path}/([^/]+)", "event_get", events_api.get),
        route("PATCH", f"{path}/([^/]+)", "event_update", events_api.update),
        route("DELETE", f"{path}/([^/]+)", "event_delete", events_api.delete),
    ]


def _opens(meeting: Meeting, request: Request) -> bool:
    """The short link has to bring its passcode; a path arrives decoded."""
    if meeting.deleted_at is not None:
        return False
    path, _, query = meeting.join_url.partition("?")
    if not request.query_string or query != request.query_string:
        return False
    return unquote(path).endswith(request.path)
