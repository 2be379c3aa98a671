"""Owners at their browsers: they use O-Key's own pages, and press again when a page does not come."""

import html
import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any, LiteralString
from urllib.parse import urlsplit

import requests

from tests.chaos.database import Questions
from tests.processes import Stack
from tests.simulator import Simulator

PATIENCE_SECONDS = 90
PAGE_SECONDS = 15
PAUSE_SECONDS = 0.3
#: How often to look whether an attempt has ended, before beginning another.
LOOKS = 25
CONNECTIONS: LiteralString = """
    SELECT id::text FROM integrations_connection WHERE owner_id = %(owner)s AND ended_at IS NULL
"""
MEETING = re.compile(r"/meetings/([0-9a-f-]{36})/")
#: What the button says that goes on although something speaks against the time.
ANYWAY = re.compile(r'name="anyway" value="(\w+)"')

#: Makes the owners with a contact each, and signs them in; prints what a browser would hold.
MAKE_OWNERS = """
import json
from django.contrib.auth.hashers import make_password
from django.test import Client
from okey.contacts.editing import add_contact
from okey.owners.models import Owner
from tests.conftest import PASSWORD, password_just_entered
people, password = [], make_password(PASSWORD)
for number in range({count}):
    owner = Owner.objects.create_user(f"owner{{number}}@example.com", None, name=f"Owner {{number}}", timezone="UTC")
    owner.password = password
    owner.save()
    contact = add_contact(owner=owner, name="Ann Lee", email="ann@example.com")
    client = Client()
    client.force_login(owner)
    password_just_entered(client, owner)
    cookie = {{name: morsel.value for name, morsel in client.cookies.items()}}
    people.append({{"id": str(owner.pk), "contact": str(contact.pk), "cookies": cookie}})
print(json.dumps(people))
"""

#: An endpoint for each owner that wants to be told everything; prints their secrets.
ADD_ENDPOINTS = """
import json
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import EventType
secrets = {{}}
for pk in {owners}:
    endpoint = endpoints.add(owner=Owner.objects.get(pk=pk), url="{url}/told/" + pk, events=list(EventType.values))
    secrets[pk] = endpoint.opened("secret")
print(json.dumps(secrets))
"""


class NotTaken(AssertionError):
    """A page answered what no page should."""


@dataclass
class Owner:
    """One owner, signed in."""

    stack: Stack
    id: str
    contact: str
    #: Where they connect, and as whom.
    vendor: Simulator
    user: str
    http: requests.Session = field(repr=False)
    questions: Questions = field(repr=False)
    #: What they tick on the consent page; None: all of it.
    scopes: list[str] | None = None
    #: How often a page did not come at first, which is what an owner sees of a killed web process.
    pressed_again: int = 0

    def schedule(self, request_key: str, **plan: str) -> str:
        """Fill in the form and send it, the very same one again if no answer comes. The meeting's id.

        With `by_mail="on"` the contact is invited.
        """
        answer = self._send_form(request_key, plan)
        found = re.fullmatch(MEETING, answer.headers.get("Location", ""))
        if found is None:
            raise NotTaken(f"scheduling: {answer.status_code} {answer.text[:2000]}")
        return found[1]

    def schedule_differently(self, request_key: str, **plan: str) -> str:
        """Go back to a form that was sent, and send other answers: the meeting that O-Key says there is already."""
        answer = self._send_form(request_key, plan)
        found = re.search(MEETING, answer.text)
        if answer.status_code != 409 or found is None:
            raise NotTaken(f"scheduling differently: {answer.status_code} {answer.text[:2000]}")
        return found[1]

    def _send_form(self, request_key: str, plan: dict[str, str]) -> requests.Response:
        fields = {"provider": self.vendor.provider, "request_key": request_key, "agenda": "", "minutes": "30", **plan}
        return self._send_anyway(f"/meetings/new/?contact={self.contact}", fields)

    def reschedule(self, meeting: str, **plan: str) -> None:
        answer = self._send_anyway(f"/meetings/{meeting}/reschedule/", {"agenda": "", **plan})
        if answer.status_code != 302:
            raise NotTaken(f"rescheduling: {answer.status_code} {answer.text[:2000]}")

    def _send_anyway(self, path: str, fields: dict[str, str]) -> requests.Response:
        """Having read whatever speaks against the time, which may be something else at the next look."""
        answer = self.post(path, fields)
        while answer.status_code == 200 and (found := re.search(ANYWAY, answer.text)):
            if found[1] == fields.get("anyway"):
                break  # it is something else that is refused
            fields = fields | {"anyway": found[1]}
            answer = self.post(path, fields)
        return answer

    def cancel(self, meeting: str) -> None:
        self.post(f"/meetings/{meeting}/cancel/", {}, wanted=302)

    def page(self, path: str) -> str:
        return html.unescape(self._insist("GET", path).text)

    def connect(self) -> None:
        """Connect or reconnect by way of the vendor's consent page. What fails on the way is begun anew."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._connected():
            if time.monotonic() > deadline:
                raise NotTaken(f"{self.user} could not be connected")
            threading.Event().wait(PAUSE_SECONDS)

    def disconnect(self) -> None:
        """By the confirm step of their settings."""
        for connection in self.questions.rows(CONNECTIONS, owner=self.id):
            answer = self.post(f"/integrations/connections/{connection['id']}/disconnect/", {}, wanted=302)
            if "/settings/" not in answer.headers["Location"]:
                raise NotTaken(f"disconnecting led to {answer.headers['Location']}")

    def post(self, path: str, fields: dict[str, str], wanted: int | None = None) -> requests.Response:
        answer = self._insist("POST", path, data=fields)
        if wanted and answer.status_code != wanted:
            raise NotTaken(f"{path}: {answer.status_code} {answer.text[:2000]}")
        return answer

    def _connected(self) -> bool:
        attempt = self.post(f"/integrations/{self.vendor.provider}/connect/", {}, wanted=303).headers["Location"]
        found = re.search(rf'href="({re.escape(self.vendor.url)}[^"]*)"', self.page(attempt))
        if found is None:
            raise NotTaken(f"the attempt's page has no link to {self.vendor.slug}")
        back = urlsplit(self.vendor.approve(found[1], user=self.user, scopes=self.scopes))
        answer = self._insist("GET", f"{back.path}?{back.query}")
        if "Location" in answer.headers:
            self._insist("GET", answer.headers["Location"])
        return self._outcome(attempt.rstrip("/").rpartition("/")[2]) in {"connected", "reconnected"}

    def _outcome(self, attempt: str) -> str:
        """How the attempt ended; "" where nobody knows, as after a death in the middle of the exchange."""
        outcome = ""
        for _look in range(LOOKS):
            ask = "SELECT outcome FROM integrations_authorizationattempt WHERE id = %(id)s"
            outcome = str(self.questions.one(ask, id=attempt))
            if outcome:
                break
            threading.Event().wait(PAUSE_SECONDS)
        return outcome

    def _insist(self, method: str, path: str, **more: Any) -> requests.Response:
        """As a person does: reload, or send again, until O-Key is back."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self.http.request(
                    method, self.stack.url + path, timeout=PAGE_SECONDS, allow_redirects=False, **more
                )
                if answer.status_code < 500:
                    return answer
                problem = f"{answer.status_code} {answer.text[:300]}"
            except requests.RequestException as error:
                problem = repr(error)
            if time.monotonic() > deadline:
                raise NotTaken(f"{method} {path}: {problem}")
            self.pressed_again += 1
            threading.Event().wait(PAUSE_SECONDS)


def sign_in(
    stack: Stack, questions: Questions, users: list[tuple[Simulator, str]], scopes: list[str] | None
) -> list[Owner]:
    """As many owners as users are named, each with a contact, a session and the form's CSRF token.

    `scopes`: what they tick at Zoom.
    """
    made = json.loads(stack.manage("shell", "-c", MAKE_OWNERS.format(count=len(users))).splitlines()[-1])
    owners = []
    for person, (vendor, user) in zip(made, users, strict=True):
        http = requests.Session()
        http.trust_env = False
        http.cookies.update(person["cookies"])
        ticked = scopes if vendor is stack.zoom else None
        owner = Owner(stack, person["id"], person["contact"], vendor, user, http, questions, ticked)
        form = owner.page(f"/meetings/new/?contact={owner.contact}")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        if token is None:
            raise NotTaken(form[:2000])
        http.headers["X-CSRFToken"] = token[1]
        owners.append(owner)
    return owners


def add_endpoints(stack: Stack, owners: list[Owner], url: str) -> dict[str, str]:
    """Each owner's webhooks go to a path of their own below the address. The secrets by owners' ids."""
    script = ADD_ENDPOINTS.format(owners=[owner.id for owner in owners], url=url)
    secrets: dict[str, str] = json.loads(stack.manage("shell", "-c", script).splitlines()[-1])
    return secrets
