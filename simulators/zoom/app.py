"""Zoom's routes."""

import json
from pathlib import Path

from simulators.common import app as common
from simulators.common.app import Route, route
from simulators.common.faults import Faults
from simulators.common.messages import Answer, Request, html_answer, json_answer
from simulators.zoom import api, hosts, oauth, pages
from simulators.zoom.control import Control
from simulators.zoom.faults import MANNERS
from simulators.zoom.headers import zoom_headers
from simulators.zoom.meeting_listing import Listings
from simulators.zoom.state import Settings, State
from simulators.zoom.webhooks import Webhooks

HOSTS_DO = f"({'|'.join(hosts.ACTIONS)})"


class Simulator(common.Simulator):
    state: State
    control: Control

    def __init__(self, settings: Settings, path: Path | None) -> None:
        state, faults = State(settings, path), Faults(MANNERS)
        self.webhooks = Webhooks(state)
        self.listings = Listings()
        super().__init__(state, faults, Control(state, faults, self.webhooks))

    def unknown(self, request: Request, is_known_path: bool) -> Answer:
        status, message = (405, "Method not allowed.") if is_known_path else (404, f"Unknown path: {request.path}")
        return json_answer(status, {"code": status, "message": message}, zoom_headers())

    def subject(self, request: Request) -> str:
        """What a call is about: the first line of the agenda that it brings, else the path."""
        try:
            agenda = json.loads(request.body or b"{}").get("agenda", "")
        except (ValueError, AttributeError):
            agenda = ""
        return agenda.partition("\n")[0] if isinstance(agenda, str) and agenda else request.path

    def vendor_routes(self) -> list[Route]:
        return [
            route("GET", "/oauth/authorize", "authorize", oauth.authorize),
            route("POST", "/oauth/authorize", "consent", oauth.consent),
            route("POST", "/oauth/token", "token", oauth.token),
            route("POST", "/oauth/revoke", "revoke", self._revoke),
            route("GET", "/v2/users/([^/]+)", "users_me", api.users_me),
            route("POST", "/v2/users/([^/]+)/meetings", "create", api.create),
            route("GET", "/v2/users/([^/]+)/meetings", "list", self._list),
            route("GET", "/v2/meetings/([^/]+)", "get", api.get),
            route("PATCH", "/v2/meetings/([^/]+)", "update", self._update),
            route("DELETE", "/v2/meetings/([^/]+)", "delete", self._delete),
        ]

    def own_routes(self) -> list[Route]:
        control = self.control
        return [
            route("GET", "/j/([^/]+)", "join", self._join),
            route("GET", "/_simulator/webhooks", "deliveries", control.deliveries),
            route("POST", "/_simulator/webhook", "send_webhook", control.send_webhook),
            route("POST", f"/_simulator/meetings/([0-9]+)/{HOSTS_DO}", "act_on_meeting", control.act_on_meeting),
            route("POST", f"/switches/meetings/([0-9]+)/{HOSTS_DO}", "switch_meeting", control.switch_meeting),
        ]

    def _revoke(self, state: State, request: Request) -> Answer:
        return oauth.revoke(state, request, self.webhooks)

    def _update(self, state: State, request: Request, meeting_id: str) -> Answer:
        return api.update(state, request, meeting_id, self.webhooks)

    def _delete(self, state: State, request: Request, meeting_id: str) -> Answer:
        return api.delete(state, request, meeting_id, self.webhooks)

    def _list(self, state: State, request: Request, user_id: str) -> Answer:
        return api.list_meetings(state, request, user_id, self.listings)

    def _join(self, _request: Request, meeting_id: str) -> Answer:
        with self.state.lock:
            meeting = self.state.meeting(int(meeting_id)) if meeting_id.isdigit() else None
        if meeting is None:
            return html_answer(404, pages.no_meeting(meeting_id))
        return html_answer(200, pages.join(meeting))
