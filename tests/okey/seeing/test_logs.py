"""The log: whose doing each line is, one line for each event that matters, and nothing that opens or names anything."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone

from integrations import access
from integrations.models import ProviderAccount
from meetings.hours import rules
from meetings.invitations import inviting
from meetings.links import making
from meetings.models import Invitation, LinkJob, Meeting
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.lib import logs, tracing
from okey.lib.environment import log_format
from okey.owners.models import Owner
from tests.conftest import PASSWORD
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

Capture = Callable[..., Any]
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the production log would have in JSON, down to DEBUG."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Json())
    handler.addFilter(logs.Traced())
    handler.addFilter(logs.WithoutAddresses())
    root, levels = logging.getLogger(), {}
    for name in ("", "okey", "integrations", "meetings", "django.request"):
        one = logging.getLogger(name)
        levels[one] = one.level
        one.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    for one, level in levels.items():
        one.setLevel(level)


def of(lines: Lines, **wanted: str) -> list[dict[str, Any]]:
    return [line for line in lines() if wanted.items() <= line.items()]


# --- the ID of the request --------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["0af7651916cd43dd", "req_1.a-B" + "9" * 50])
def test_a_well_formed_id_is_kept(client: Client, given: str) -> None:
    assert client.get("/health/live", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "with space in", "ann@example.com", "line\nbreak-12", "ümlaut-1234"]
)
def test_any_other_is_replaced(client: Client, given: str) -> None:
    answers = [client.get("/health/live", headers={"X-Request-ID": given})["X-Request-ID"] for _ in range(2)]
    assert given not in answers
    assert len(set(answers)) == 2
    assert all(tracing.WELL_FORMED.fullmatch(answer) for answer in answers)


def test_outside_of_requests_there_is_none(client: Client) -> None:
    client.get("/health/live", headers={"X-Request-ID": "0af7651916cd43dd"})
    assert tracing.current() == ""


def test_djangos_own_line_of_a_refusal_has_it_and_no_token(client: Client, lines: Lines, db: None) -> None:
    client.get("/m/a-clients-secret-token/", headers={"X-Request-ID": "0af7651916cd43dd"})
    client.get("/nothing-here/with-a-token", headers={"X-Request-ID": "0af7651916cd43dd"})
    first, second = of(lines, logger="django.request")
    assert (first["message"], first["request_id"]) == ("Not Found: /m/<str:token>/", "0af7651916cd43dd")
    assert second["message"] == "Not Found: /nothing-here/…"
    assert "token" not in json.dumps(first).replace("<str:token>", "")


# --- the way of a link ------------------------------------------------------------------------------------


def _schedule(client: Client, owner: Owner, title: str) -> Meeting:
    day = timezone.localtime(timezone.now() + timedelta(days=1), owner.timezone).date()
    rules.set_weekly_hours(owner=owner, weekly={weekday: [(time(9), time(17))] for weekday in range(7)})
    answer = client.post(
        f"/meetings/new/?contact={Contact.objects.get().pk}",
        {
            "title": title,
            "date": day.isoformat(),
            "time": "14:00",
            "minutes": "30",
            "provider": "zoom",
            "agenda": "",
            "by_mail": "on",
            "request_key": str(uuid4()),
        },
        headers={"X-Request-ID": "0af7651916cd43dd"},
    )
    assert answer.status_code == 302
    return Meeting.objects.get()


@pytest.fixture
def made(
    zoom: ZoomSimulator,
    alice: Owner,
    alice_client: Client,
    lines: Lines,
    django_capture_on_commit_callbacks: Capture,
) -> Meeting:
    """One link, which came at the second try, and the mail about it."""
    with django_capture_on_commit_callbacks(execute=True):
        connect_zoom(zoom, alice)
        add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
        zoom.fault("create", "rate_limit_second", times=1)
        meeting = _schedule(alice_client, alice, "Quarterly secrets")
        for _try in range(2):
            LinkJob.objects.update(due_at=timezone.now())
            with tracing.within():
                making.work(meeting.pk)
        inviting.work(Invitation.objects.get().pk)
    return Meeting.objects.get(pk=meeting.pk)


@pytest.mark.django_db
def test_the_request_is_followed_to_the_link_and_to_zooms_own_log(made: Meeting, lines: Lines) -> None:
    assert made.join_url
    retry, done = of(lines, meeting=str(made.pk), provider="zoom")
    assert (retry["level"], retry["outcome"], done["outcome"]) == ("WARNING", "retry_unavailable", "made")
    assert {retry["request_id"], done["request_id"]} == {"0af7651916cd43dd"}
    tracking_id = made.events.get(kind="link_ready").tracking_id
    assert tracking_id
    assert done["tracking_id"] == tracking_id
    assert tracking_id in done["message"]


@pytest.mark.django_db
def test_each_event_that_matters_has_one_line(
    made: Meeting, alice: Owner, client: Client, lines: Lines, django_capture_on_commit_callbacks: Capture
) -> None:
    account = ProviderAccount.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        access.refresh(account.pk, refused=(account.grant_no, account.pair_no))
        client.post("/accounts/login/", {"login": alice.email, "password": "a-wrong-password"})
        client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    said = [line["message"].split()[0] + " " + line.get("outcome", "") for line in of(lines, logger="okey.figures")]
    assert said == [
        "grants stored",
        "links retry_unavailable",
        "links made",
        "mails sent",
        "refreshes renewed",
        "sign_ins refused",
        "sign_ins ok",
    ]


@pytest.mark.django_db
def test_no_line_has_a_token_or_says_whom_or_what_about(
    made: Meeting, zoom: ZoomSimulator, alice: Owner, alice_client: Client, client: Client, lines: Lines
) -> None:
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    token = Invitation.objects.get().token
    for path in (f"/m/{token}/", f"/m/{token}/nothing/", f"/m/{token}/cancel/?next={token}"):
        client.get(path)
    said = json.dumps(lines(), ensure_ascii=False)
    access_token, refresh_token = ProviderAccount.objects.get().pair()
    opening = [token, made.join_url, made.passcode, access_token, refresh_token, PASSWORD]
    opening += [django_settings.ZOOM_CLIENT_SECRET, alice_client.cookies["okey_session_8000"].value]
    naming = [alice.email, alice.name, "ann@example.com", "Ann Lee", "Quarterly secrets", "jill@"]
    assert len(said) > 1000
    assert [value for value in opening + naming if value and value in said] == []


# --- its form ---------------------------------------------------------------------------------------------


def test_a_line_is_an_object_with_time_level_and_traceback(lines: Lines) -> None:
    try:
        raise RuntimeError("äh")
    except RuntimeError:
        with tracing.within("0af7651916cd43dd"):
            logging.getLogger("okey.test").exception("It broke: %s", 7, extra={"meeting": 5})
    (line,) = of(lines, logger="okey.test")
    assert {name: line[name] for name in ("level", "message", "request_id", "meeting")} == {
        "level": "ERROR",
        "message": "It broke: 7",
        "request_id": "0af7651916cd43dd",
        "meeting": 5,
    }
    assert line["time"].endswith("+00:00")
    assert "RuntimeError: äh" in line["traceback"]


@pytest.mark.parametrize("text", ["", "JSON", "text"])
def test_a_form_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OKEY_LOG_FORMAT"):
        log_format(text)
