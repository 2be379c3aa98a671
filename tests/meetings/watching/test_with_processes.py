"""A host deletes and moves meetings in Zoom: web, worker and beat tell the owner before the client clicks."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from psycopg.rows import dict_row

from tests.processes import START_SECONDS, Stack, eventually
from tests.running_owner import connect_zoom

pytestmark = pytest.mark.processes

SCHEDULE = """
from datetime import timedelta
from django.utils import timezone
from meetings import scheduling
from okey.contacts.models import Contact
from okey.owners.models import Owner
owner = Owner.objects.get(email={email!r})
contact = Contact.objects.filter(owner=owner).first()
for title in {titles!r}:
    plan = scheduling.Plan(title, timezone.now() + timedelta(days=3), 30, provider="zoom")
    print(scheduling.schedule(owner=owner, contact=contact, plan=plan).invitations.get().token)
"""
LOOK_DUE = """
UPDATE meetings_watch SET due_at = now() WHERE provider_meeting_id IN
    (SELECT id FROM meetings_providermeeting WHERE external_id = %s)
"""


def asked(stack: Stack, statement: str, *values: Any) -> list[dict[str, Any]]:
    with psycopg.connect(stack.env["DATABASE_URL"], row_factory=dict_row) as connection:
        done = connection.execute(statement, values)  # type: ignore[call-overload]
        return list(done.fetchall()) if done.description else []


def mails_about(stack: Stack, title: str) -> list[str]:
    """Those that have gone out."""
    found = asked(stack, "SELECT subject FROM mails_mail WHERE sent_at IS NOT NULL AND subject LIKE %s", f"%{title}")
    return [one["subject"] for one in found]


def join(stack: Stack, token: str) -> str:
    """Where a client's click leads."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{stack.url}/m/{token}/join/", allow_redirects=False, timeout=START_SECONDS)
    return answer.headers["Location"]


def test_an_owner_hears_of_what_happens_in_zoom_before_the_client_clicks(tmp_path: Path) -> None:
    with Stack(tmp_path, settings={"ZOOM_MANAGE_MEETINGS": "1"}, zoom={"meeting_events": 1}) as stack:
        assert connect_zoom(stack) == "connected"
        titles = ["Deleted one", "Moved one", "Silent one"]
        printed = stack.manage("shell", "-c", SCHEDULE.format(email=stack.owner_email, titles=titles))
        tokens = dict(zip(titles, printed.strip().splitlines()[-3:], strict=True))
        there = eventually(lambda: (found := stack.zoom.meetings()) and len(found) == 3 and found, 90)
        assert there
        numbers = {one["topic"]: one["id"] for one in there}
        ready = "SELECT count(*) AS n FROM meetings_meeting WHERE join_url <> ''"
        assert eventually(lambda: asked(stack, ready)[0]["n"] == 3, 90)

        stack.zoom.as_host(numbers["Deleted one"], "delete")
        stack.zoom.as_host(numbers["Moved one"], "later")
        sent = stack.zoom.wait_for_webhooks(2)
        assert [(one["status"], one["seconds"] < 3) for one in sent] == [(200, True)] * 2
        assert eventually(lambda: mails_about(stack, "Deleted one") == ["Deleted at Zoom: Deleted one"], 90)
        assert join(stack, tokens["Deleted one"]) == f"/m/{tokens['Deleted one']}/"
        assert eventually(lambda: mails_about(stack, "Moved one") == ["Changed at Zoom: Moved one"], 90)
        assert join(stack, tokens["Moved one"]).startswith(stack.zoom.url), "that link opens all the same"

        stack.zoom.as_host(numbers["Silent one"], "delete", silent=True)
        asked(stack, LOOK_DUE, str(numbers["Silent one"]))
        assert eventually(lambda: mails_about(stack, "Silent one") == ["Deleted at Zoom: Silent one"], 90)
        assert join(stack, tokens["Silent one"]) == f"/m/{tokens['Silent one']}/"
        assert stack.ended_by_themselves() == []
        unsettled = "SELECT count(*) AS n FROM meetings_providernews WHERE settled_at IS NULL"
        assert asked(stack, unsettled)[0]["n"] == 0
