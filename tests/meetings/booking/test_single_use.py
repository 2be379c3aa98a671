"""Links by which a type of meeting is booked once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from meetings.booking import bookings, confirming
from meetings.booking import settings as booking_settings
from meetings.booking.models import UnconfirmedBooking
from meetings.hours import availability
from meetings.models import Meeting, MeetingType, SingleUseLink
from meetings.models.single_use import KEPT_FOR, old_single_use_links
from meetings.types import editing, single_use
from meetings.types.single_use import Spent
from okey.owners.models import Owner
from tests.meetings.booking.cast import MADRID, NOW, bookable, wish

pytestmark = pytest.mark.django_db

AT = "2026-11-25T08:00Z"


@pytest.fixture
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def secret(alice: Owner) -> MeetingType:
    bookable(alice)
    return editing.add(alice, name="Board only", slug="secret-talk", lengths=[30], is_hidden=True)


@pytest.fixture
def link(traveller: Any, secret: MeetingType) -> SingleUseLink:
    return single_use.make(secret.owner, secret.pk)


def page(link: SingleUseLink) -> str:
    return reverse("single_use_page", args=[link.token])


def details(link: SingleUseLink) -> str:
    return reverse("single_use_details", args=[link.token])


def form(client: Client, link: SingleUseLink, **changes: str) -> dict[str, str]:
    html = client.get(details(link), {"at": AT}).content.decode()
    token, seen = (re.findall(rf'name="{name}" value="([^"]+)"', html)[0] for name in ("token", "seen"))
    about = {"name": "Yuki Tanaka", "email": "yuki@client.example", "minutes": "30"}
    return {"token": token, "seen": seen, "at": AT, "zone": "Europe/Madrid", **about, **changes}


def test_it_books_a_hidden_type_once(link: SingleUseLink, client: Client) -> None:
    html = client.get(page(link)).content.decode()
    assert "Board only" in html
    assert details(link) in html
    given = form(client, link)
    said = client.post(details(link), given)
    meeting = Meeting.objects.get()
    assert said["Location"] == reverse("client_meeting", args=[meeting.invitations.get().token])
    link.refresh_from_db()
    assert (link.state, link.meeting, meeting.meeting_type) == ("used", meeting, link.meeting_type)
    again = client.post(details(link), given)
    assert again["Location"] == said["Location"], "the same click once more is the same meeting"
    for late in (page(link), details(link)):
        second = client.get(late)
        assert second.status_code == 404
        assert "This link books once" in second.content.decode()
        assert "/book/alice-archer/" in second.content.decode(), "what is on the page of everybody"
    assert Meeting.objects.count() == 1


def test_who_fills_in_the_form_of_a_link_that_is_used_meanwhile_loses_nothing_they_typed(
    link: SingleUseLink, client: Client
) -> None:
    slow = form(client, link, email="slow@client.example", note="My words")
    client.post(details(link), form(client, link))
    said = client.post(details(link), slow)
    assert said.status_code == 409
    assert "My words" in said.content.decode()
    assert "Nothing was booked just now" in said.content.decode()
    assert Meeting.objects.count() == 1


def test_it_tells_nobody_the_types_own_address(link: SingleUseLink, client: Client) -> None:
    for html in (client.get(page(link)), client.get(details(link), {"at": AT})):
        assert "secret-talk" not in html.content.decode()
        assert html["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in html["Cache-Control"]


def test_it_runs_out(link: SingleUseLink, client: Client, traveller: Any) -> None:
    given = form(client, link)
    traveller.move_to(link.expires_at)
    assert client.get(page(link)).status_code == 404
    assert client.post(details(link), given).status_code == 409
    assert not Meeting.objects.exists()
    traveller.move_to(link.expires_at + KEPT_FOR)
    assert list(old_single_use_links(10)) == [link]


def test_one_that_is_withdrawn_opens_nothing(link: SingleUseLink, client: Client, alice_client: Client) -> None:
    url = reverse("single_use_withdraw", args=[link.meeting_type_id, link.pk])
    for _twice in range(2):
        alice_client.post(url)
    assert client.get(page(link)).status_code == 404
    link.refresh_from_db()
    assert link.state == "withdrawn"


def test_it_opens_while_the_booking_page_is_on_and_the_type_is(link: SingleUseLink, client: Client) -> None:
    editing.change(link.meeting_type.owner, link.meeting_type_id, is_on=False)
    assert "not offered" in client.get(page(link)).content.decode()
    editing.change(link.meeting_type.owner, link.meeting_type_id, is_on=True)
    booking_settings.change(owner=link.meeting_type.owner, is_page_on=False)
    elsewhere = "/once/nothing-like-this/"
    closed, wrong = client.get(page(link)), client.get(elsewhere)
    assert closed.status_code == wrong.status_code == 404
    assert closed.content.decode().replace(page(link), elsewhere) == wrong.content.decode()


def test_where_addresses_are_confirmed_the_confirmation_uses_it_up(link: SingleUseLink, client: Client) -> None:
    owner = link.meeting_type.owner
    booking_settings.change(owner=owner, confirms_addresses=True)
    client.post(details(link), form(client, link))
    client.post(details(link), form(client, link, email="other@client.example"))
    first, second = UnconfirmedBooking.objects.order_by("email").reverse()
    assert link.is_open
    confirming.confirm(first)
    with pytest.raises(Spent):
        confirming.confirm(second, starts_at=first.starts_at + timedelta(hours=1))
    assert Meeting.objects.count() == 1
    assert confirming.confirm(first).meeting == Meeting.objects.get(), "twice is once"


def test_a_link_of_another_type_books_nothing(link: SingleUseLink, alice: Owner) -> None:
    other = editing.add(alice, name="Other", lengths=[30])
    wanted = wish(meeting_type=other, minutes=30, single_use=link)
    with pytest.raises(Spent):
        bookings.book(alice, wanted, request_key="a click", is_address_confirmed=False)


def test_the_owner_makes_one_with_one_button_and_reads_what_became_of_it(
    link: SingleUseLink, client: Client, alice_client: Client
) -> None:
    url = reverse("single_use_links", args=[link.meeting_type_id])
    alice_client.post(url, {"days": "7"})
    made = SingleUseLink.objects.exclude(pk=link.pk).get()
    assert made.expires_at == NOW + timedelta(days=7)
    client.post(details(link), form(client, link))
    html = alice_client.get(url).content.decode()
    assert page(made) in html
    assert page(link) not in html
    assert "Used on" in html
    assert reverse("meeting", args=[Meeting.objects.get().pk]) in html


@pytest.mark.parametrize("days", ["0", "366", "soon", ""])
def test_a_time_that_is_none_is_refused_at_its_field(link: SingleUseLink, alice_client: Client, days: str) -> None:
    html = alice_client.post(reverse("single_use_links", args=[link.meeting_type_id]), {"days": days})
    assert "errorlist" in html.content.decode()
    assert SingleUseLink.objects.count() == 1


def test_another_owners_links_are_not_there(link: SingleUseLink, charlie_client: Client) -> None:
    type_id = link.meeting_type_id
    assert charlie_client.get(reverse("single_use_links", args=[type_id])).status_code == 404
    assert charlie_client.post(reverse("single_use_links", args=[type_id])).status_code == 404
    assert charlie_client.post(reverse("single_use_withdraw", args=[type_id, link.pk])).status_code == 404
    link.refresh_from_db()
    assert link.is_open


def test_there_are_so_many_and_no_more(link: SingleUseLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_use, "OPEN_MAX", 1)
    with pytest.raises(ValidationError, match="You have 1 links"):
        single_use.make(link.meeting_type.owner, link.meeting_type_id)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_book_by_one_link_at_once_one_does(secret: MeetingType) -> None:
    link = single_use.make(secret.owner, secret.pk)
    after = timezone.now() + timedelta(days=1)
    slots = availability.next_free(secret.owner, after=after, limit=8, minutes=30, meeting_type=secret)
    starts = Barrier(len(slots))

    def book(number: int) -> bool:
        wanted = wish(
            email=f"client{number}@client.example",
            starts_at=slots[number].starts_at,
            zone=MADRID,
            meeting_type=secret,
            minutes=30,
            single_use=link,
        )
        starts.wait(60)
        try:
            bookings.book(secret.owner, wanted, request_key=f"click {number}", is_address_confirmed=False)
        except Spent:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(slots)) as pool:
        assert sorted(pool.map(book, range(len(slots)))) == [False] * (len(slots) - 1) + [True]
    link.refresh_from_db()
    assert link.meeting == Meeting.objects.get()
