"""`manage.py okey_doctor` and its page: each thing that can be wrong has its line and its next step."""

import os
import re
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integrations import doctor
from integrations.doctor import Finding, Level, running, setup
from integrations.doctor import providers as provider_checks
from integrations.models import Connection, ProviderAccount
from meetings.booking.models import UnconfirmedBooking
from meetings.bot.models import Conversation
from meetings.links import making
from okey.lib.sealing import SealedModel
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.pulse.models import Pulse
from okey.pulse.tasks import beat
from okey.webhooks.models import Delivery, Endpoint
from okey.webhooks.models import Event as WebhookEvent
from tests.integrations.well import broker_url, mail_server, outside, well
from tests.meetings.page_cast import meeting_of
from tests.zoom_simulator import ZoomSimulator

pytestmark = [pytest.mark.django_db, pytest.mark.another_clock]

__all__ = ["broker_url", "mail_server", "outside", "well"]

PAGE = "/integrations/doctor/"
Found = dict[str, Finding]


def examined() -> Found:
    return {finding.subject: finding for finding in doctor.examine()}


def levels(found: Found) -> set[Level]:
    return {finding.level for finding in found.values()}


def sealed_account(owner_key: str = "jill") -> ProviderAccount:
    account = ProviderAccount.objects.create(vendor="zoom", external_id=owner_key)
    ProviderAccount.objects.filter(pk=account.pk).update(tokens=account.seal("tokens", "{}"))
    return account


# --- all is well -----------------------------------------------------------------------------------------


def test_a_healthy_installation_has_nothing_bad(well: Settings) -> None:
    sealed_account()
    found = examined()
    assert Level.BAD not in levels(found), [one for one in found.values() if one.level is Level.BAD]
    for subject in ("Zoom: client ID and secret", "Clock", "Broker", "Worker and beat", "Encryption keys", "Database"):
        assert found[subject].level is Level.OK
    assert {one.subject for one in found.values() if one.level is Level.WARNING} == {"Mode", "Zoom: simulator"}


def test_the_addresses_to_paste_are_given(well: Settings) -> None:
    found = examined()
    assert found["Zoom: redirect URL to paste"].text == well.OKEY_BASE_URL + "/integrations/zoom/callback/"
    assert found["Zoom: webhook URL to paste"].text == well.OKEY_BASE_URL + "/integrations/zoom/webhook/"


def test_the_command_says_each_line_and_ends_with_0(well: Settings) -> None:
    out = StringIO()
    call_command("okey_doctor", stdout=out)
    lines = [line for line in out.getvalue().splitlines() if not line.lstrip().startswith("→")]
    assert len(lines) == len(doctor.examine())
    assert all(re.match(r"(ok|warning) +\S", line) for line in lines)


def test_the_command_ends_with_1_where_something_is_bad(well: Settings) -> None:
    Pulse.objects.all().delete()
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("okey_doctor", stdout=out)
    assert ended.value.code == 1
    assert "bad      Worker and beat: No sign of life yet." in out.getvalue()
    assert "→ Start both" in out.getvalue()


def test_no_secret_is_in_any_line(well: Settings) -> None:
    sealed_account()
    well.REDIS_URL = "redis://:broker-password@127.0.0.1:1/0"
    well.ZOOM_CLIENT_SECRET = "a-wrong-client-secret"
    text = repr(doctor.examine())
    secrets = [well.ZOOM_CLIENT_SECRET, "webhook-secret", "broker-password", well.SECRET_KEY]
    for secret in [*secrets, os.environ["OKEY_ENCRYPTION_KEYS"]]:
        assert secret not in text


# --- what can be wrong -----------------------------------------------------------------------------------


def test_plain_http_is_a_warning(well: Settings) -> None:
    well.IS_HTTPS, well.OKEY_BASE_URL = False, "http://127.0.0.1:8000"
    assert examined()["Address"].level is Level.WARNING


@pytest.mark.parametrize("name", ["ADMIN_EMAIL", "SUPPORT_EMAIL", "DEFAULT_FROM_EMAIL"])
def test_an_address_that_is_none_is_bad(well: Settings, name: str) -> None:
    setattr(well, name, "nobody")
    finding = examined()["Mail settings"]
    assert (finding.level, finding.text) == (Level.BAD, f"{name}: no e-mail address.")


def test_mails_that_stay_here_are_a_warning(well: Settings) -> None:
    well.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert examined()["Mail settings"].level is Level.WARNING


def test_sqlite_in_production_is_a_warning(well: Settings) -> None:
    well.DEBUG = False
    is_sqlite = "sqlite" in well.DATABASES["default"]["ENGINE"]
    assert examined()["Database"].level is (Level.WARNING if is_sqlite else Level.OK)


def test_an_older_key_asks_for_resealing(well: Settings) -> None:
    sealed_account()
    well.OKEY_ENCRYPTION_KEYS = (bytes(range(1, 33)), *well.OKEY_ENCRYPTION_KEYS)
    finding = examined()["Encryption keys"]
    assert (finding.level, finding.text) == (Level.WARNING, "1 value has an older key.")
    assert "reseal_tokens" in finding.todo


def test_some_values_are_opened_on_each_look_and_all_on_demand(well: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "SAMPLE", 3)
    for number in range(10):
        sealed_account(f"user {number}")
    tries: list[str] = []
    opened = SealedModel.opened
    monkeypatch.setattr(SealedModel, "opened", lambda row, name: tries.append(name) or opened(row, name))

    assert examined()["Encryption keys"].text.startswith("10 sealed values; 3 were tried, and open.")
    assert len(tries) == 3
    out = StringIO()
    call_command("okey_doctor", "--all", stdout=out)
    assert "10 sealed values, all open." in out.getvalue()
    assert len(tries) == 13


def test_values_of_unknown_and_of_older_keys_are_counted_without_opening_them(
    well: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "SAMPLE", 0)
    for number in range(5):
        sealed_account(f"user {number}")
    old_key = well.OKEY_ENCRYPTION_KEYS[0]

    well.OKEY_ENCRYPTION_KEYS = [b"n" * 32]
    assert examined()["Encryption keys"].text == "5 sealed values do not open."
    well.OKEY_ENCRYPTION_KEYS = [b"n" * 32, old_key]
    assert examined()["Encryption keys"].text == "5 values have an older key."


def test_a_lost_key_is_bad(well: Settings) -> None:
    sealed_account()
    sealed_account("jack")
    well.OKEY_ENCRYPTION_KEYS = (bytes(range(1, 33)),)
    finding = examined()["Encryption keys"]
    assert (finding.level, finding.text) == (Level.BAD, "2 sealed values do not open.")


@pytest.mark.parametrize("name", ["ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"])
def test_zoom_that_is_not_set_up_is_bad_and_is_not_asked(well: Settings, zoom: ZoomSimulator, name: str) -> None:
    setattr(well, name, "")
    found = examined()
    assert found["Zoom: webhook URL to paste"].level is Level.OK
    assert any(one.level is Level.BAD and name in one.text for one in doctor.examine())
    assert zoom.calls("exchange") == 0


def test_a_vendor_that_the_operator_does_not_use_is_no_fault(well: Settings, alice: Owner) -> None:
    well.ZOOM_CLIENT_ID = well.ZOOM_CLIENT_SECRET = well.ZOOM_WEBHOOK_SECRET_TOKEN = ""
    found = examined()
    assert [one.subject for one in found.values() if one.level is Level.BAD] == ["Meeting providers"]
    assert "ZOOM_CLIENT_ID" in found["Meeting providers"].todo
    Connection.objects.create(owner=alice, provider="jitsi")
    found = examined()
    assert Level.BAD not in levels(found)
    assert not [one for one in found.values() if "Zoom" in one.subject and one.level is not Level.OK]


def test_without_the_webhooks_secret_its_address_is_said(well: Settings) -> None:
    well.ZOOM_WEBHOOK_SECRET_TOKEN = ""
    finding = examined()["Zoom: webhook"]
    assert finding.level is Level.WARNING
    assert well.OKEY_BASE_URL + "/integrations/zoom/webhook/" in finding.todo


@pytest.mark.parametrize("name", ["ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"])
def test_credentials_that_zoom_refuses_are_bad(well: Settings, name: str) -> None:
    setattr(well, name, "wrong")
    finding = examined()["Zoom: client ID and secret"]
    assert finding.level is Level.BAD
    assert "Invalid client_id or client_secret" in finding.text


@pytest.mark.parametrize("kind", ["status", "xml", "drop_before", "rate_limit_second"])
def test_zoom_being_down_is_said_and_nobodys_fault(well: Settings, zoom: ZoomSimulator, kind: str) -> None:
    zoom.fault("exchange", kind)
    finding = examined()["Zoom: client ID and secret"]
    assert finding.level is Level.WARNING
    assert "did not answer" in finding.text


def test_the_probe_ends_nobodys_grant(well: Settings, zoom: ZoomSimulator) -> None:
    before = zoom.state("grants")
    examined()
    assert zoom.state("grants") == before


@pytest.mark.parametrize(
    ("seconds", "level"), [(0, Level.OK), (60, Level.WARNING), (-60, Level.WARNING), (300, Level.BAD)]
)
def test_a_clock_that_is_off_is_seen(well: Settings, seconds: int, level: Level) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        findings = {one.subject: one for one in provider_checks.credentials_and_clock()}
    assert findings["Clock"].level is level


def test_missing_migrations_are_bad(well: Settings) -> None:
    MigrationRecorder.Migration.objects.filter(app="pulse", name="0003_troubles").delete()
    finding = examined()["Database"]
    assert (finding.level, finding.text) == (Level.BAD, "1 migration is missing.")


def test_a_database_that_does_not_answer_is_said_and_the_rest_is_still_looked_at(
    well: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise DatabaseError("secret details")

    monkeypatch.setattr(running, "MigrationExecutor", broken)
    monkeypatch.setattr(Pulse, "last", broken)
    findings = doctor.examine()
    assert "secret details" not in repr(findings)
    assert [one.subject for one in findings if one.level is Level.BAD] == ["Database", "Worker and beat"]
    assert examined()["Broker"].level is Level.OK


def test_a_broker_that_is_down_is_bad(well: Settings) -> None:
    well.REDIS_URL = "redis://127.0.0.1:1/0"
    assert examined()["Broker"].level is Level.BAD


def test_a_broker_that_never_answers_is_asked_once(well: Settings) -> None:
    # Counted, not timed: one connection of at most 0.25 s to connect and 0.25 s to answer.
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        well.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        assert [one.level for one in running.broker()] == [Level.BAD]
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_an_address_that_is_no_brokers_is_bad(well: Settings) -> None:
    well.REDIS_URL = "amqp://127.0.0.1"
    assert examined()["Broker"].level is Level.BAD


def test_a_worker_that_stopped_is_bad(well: Settings) -> None:
    Pulse.objects.update(at=timezone.now() - timedelta(minutes=7))
    finding = examined()["Worker and beat"]
    assert finding.level is Level.BAD
    assert "7\xa0minutes ago" in finding.text


def test_the_pulse_is_one_row_written_by_a_task(db: None) -> None:
    beat()
    first = Pulse.objects.get().at
    beat()
    assert Pulse.objects.get().at > first


@pytest.mark.parametrize(("minutes", "level"), [(0.5, Level.OK), (2, Level.WARNING), (10, Level.BAD)])
def test_work_that_stays_undone_is_seen(well: Settings, minutes: float, level: Level) -> None:
    Mail.objects.create(to="a@example.com", subject="a", due_at=timezone.now() - timedelta(minutes=minutes))
    assert examined()["Mails"].level is level


def _webhook_delivery(owner: Owner, due_at: datetime) -> None:
    endpoint = Endpoint.objects.create(owner=owner, url="https://example.com/", events="")
    event = WebhookEvent.objects.create(owner=owner, type="meeting.scheduled", data={}, due_at=None)
    Delivery.objects.create(endpoint=endpoint, event=event, due_at=due_at, give_up_at=due_at)


def _webhook_event(owner: Owner, due_at: datetime) -> None:
    WebhookEvent.objects.create(owner=owner, type="meeting.scheduled", data={}, due_at=due_at)


def _unconfirmed_booking(owner: Owner, due_at: datetime) -> None:
    UnconfirmedBooking.objects.create(owner=owner, starts_at=due_at, timezone="Europe/Berlin", due_at=due_at)


def _conversation(owner: Owner, due_at: datetime) -> None:
    Conversation.objects.create(owner=owner, due_at=due_at)


@pytest.mark.parametrize(
    ("subject", "make"),
    [
        ("Webhook deliveries", _webhook_delivery),
        ("Webhook events", _webhook_event),
        ("Unconfirmed bookings", _unconfirmed_booking),
        ("Conversations", _conversation),
    ],
)
def test_undone_work_of_webhooks_and_booking_is_seen(
    well: Settings, alice: Owner, subject: str, make: Callable[[Owner, datetime], None]
) -> None:
    assert examined()[subject].level is Level.OK
    make(alice, timezone.now() - timedelta(minutes=10))
    finding = examined()[subject]
    assert (finding.level, finding.text) == (Level.BAD, "1 is due, for 10\xa0minutes.")


def test_a_delivery_whose_receiver_rests_is_no_undone_work(well: Settings, alice: Owner) -> None:
    _webhook_delivery(alice, timezone.now() - timedelta(hours=3))
    Endpoint.objects.update(rest_until=timezone.now() + timedelta(minutes=5))
    assert examined()["Webhook deliveries"].level is Level.OK


def test_a_meeting_that_waits_for_its_owner_is_no_undone_work(well: Settings, alice: Owner) -> None:
    meeting = meeting_of(alice, job={"due_at": timezone.now() - timedelta(hours=3)})
    assert examined()["Link jobs"].level is Level.BAD
    making.work(meeting.pk)  # finds no connection
    assert examined()["Link jobs"].level is Level.OK


def test_mails_that_fail_are_seen(well: Settings) -> None:
    Mail.objects.create(to="a@example.com", subject="a", last_error="OSError: no", due_at=timezone.now())
    finding = examined()["Mails that fail"]
    assert (finding.level, finding.text) == (Level.WARNING, "1 is tried again (OSError).")
    Mail.objects.update(due_at=None)
    assert examined()["Mails that fail"].level is Level.BAD


# --- the page --------------------------------------------------------------------------------------------


def test_administrators_see_the_page_and_the_way_to_it(well: Settings, admin_client: Client) -> None:
    assert f'href="{PAGE}"' in admin_client.get("/admin/").content.decode()
    Pulse.objects.all().delete()
    text = admin_client.get(PAGE).content.decode()
    for words in ("1 thing is wrong", "No sign of life yet.", f"{well.OKEY_BASE_URL}/integrations/zoom/callback/"):
        assert words in text


def test_nobody_else_does(charlie_client: Client, client: Client) -> None:
    assert charlie_client.get(PAGE).status_code == 404
    assert client.get(PAGE)["Location"].startswith("/accounts/login/")
    assert charlie_client.post(PAGE).status_code == 405
