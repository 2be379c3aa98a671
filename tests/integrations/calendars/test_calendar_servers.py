"""An owner connects a calendar server in settings: a real one, whose password is refused, withdrawn and renewed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from integrations.calendars import busy, live, mirror, servers
from integrations.calendars.models import BusyTime, Calendar, CalendarAccount
from meetings.hours import availability
from okey.lib import claims, opened_hosts
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.calendar_servers import PASSWORD, CalendarServer
from tests.integrations.calendars.test_expansion import calendar

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)  # a Tuesday, seven o'clock in Berlin
WEDNESDAY = NOW.replace(day=2, hour=8)
CONNECT = "/settings/calendars/servers/connect/"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(opened_hosts, "allows_loopback", lambda: True)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account(alice: Owner, radicale: CalendarServer) -> CalendarAccount:
    return servers.connect(owner=alice, server=radicale.url, user_name=radicale.user, password=PASSWORD)


@pytest.fixture
def work(alice: Owner, account: CalendarAccount, radicale: CalendarServer) -> Calendar:
    radicale.put("one.ics", calendar("UID:one|DTSTART:20261202T080000Z|DURATION:PT1H"))
    servers.choose(owner=alice, account_id=account.pk, urls=[radicale.calendar])
    return Calendar.objects.get()


def read(one: Calendar) -> Calendar:
    Calendar.objects.filter(pk=one.pk).update(due_at=NOW)
    claim = claims.take(Calendar, one.pk, seconds=mirror.LEASE_SECONDS)
    assert claim is not None
    mirror.work_on(claim)
    return Calendar.objects.get(pk=one.pk)


def another(one: Calendar) -> Calendar:
    """A second calendar of the same account."""
    return Calendar.objects.create(
        owner=one.owner, account=one.account, source=one.source, url=f"{one.url}x/", name="Home", turn=one.turn
    )


def page(client: Client, path: str = "/settings/calendars/", **posted: Any) -> str:
    answer = client.post(path, posted, follow=True) if posted else client.get(path)
    return answer.content.decode()


def test_the_owner_connects_chooses_and_disconnects(
    alice_client: Client, alice: Owner, radicale: CalendarServer, caplog: pytest.LogCaptureFixture
) -> None:
    assert "Connect a calendar server" in page(alice_client)
    wrong = page(alice_client, CONNECT, server=radicale.url, user_name="demo", password="not-the-password")
    assert "refuses this user name and password" in wrong
    assert "not-the-password" not in wrong
    assert not CalendarAccount.objects.exists()
    shown = page(alice_client, CONNECT, server=radicale.url, user_name="demo", password=PASSWORD)
    assert "Now choose which calendars count" in shown
    assert "Work" in shown
    account = CalendarAccount.objects.get(owner=alice)
    assert not Calendar.objects.exists()
    path = f"/settings/calendars/servers/{account.pk}/"
    radicale.put("one.ics", calendar("DTSTART:20261202T080000Z|DURATION:PT1H|SUMMARY:Dentist"))
    assert "Is being read" in page(alice_client, path, urls=[radicale.calendar])
    one = Calendar.objects.get()
    assert (one.name, one.host, one.can_write, one.due_at) == ("Work", "127.0.0.1", True, NOW)
    assert read(one).trouble == ""
    assert not availability.is_free(alice, WEDNESDAY, minutes=60)
    everything = page(alice_client) + page(alice_client, path) + page(alice_client, "/settings/") + caplog.text
    rows = [*CalendarAccount.objects.values(), *Calendar.objects.values(), *BusyTime.objects.values()]
    assert PASSWORD not in everything + repr(rows) + repr(account) + repr(vars(account))
    assert "Dentist" not in everything + repr(rows)
    page(alice_client, path, urls=[])
    assert not Calendar.objects.exists(), "what is not ticked does not count"
    alice_client.post(path, {"urls": [radicale.calendar]})
    assert "These are the calendars" in page(alice_client, f"{path}again/", again="1")
    assert "has forgotten the password" in page(alice_client, f"{path}remove/", remove="1")
    assert not Calendar.objects.exists()
    assert not BusyTime.objects.exists()
    assert not CalendarAccount.objects.exists()


def test_what_is_anothers_is_not_there(charlie_client: Client, work: Calendar) -> None:
    path = f"/settings/calendars/servers/{work.account_id}/"
    assert charlie_client.get(path).status_code == 404
    for rest in ("", "again/", "password/", "remove/"):
        assert charlie_client.post(path + rest, {"password": "x", "urls": []}).status_code == 404
        assert Client().post(path + rest).status_code == 302, "who is not signed in signs in first"
    assert Calendar.objects.exists()


def test_a_choice_that_was_not_offered_is_none(alice: Owner, alice_client: Client, account: CalendarAccount) -> None:
    path = f"/settings/calendars/servers/{account.pk}/"
    alice_client.post(path, {"urls": ["https://evil.example/c/"]})
    servers.choose(owner=alice, account_id=account.pk, urls=["https://evil.example/c/"])
    assert not Calendar.objects.exists()


def test_a_withdrawn_password_is_named_once_and_a_new_one_heals(
    alice: Owner, alice_client: Client, radicale: CalendarServer, work: Calendar, clock: Any
) -> None:
    read(work)
    home = another(work)
    radicale.withdraw_password()
    failed = read(work)
    assert failed.trouble == "password"
    assert failed.due_at == NOW + mirror.PASSWORD_AGAIN
    home.refresh_from_db()
    assert (home.trouble, home.due_at) == ("password", failed.due_at), "what opens one opens the other: it need not ask"
    assert not availability.is_free(alice, WEDNESDAY, minutes=60), "the times that are known stay taken"
    assert "Enter a new password" in page(alice_client)
    clock.shift(mirror.PASSWORD_AGAIN)
    for one in (work, home):
        assert read(one).due_at == NOW + mirror.PASSWORD_AGAIN + mirror.PASSWORD_SELDOM
    (mail,) = Mail.objects.all()
    assert "Work cannot be read" in mail.subject
    assert PASSWORD not in mail.text
    path = f"/settings/calendars/servers/{work.account_id}/"
    assert "The password is refused" in page(alice_client, path)
    refused = page(alice_client, f"{path}password/", password="wrong again")
    assert "refuses this user name" in refused
    assert "wrong again" not in refused
    assert "reads the calendars with it now" in page(alice_client, f"{path}password/", password="another one")
    later = NOW + mirror.PASSWORD_AGAIN
    assert set(Calendar.objects.values_list("due_at", flat=True)) == {later}
    assert read(work).trouble == ""
    radicale.allow_password()


def test_a_password_that_is_taken_again_wakes_the_others(radicale: CalendarServer, work: Calendar) -> None:
    home = another(work)
    radicale.withdraw_password()
    read(work)
    radicale.allow_password()
    read(work)
    home.refresh_from_db()
    assert home.due_at == NOW


def test_a_calendar_that_was_deleted_there_is_named(alice: Owner, work: Calendar) -> None:
    read(work)
    gone = another(work)
    assert read(gone).trouble == "gone"
    assert read(work).trouble == "", "the account's other calendar is as it was"


def test_a_calendar_whose_entries_were_all_deleted_is_empty(radicale: CalendarServer, work: Calendar) -> None:
    """A server says so itself, where a published file may just be broken."""
    for number in range(mirror.MANY):
        radicale.put(f"{number}.ics", calendar(f"UID:{number}|DTSTART:20261203T080000Z|DURATION:PT1H"))
    assert read(work).events == mirror.MANY + 1
    radicale.empty()
    assert read(work).trouble == ""
    assert not BusyTime.objects.exists()


def test_the_calendars_own_zone_counts(radicale: CalendarServer, work: Calendar) -> None:
    Calendar.objects.update(own_zone="Asia/Tokyo")
    radicale.put("one.ics", calendar("UID:one|DTSTART:20261202T170000|DURATION:PT1H"))
    read(work)
    assert BusyTime.objects.get().starts_at == WEDNESDAY


def test_connecting_once_more_is_another_password_and_no_second_account(
    alice: Owner, radicale: CalendarServer, account: CalendarAccount
) -> None:
    radicale.withdraw_password()
    again = servers.connect(owner=alice, server=account.url, user_name="demo", password="another one")
    assert again.pk == account.pk
    assert CalendarAccount.objects.get().opened("password") == "another one"


def test_whoever_tries_often_waits(alice: Owner) -> None:
    for _try in range(servers.TRIES_AN_HOUR):
        with pytest.raises(ValidationError, match="cannot ask there"):
            servers.connect(owner=alice, server="http://10.0.0.1/", user_name="a", password="b")
    with pytest.raises(ValidationError, match="often"):
        servers.connect(owner=alice, server="http://10.0.0.1/", user_name="a", password="b")


def test_a_new_key_seals_passwords_anew(account: CalendarAccount, settings: Any) -> None:
    [old] = settings.OKEY_ENCRYPTION_KEYS
    settings.OKEY_ENCRYPTION_KEYS = (bytes(range(100, 132)), old)
    call_command("reseal_tokens", verbosity=0)
    settings.OKEY_ENCRYPTION_KEYS = settings.OKEY_ENCRYPTION_KEYS[:1]
    assert CalendarAccount.objects.get().opened("password") == PASSWORD


def test_before_a_booking_the_server_is_asked_for_that_time(
    alice: Owner, radicale: CalendarServer, work: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine under load may be slower than a client waits: here it has the time that it needs."""
    monkeypatch.setattr(live, "SECONDS", 60)
    read(work)
    thursday = WEDNESDAY + timedelta(days=1)
    radicale.put("two.ics", calendar("UID:two|DTSTART:20261203T080000Z|DURATION:PT1H"))
    assert availability.is_free(alice, thursday, minutes=60), "the mirror does not know of it yet"
    live.ask(alice.pk, thursday, thursday + timedelta(hours=1))
    assert not availability.is_free(alice, thursday, minutes=60)
    assert not busy.unanswered(alice.pk, thursday, thursday + timedelta(hours=1)).exists()
