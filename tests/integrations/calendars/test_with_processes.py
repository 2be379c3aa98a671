"""kill -9 of worker and server while entries are written out: none is doubled, none is lost, in four calendars at once.

Two real CalDAV servers, and the simulators of Google and Microsoft, which hold the calls in whose midst the worker
dies. OKEY_ENTRIES: of each owner; 300 are tried by hand, and then all that O-Key waits for takes its time.
"""

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from tests.calendar_servers import PASSWORD, CalendarServer
from tests.meetings.entries.places import CalDavPlace, Place, SignedInPlace
from tests.processes import Stack, eventually
from tests.running_owner import last_line

pytestmark = pytest.mark.processes

BY_HAND = 100
COUNT = int(os.environ.get("OKEY_ENTRIES") or 40)
#: Of each owner, by the API, while the server dies.
BY_API = 3
#: Claims run out, and all is entered; longer where there are more.
ALL_SECONDS = 120 + COUNT
IN_FLIGHT = """
    SELECT count(DISTINCT calendar.source) FROM meetings_calendarentry AS entry
    JOIN calendars_calendar AS calendar ON calendar.id = entry.calendar_id
    WHERE entry.claim IS NOT NULL AND entry.sent_at IS NOT NULL AND calendar.source <> 'caldav'
"""
HERE = "from tests.integrations.calendars import owners_with_entries as owners; "


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack"), vendors=("google", "microsoft")) as stack:
        yield stack


def said(stack: Stack, call: str) -> Any:
    return json.loads(last_line(stack, HERE + call))


def asked(stack: Stack, statement: str) -> int:
    """The number that the statement gives; of rows that it changed, if it does that."""
    url = stack.env["DATABASE_URL"]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(Path(urlsplit(url).path), timeout=60)) as file, file:
            done = file.execute(statement)
            return int(done.fetchone()[0]) if done.description else done.rowcount
    with psycopg.connect(url) as database:
        answer = database.execute(statement.encode())
        return int((answer.fetchone() or [0])[0]) if answer.description else answer.rowcount


def due(stack: Stack) -> int:
    """How many entries are not done."""
    return asked(stack, "SELECT count(*) FROM meetings_calendarentry WHERE due_at IS NOT NULL")


def time_passes(stack: Stack) -> None:
    """Claims run out, and what is to be tried later is due. By hand that is waited for."""
    if COUNT < BY_HAND:
        asked(stack, "UPDATE meetings_calendarentry SET claimed_until = CURRENT_TIMESTAMP WHERE claim IS NOT NULL")
        asked(stack, "UPDATE meetings_calendarentry SET due_at = CURRENT_TIMESTAMP WHERE due_at IS NOT NULL")


def die(stack: Stack, *held: str) -> None:
    """The worker goes on, and dies in the midst of calls that these simulators hold; they are done afterwards."""
    stack.resume("worker")
    for name in held:
        eventually(stack.simulators[name].held, ALL_SECONDS, f"nothing is held at {name}")
    stack.kill("worker")
    assert asked(stack, IN_FLIGHT) >= len(held), "it did not die in their midst"
    for name in held:
        stack.simulators[name].release()
    time_passes(stack)
    stack.start("worker")


def post(stack: Stack, owner: dict[str, str], number: int) -> None:
    """The same request until it is answered, as programs do."""
    body = {
        "contact_id": owner["contact"],
        "title": f"By program {number}",
        "starts_at": f"{datetime.now(UTC) + timedelta(days=100 + number):%Y-%m-%dT12:00:00Z}",
        "minutes": 30,
        "provider": "none",
        "invite_by_mail": False,
        "any_time": True,
    }
    headers = {"Authorization": f"Bearer {owner['token']}", "Idempotency-Key": f"meeting-{number}"}

    def sent() -> bool:
        with requests.Session() as session:
            session.trust_env = False
            try:
                answer = session.post(f"{stack.url}/api/v1/meetings", json=body, headers=headers, timeout=60)
            except requests.RequestException:
                return False
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        assert answer.status_code not in range(400, 500), answer.text
        return answer.ok

    eventually(sent, 90, "the server did not take the meeting")


def test_kill_nine_while_entries_are_written_out(stack: Stack, calendar_servers: dict[str, CalendarServer]) -> None:
    google, microsoft = stack.simulators["google"], stack.simulators["microsoft"]
    dav = {name: calendar_servers[name] for name in ("radicale", "xandikos")}
    for one in dav.values():
        one.empty()
    there: dict[str, Place] = {name: CalDavPlace(one) for name, one in dav.items()}
    there |= {name: SignedInPlace(stack.simulators[name], "", "", lambda: None) for name in ("google", "microsoft")}
    places = {
        "google": {"service": "google_calendar", "url": google.url},
        "microsoft": {"service": "outlook_calendar", "url": microsoft.url},
        **{
            name: {
                "service": "caldav",
                "url": one.url if name == "radicale" else one.calendar,
                "user": one.user,
                "password": PASSWORD,
                "calendar": one.calendar,
            }
            for name, one in dav.items()
        },
    }

    google.fault("event_insert", "hold", after=True)
    microsoft.fault("event_create", "hold")
    stack.pause("worker")
    owners = said(stack, f"owners.set_up({places!r}, {COUNT})")
    die(stack, "google", "microsoft")
    eventually(lambda: all(len(one.names()) > COUNT // 4 for one in dav.values()), ALL_SECONDS, "nothing is entered")
    die(stack)
    eventually(lambda: due(stack) == 0, ALL_SECONDS, "not all was entered")
    assert {name: len(one.stand()) for name, one in there.items()} == dict.fromkeys(there, COUNT)

    google.fault("event_patch", "hold", after=True)
    microsoft.fault("event_delete", "hold", after=True)
    with ThreadPoolExecutor(1) as program:
        wanted = [(owner, number) for number in range(BY_API) for owner in owners.values()]
        posted = program.submit(lambda: [post(stack, owner, number) for owner, number in wanted])
        stack.pause("worker")
        said(stack, "owners.change(); print(0)")
        stack.kill("web")
        die(stack, "google", "microsoft")
        stack.kill("google")
        stack.start("google")
        stack.start("web")
        posted.result()
    time_passes(stack)
    eventually(lambda: due(stack) == 0, ALL_SECONDS, "not all was brought in line")

    books = said(stack, "owners.books()")
    for name, one in there.items():
        stands = Counter((entry.uid, entry.starts_at.isoformat()) for entry in one.stand())
        shall = Counter(map(tuple, books["shall"][name]))
        doubled = sum(Counter(uid for uid, _starts_at in stands.elements()).values()) - len({uid for uid, _ in stands})
        print(f"{name}: {shall.total()} entries, doubled {doubled}, lost {(shall - stands).total()}")
        assert stands == shall, name
    assert books["undone"] == 0
    assert stack.ended_by_themselves() == []
