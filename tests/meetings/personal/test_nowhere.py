"""Erased and deleted by real processes: the person is in no dump of the database, in no key of the broker, in no log.

Mails that went out lie in a folder here, which stands for other people's mailboxes: no new one may name the person.
"""

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import requests

from dev.postgres import installed
from tests.processes import Stack, eventually
from tests.running_owner import connect_zoom, last_line

CLIENT = ("quilla", "zamorin", "998877")
OWNER = ("wilma", "wunderlich")
SCENE = """
from datetime import timedelta
from django.utils import timezone
from meetings import scheduling
from meetings.models import Meeting
from okey.contacts.editing import add_contact
from okey.owners.models import Owner
from okey.owners.sign_in import vouch_for_email
from okey.webhooks import endpoints
from okey.webhooks.models import EventType
owner = Owner.objects.get(email={email!r})
owner.name, owner.email = "Wilma Wunderlich", "wilma@wunderlich.example"
owner.save()
vouch_for_email(owner)
endpoints.add(owner=owner, url="https://hooks.example.invalid/okey", events=list(EventType.values), payload="whole")
for name in ("Quilla Zamorin", "Stays Here"):
    email = name.lower().replace(" ", "@", 1) + ".example"
    contact = add_contact(owner=owner, name=name, email=email, phone="+49 30 998877" if "Q" in name else "")
    at = timezone.now() + timedelta(days=3)
    plan = scheduling.Plan(title=f"Call with {{name}}", starts_at=at, minutes=30, provider="zoom")
    meeting = scheduling.schedule(owner=owner, contact=contact, plan=plan, by_mail=True)
    print(contact.pk, meeting.pk)
"""
CANCEL = """
from meetings import scheduling
from meetings.models import Meeting
meeting = Meeting.objects.get(pk={meeting!r})
scheduling.cancel(owner=meeting.owner, meeting_id=meeting.pk, word="Sorry, Quilla")
"""
LATER = """
from datetime import timedelta
from django.utils import timezone
from meetings.personal.models import Closing
from okey.owners.models import Owner
Owner.objects.filter(closed_at__isnull=False).update(closed_at=timezone.now() - timedelta(days=40))
Closing.objects.update(due_at=timezone.now())
Closing.wake_on_commit()
"""
OWED = """
SELECT count(*) = 0 FROM (
  SELECT due_at, meeting_id FROM meetings_invitation UNION ALL SELECT due_at, meeting_id FROM meetings_linkjob
) AS owed WHERE due_at IS NOT NULL AND meeting_id IN (SELECT id FROM meetings_meeting WHERE cancelled_at IS NOT NULL)
"""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path) as stack:
        yield stack


class Place:
    """Where a person might still be."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self._url = stack, stack.env["DATABASE_URL"]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        if self._url.startswith("sqlite"):
            with sqlite3.connect(self._url.removeprefix("sqlite:///")) as database:
                return database.execute(statement).fetchall()
        with psycopg.connect(self._url) as server:
            return server.execute(statement.encode()).fetchall()

    def dump(self) -> str:
        """By the database's own program, where it has one."""
        if self._url.startswith("sqlite"):
            with sqlite3.connect(self._url.removeprefix("sqlite:///")) as database:
                return "\n".join(database.iterdump()).casefold()
        done = subprocess.run(
            [str(installed() / "bin" / "pg_dump"), "--inserts", self._url], capture_output=True, text=True, check=True
        )
        return done.stdout.casefold()

    def broker(self) -> str:
        """Every key and what it holds, as it lies there."""
        with redis.Redis(port=self._stack.broker_port) as broker:
            found = [(key, broker.dump(key)) for key in broker.scan_iter(count=1000)]
        return str(found).casefold()

    def logs(self) -> str:
        return self._stack.logs().casefold()

    def mails(self) -> dict[str, str]:
        return {one.name: one.read_text(errors="replace") for one in sorted(self._stack.mails_folder.glob("*"))}

    def finds(self, values: tuple[str, ...]) -> list[tuple[str, str]]:
        """Which is where."""
        places = {"dump": self.dump(), "broker": self.broker(), "logs": self.logs()}
        return [(name, value) for name, text in places.items() for value in values if value in text]


class Browser:
    """An owner's, without its pictures."""

    def __init__(self, stack: Stack) -> None:
        self._url, self._session = stack.url, requests.Session()
        self._session.trust_env = False

    def post(self, path: str, **form: str) -> requests.Response:
        page = self._session.get(self._url + path, timeout=60)
        token = re.search(r'name="csrfmiddlewaretoken" value="(.*?)"', page.text)
        assert token, page.text
        form["csrfmiddlewaretoken"] = token[1]
        answer = self._session.post(self._url + path, form, headers={"Referer": self._url + path}, timeout=60)
        answer.raise_for_status()
        return answer


def test_erased_and_closed_the_people_are_nowhere(stack: Stack) -> None:
    place = Place(stack)
    assert connect_zoom(stack) == "connected"
    said = stack.manage("shell", "-c", SCENE.format(email=stack.owner_email)).strip().splitlines()
    contact, meeting = said[-2].split()
    _until(place, "links", "SELECT count(*) = 2 FROM meetings_meeting WHERE join_url <> '' AND title LIKE 'Call with%'")
    last_line(stack, CANCEL.format(meeting=meeting) + "\nprint('done')")
    _until(place, "everybody has heard", OWED)
    assert {value for where, value in place.finds(CLIENT) if where == "dump"} == set(CLIENT)

    browser = Browser(stack)
    browser.post("/accounts/login/", login="wilma@wunderlich.example", password=stack.owner_password)
    before = set(place.mails())
    browser.post(f"/contacts/{contact}/erase/")

    assert place.finds(CLIENT) == []
    assert ("dump", "stays@here.example") in place.finds(("stays@here.example",))

    browser.post("/settings/data/close/", email="wilma@wunderlich.example")
    _until(place, "settled", "SELECT count(*) FROM personal_closing WHERE settled_at IS NOT NULL")
    _until(place, "given back", "SELECT count(*) = 0 FROM integrations_provideraccount WHERE revoke_after IS NOT NULL")
    last_line(stack, LATER + "\nprint('done')")
    _until(place, "deleted", "SELECT count(*) = 0 FROM personal_closing")

    assert place.finds((*CLIENT, *OWNER, "stays@here.example")) == []
    new = {name: text for name, text in place.mails().items() if name not in before}
    assert [name for name, text in new.items() if any(value in text.casefold() for value in CLIENT)] == []


def _until(place: Place, what: str, statement: str) -> None:
    eventually(lambda: place.rows(statement)[0][0], 90, what=what)
