"""A calendar that cannot be read: its owner sees it on every page, replaces its address, says what clients see."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from integrations.calendars import choosing, live, mirror
from integrations.calendars.expansion import running
from integrations.calendars.models import BusyTime, Calendar
from meetings.hours import availability
from okey.lib import claims
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.integrations.calendars.publishing import HOUR, NINE, NOW, Publisher, read

pytestmark = pytest.mark.django_db
WEDNESDAY = NINE + timedelta(days=1)
LIST, CLIENTS_SEE_NONE = "/settings/calendars/", "Clients are offered no times until it can be read again"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def unread(publisher: Publisher, mine: Calendar) -> Calendar:
    """Read at first, and refused since."""
    read(mine)
    publisher.status, publisher.headers = "403 Forbidden", []
    return read(mine)


def choose(owner: Owner, calendar: Calendar, **chosen: str) -> None:
    choices = {"all_day": "marked", "tentative": "marked", "when_unread": "known"} | chosen
    choosing.change(owner=owner, calendar_id=calendar.pk, name=calendar.name, addresses="", **choices)


def offered(owner: Owner) -> int:
    """From tomorrow on."""
    return len(availability.free_slots(owner, since=WEDNESDAY, until=NOW + timedelta(days=9)))


@pytest.mark.parametrize("path", ["/", "/meetings/", "/contacts/", "/settings/", LIST])
def test_every_page_says_so_until_it_can_be_read(
    alice_client: Client, publisher: Publisher, unread: Calendar, path: str
) -> None:
    page = alice_client.get(path).content.decode()
    assert "Work cannot be read" in page
    assert f'href="{LIST}{unread.pk}/#address">Replace the address' in page
    publisher.status = "200 OK"
    read(unread)
    assert "cannot be read" not in alice_client.get(path).content.decode()


def test_others_and_strangers_see_nothing_of_it(charlie_client: Client, client: Client, unread: Calendar) -> None:
    assert "cannot be read" not in charlie_client.get("/").content.decode()
    assert "cannot be read" not in client.get("/accounts/login/").content.decode()


def test_another_address_keeps_what_was_chosen_and_what_is_known(
    alice: Owner, alice_client: Client, unread: Calendar
) -> None:
    choose(alice, unread, all_day="never", when_unread="nothing")
    with Publisher() as other:
        other.publish(HOUR.format(4))
        alice_client.post(f"{LIST}{unread.pk}/replace/", {"url": f"{other.url}/renewed-secret.ics"})
        waiting = Calendar.objects.get()
        assert (waiting.due_at, waiting.trouble, BusyTime.objects.count()) == (NOW, "refused", 1)
        assert not availability.is_free(alice, WEDNESDAY)
        done = read(unread)
    assert (done.name, done.all_day, done.when_unread, done.trouble) == ("Work", "never", "nothing", "")
    assert [one.starts_at for one in BusyTime.objects.all()] == [WEDNESDAY + timedelta(days=2)]
    assert b"renewed-secret" not in alice_client.get(f"{LIST}{unread.pk}/").content


def test_whoever_reads_at_the_old_address_meanwhile_writes_nothing(
    alice: Owner, publisher: Publisher, mine: Calendar
) -> None:

    claim = claims.take(Calendar, mine.pk, seconds=mirror.LEASE_SECONDS)
    assert claim is not None
    choosing.replace_address(owner=alice, calendar_id=mine.pk, url="https://example.com/a.ics")
    mirror.work_on(claim)
    assert not BusyTime.objects.exists()


def test_another_address_that_is_none_is_refused_and_said(
    alice_client: Client, charlie_client: Client, unread: Calendar
) -> None:
    where = f"{LIST}{unread.pk}/replace/"
    refused = alice_client.post(where, {"url": "http://10.0.0.1/a.ics"})
    assert "O-Key cannot read a calendar there" in refused.content.decode()
    assert Calendar.objects.get().opened("secret") == unread.opened("secret")
    assert charlie_client.post(where, {"url": "https://example.com/a.ics"}).status_code == 404
    assert alice_client.get(where).status_code == 405


def test_a_calendar_at_another_address_may_be_empty(alice: Owner, publisher: Publisher, mine: Calendar) -> None:
    publisher.publish(*[HOUR.format(day) for day in range(2, 9)])
    read(mine)
    with Publisher() as other:
        other.publish()
        choosing.replace_address(owner=alice, calendar_id=mine.pk, url=f"{other.url}/a.ics")
        assert read(mine).trouble == ""
    assert not BusyTime.objects.exists()


def test_by_what_was_read_last_times_are_offered_however_long(alice: Owner, unread: Calendar, clock: Any) -> None:
    before = offered(alice)
    clock.shift(2 * Calendar.PATIENCE)
    assert offered(alice) == before


def test_or_nothing_is_offered_after_some_hours_until_it_is_back(
    alice: Owner, bob: Owner, alice_client: Client, publisher: Publisher, unread: Calendar, clock: Any
) -> None:
    choose(alice, unread, when_unread="nothing")
    clock.shift(Calendar.PATIENCE - timedelta(seconds=1))
    assert offered(alice) > 0
    assert "From Tue 1 Dec, 11:00 on clients are offered no times" in alice_client.get("/").content.decode()
    clock.shift(timedelta(seconds=1))
    assert offered(alice) == 0
    assert not availability.is_free(alice, WEDNESDAY + timedelta(hours=3))
    assert not availability.next_free(alice, after=NOW)
    assert offered(bob) > 0
    assert CLIENTS_SEE_NONE in alice_client.get("/").content.decode()
    read(unread)
    assert CLIENTS_SEE_NONE in Mail.objects.get().text
    publisher.status = "200 OK"
    read(unread)
    assert offered(alice) > 0
    assert CLIENTS_SEE_NONE not in alice_client.get("/").content.decode()


def test_a_calendar_of_two_that_is_back_opens_nothing_while_the_other_is_not(
    alice: Owner, publisher: Publisher, unread: Calendar, clock: Any
) -> None:
    other = choosing.add_address(owner=alice, url=f"{publisher.url}/b.ics")
    for one in (unread, other):
        choose(alice, one, when_unread="nothing")
        read(one)
    clock.shift(Calendar.PATIENCE)
    publisher.status = "200 OK"
    read(other)
    assert offered(alice) == 0
    read(unread)
    assert offered(alice) > 0


def test_buttons_have_it_read_at_once_so_often_and_no_more(
    alice: Owner, alice_client: Client, unread: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "AN_HOUR", 2)
    later = Calendar.objects.get().due_at
    for said in ("O-Key tries again now", "O-Key tries again now", "It goes on trying by itself"):
        Calendar.objects.update(due_at=later)
        assert said in alice_client.post(f"{LIST}{unread.pk}/again/", follow=True).content.decode()
    assert Calendar.objects.get().due_at == later
    refused = alice_client.post(f"{LIST}{unread.pk}/replace/", {"url": "https://example.com/a.ics"})
    assert "You have entered many addresses" in refused.content.decode()
    choose(alice, unread, all_day="never")
    changed = Calendar.objects.get()
    assert (changed.all_day, changed.marks, changed.due_at) == ("never", {}, later)


def test_a_process_of_okeys_that_fails_is_said_to_be_so(
    alice: Owner, mine: Calendar, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:

    monkeypatch.setattr(running, "COMMAND", ("false",))
    assert read(mine).trouble == "failed"
    assert "The process that expands calendars failed" in caplog.text
    live.ask(alice.pk, WEDNESDAY, WEDNESDAY + timedelta(hours=1))


def test_administrators_see_it_without_its_address(admin_client: Client, unread: Calendar) -> None:
    for path in ("", f"{unread.pk}/change/"):
        page = admin_client.get(f"/admin/calendars/calendar/{path}").content.decode()
        assert "Work" in page
        assert "private-secret" not in page
