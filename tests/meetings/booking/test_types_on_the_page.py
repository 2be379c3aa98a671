"""Several types of meeting on one booking page, each with an address of its own; and old addresses go on working."""

import re
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.urls import reverse

from meetings.booking import confirming, rate_limits
from meetings.booking.models import BookingSettings
from meetings.booking.rate_limits import Origin
from meetings.models import Invitation, Meeting, MeetingType
from meetings.types import editing, offering, questions
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import NOW, bookable, wish

pytestmark = pytest.mark.django_db

PAGE = "/book/alice-archer/"
TALK = PAGE + "talk/"
AT = "2026-11-25T08:00Z"


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def page_on(alice: Owner) -> None:
    bookable(alice)


@pytest.fixture
def talk(alice: Owner) -> MeetingType:
    return editing.add(alice, name="Talk", lengths=[30, 60])


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def words(response: Any) -> str:
    return str(response.content.decode())


def filled(client: Client, address: str, query: dict[str, str] | None = None, **changes: str) -> dict[str, str]:
    html = words(client.get(address, {"at": AT, "zone": "Europe/Madrid", **(query or {})}))
    hidden = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))
    return {**hidden, "website": "", "name": "Yuki Tanaka", "email": "yuki@client.example", "note": "", **changes}


# --- Old addresses ----------------------------------------------------------------------------------------


def test_with_one_type_the_owners_page_is_that_of_the_type(client: Client, alice: Owner) -> None:
    before = words(client.get(PAGE))
    assert MeetingType.objects.count() == 0
    editing.own(alice)
    assert words(client.get(PAGE)) == before
    assert "November 2026" in before


def test_settings_of_before_become_the_first_type(alice: Owner, bob: Owner) -> None:
    migration = import_module("meetings.booking.migrations.0008_first_types")
    BookingSettings.objects.create(owner=bob, public_name="bob")
    editing.add(bob, name="Talk")
    for _twice in range(2):
        migration.settings_become_first_types(apps, BookingSettings.objects.all())
    assert [(one.name, one.slug, one.is_on, one.lengths) for one in editing.own(alice)] == [
        ("Meeting", "meeting", True, [])
    ]
    assert [one.name for one in editing.own(bob)] == ["Meeting", "Talk"]


def test_a_form_of_the_time_with_one_type_books_that(client: Client, alice: Owner) -> None:
    editing.own(alice)
    form = filled(client, PAGE + "details/")
    editing.add(alice, name="Talk")
    assert client.post(PAGE + "details/", form).status_code == 302
    assert Meeting.objects.get().type_name == "Meeting"


# --- The list ---------------------------------------------------------------------------------------------


def test_several_are_a_list_to_choose_from(client: Client, alice: Owner, talk: MeetingType) -> None:
    html = words(client.get(PAGE, {"zone": "Asia/Tokyo"}))
    assert f'href="{TALK}?zone=Asia%2FTokyo"' in html
    assert "30 minutes · 1 hour" in html
    assert "November 2026" not in html
    assert "November 2026" in words(client.get(TALK))


def test_a_hidden_one_has_its_address_only(client: Client, alice: Owner, talk: MeetingType) -> None:
    editing.change(alice, talk.pk, is_hidden=True)
    assert "Talk" not in words(client.get(PAGE))
    assert "Talk" in words(client.get(TALK))


def test_one_that_is_off_is_not_there_and_the_others_are_named(client: Client, alice: Owner, talk: MeetingType) -> None:
    editing.change(alice, talk.pk, is_on=False)
    response = client.get(TALK)
    assert response.status_code == 404
    assert "not offered here, or not any more" in words(response)
    assert f'href="{PAGE}"' in words(response)
    never_was = words(client.get(PAGE + "never-was/")).replace(PAGE + "never-was/", TALK)
    assert never_was == words(response), "nobody can tell what there was"


def test_without_any_the_page_says_whom_to_ask(client: Client, alice: Owner, talk: MeetingType) -> None:
    for one in editing.own(alice):
        editing.change(alice, one.pk, is_on=False)
    response = client.get(PAGE)
    assert response.status_code == 200
    assert "or ask Alice Archer directly" in words(response)


# --- Lengths ----------------------------------------------------------------------------------------------


def test_lengths_are_chosen_and_kept_up_to_the_meeting(client: Client, talk: MeetingType) -> None:
    assert "60 minutes. Choose" in words(client.get(TALK, {"minutes": "60"}))
    assert "30 minutes. Choose" in words(client.get(TALK, {"minutes": "45"})), "it has no such length"
    assert "minutes=60&amp;at=" in words(client.get(TALK, {"minutes": "60"}))
    assert client.post(TALK + "details/", filled(client, TALK + "details/", {"minutes": "60"})).status_code == 302
    meeting = Meeting.objects.get()
    assert (meeting.minutes, meeting.meeting_type, meeting.type_name) == (60, talk, "Talk")


# --- Changed while somebody books -------------------------------------------------------------------------


def test_switched_off_meanwhile_nothing_is_booked_and_nothing_lost(
    client: Client, alice: Owner, talk: MeetingType
) -> None:
    editing.change(alice, talk.pk, questions=[questions.question(text="How old is it?", key="a1")])
    form = filled(client, TALK + "details/", **{"note": "About <the> roof", "answer-a1": "Forty\u202e years"})
    editing.change(alice, talk.pk, is_on=False)
    response = client.post(TALK + "details/", form)
    assert response.status_code == 409
    assert "not offered any more. Nothing was booked." in words(response)
    for typed in ("Yuki Tanaka", "yuki@client.example", "About &lt;the&gt; roof", "Forty years"):
        assert typed in words(response)
    assert not Meeting.objects.exists()


def test_who_has_booked_it_before_it_was_switched_off_is_led_to_the_meeting(
    client: Client, alice: Owner, talk: MeetingType
) -> None:
    form = filled(client, TALK + "details/")
    booked = client.post(TALK + "details/", form)
    editing.change(alice, talk.pk, is_on=False)
    again = client.post(TALK + "details/", form)
    assert again["Location"] == booked["Location"]


@pytest.mark.parametrize("changes", [{"name": "Workshop"}, {"place": "phone"}, {"lengths": [60]}])
def test_changed_meanwhile_it_is_looked_at_once_more(
    client: Client, alice: Owner, talk: MeetingType, changes: dict[str, Any]
) -> None:
    form = filled(client, TALK + "details/", note="About the roof")
    editing.change(alice, talk.pk, **changes)
    response = client.post(TALK + "details/", form)
    assert response.status_code == 409
    assert "Alice Archer has changed this type of meeting meanwhile" in words(response)
    assert "About the roof" in words(response)
    assert not Meeting.objects.exists()
    hidden = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', words(response)))
    assert client.post(TALK + "details/", {**form, **hidden}).status_code == 302


def test_a_length_that_is_gone_under_the_lock_books_nothing(alice: Owner, talk: MeetingType) -> None:
    wanted = wish(meeting_type=talk, minutes=60)
    editing.change(alice, talk.pk, lengths=[30])
    with pytest.raises(offering.NotOffered):
        rate_limits.book(alice, wanted, request_key="1", origin=Origin("192.0.2.1"))
    assert not Meeting.objects.exists()


def test_a_link_in_a_mail_books_what_was_asked_for(client: Client, alice: Owner, talk: MeetingType) -> None:
    confirming.ask(alice, wish(meeting_type=talk, minutes=60), request_key="1")
    confirming.ask(alice, wish(meeting_type=talk, minutes=60), request_key="1")
    assert Mail.objects.count() == 1
    link = re.findall(r"(/booking/\S+)", Mail.objects.get().text)[0]
    assert "09:00–10:00" in words(client.get(link))
    assert client.post(link).status_code == 302
    assert (Meeting.objects.get().minutes, Meeting.objects.get().meeting_type) == (60, talk)


def test_a_link_in_a_mail_for_what_is_switched_off_says_so(client: Client, alice: Owner, talk: MeetingType) -> None:
    confirming.ask(alice, wish(meeting_type=talk), request_key="1")
    link = re.findall(r"(/booking/\S+)", Mail.objects.get().text)[0]
    editing.change(alice, talk.pk, is_on=False)
    response = client.post(link)
    assert response.status_code == 409
    assert "Nothing was booked" in words(response)


# --- Places -----------------------------------------------------------------------------------------------


def test_by_phone_the_number_is_for_whoever_has_booked(client: Client, alice: Owner, talk: MeetingType) -> None:
    editing.change(alice, talk.pk, place="phone", place_words="+49 30 1234567")
    form = filled(client, TALK + "details/")
    shown = words(client.get(TALK + "details/", {"at": AT}))
    assert "You meet by phone" in shown
    assert "1234567" not in shown
    booked = client.post(TALK + "details/", form)
    assert "By phone: +49 30 1234567" in words(client.get(booked["Location"]))
    assert "By phone: +49 30 1234567" in Mail.objects.get(to="alice@example.com").text
    calendar = words(client.get(reverse("client_calendar", args=[Invitation.objects.get().token])))
    assert "LOCATION:By phone: +49 30 1234567" in calendar.replace("\r\n ", "")


def test_a_provider_that_is_not_connected_any_more_leaves_the_meeting_without_a_link(
    client: Client, alice: Owner, talk: MeetingType
) -> None:
    MeetingType.objects.filter(pk=talk.pk).update(place="provider", provider="zoom")
    assert client.post(TALK + "details/", filled(client, TALK + "details/")).status_code == 302
    assert Meeting.objects.get().no_link == Meeting.NoLink.NO_PROVIDER


# --- For scripts and frames -------------------------------------------------------------------------------


def test_scripts_read_the_times_of_a_type(client: Client, talk: MeetingType) -> None:
    found = client.get(TALK + "free-times/", {"minutes": "60"}).json()
    assert found["minutes"] == 60
    assert found["items"][0]["book_url"].endswith(f"{TALK}details/?at=2026-11-25T08%3A00Z&minutes=60")
    assert client.get(TALK + "free-times/", {"minutes": "45"}).status_code == 422
    assert client.get(PAGE + "never-was/free-times/").status_code == 404
    first = client.get(PAGE + "free-times/").json()["items"][0]
    assert f"{PAGE}meeting/details/" in first["book_url"], "several: the first one's form"


def test_a_frame_shows_the_list_and_each_type(client: Client, alice: Owner, talk: MeetingType) -> None:
    bookable(alice, embeds_on=["https://example.com"])
    response = client.get(PAGE + "embed/")
    assert f'href="{TALK}embed/"' in words(response)
    assert "frame-ancestors https://example.com" in response["Content-Security-Policy"]
    assert f'href="{TALK}embed/details/?' in words(client.get(TALK + "embed/"))


def test_what_is_typed_into_the_address_is_filled_in(client: Client, talk: MeetingType) -> None:
    query = {"name": "Yuki “<b>”", "email": "yuki@client.example"}
    assert "name=Yuki" in words(client.get(PAGE, query))
    assert "name=Yuki" in words(client.get(TALK, query))
    html = words(client.get(TALK + "details/", {"at": AT, **query}))
    assert 'value="Yuki “&lt;b&gt;”"' in html
    assert 'value="yuki@client.example"' in html


# --- The bot ----------------------------------------------------------------------------------------------
