"""A client takes a time: whose contact they become, which link they get, and what the owner hears."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from icalendar import Calendar

from integrations.models import ProviderAccount
from meetings import scheduling
from meetings.booking import bookings
from meetings.booking.bookings import Wish
from meetings.invitations import words as client_words
from meetings.models import Invitation, LinkJob, Meeting
from okey.contacts.editing import add_contact, archive_contact
from okey.contacts.models import Contact
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import FIRST, MADRID, NOW, wish
from tests.meetings.page_cast import connect_jitsi, connect_zoom

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def book(owner: Owner, wanted: Wish | None = None, *, key: str = "one click", is_confirmed: bool = False) -> Invitation:
    return bookings.book(owner, wanted or wish(), request_key=key, is_address_confirmed=is_confirmed)


# --- The meeting ------------------------------------------------------------------------------------------


def test_it_is_a_meeting_like_any_other(alice: Owner) -> None:
    meeting = book(alice, wish(note="About the roof")).meeting
    assert (meeting.starts_at, meeting.minutes, meeting.source) == (FIRST, 30, "booking")
    assert meeting.title == "Yuki Tanaka and Alice Archer"
    assert meeting.agenda == "About the roof"


def test_twice_the_same_request_is_one_meeting_and_one_mail(alice: Owner) -> None:
    assert book(alice) == book(alice)
    assert Meeting.objects.count() == 1
    assert Mail.objects.count() == 1


def test_a_time_that_somebody_has_taken_is_refused_with_the_next_ones(alice: Owner) -> None:
    book(alice)
    with pytest.raises(scheduling.SlotTaken) as refused:
        book(alice, wish(email="other@client.example"), key="another")
    assert refused.value.next_free[0].starts_at == wish(slots=1).starts_at
    assert not Contact.objects.filter(email="other@client.example").exists(), "nothing is left behind"


def test_a_long_name_still_makes_a_title(alice: Owner) -> None:
    Owner.objects.filter(pk=alice.pk).update(name="A" * 150)
    assert len(book(alice, wish(name="B" * 100)).meeting.title) == 200


def test_the_owners_mail_has_the_entry_that_the_client_gets_too(alice: Owner) -> None:
    invitation = book(alice)
    (event,) = Calendar.from_ical(Mail.objects.get().calendar).walk("VEVENT")
    assert event["uid"] == client_words.entry(invitation).uid
    assert event["dtstart"].dt == FIRST
    assert "attendee" not in event, "nobody is asked whether they come"


# --- The contact ------------------------------------------------------------------------------------------


def test_a_new_address_becomes_a_contact(alice: Owner) -> None:
    contact = book(alice).contact
    assert (contact.owner, contact.name, contact.email) == (alice, "Yuki Tanaka", "yuki@client.example")
    assert contact.timezone == MADRID


def test_a_known_address_is_that_contact_as_it_is(alice: Owner) -> None:
    known = add_contact(
        owner=alice, name="Dr. Y. Tanaka", email="Yuki@Client.example", timezone=ZoneInfo("Asia/Tokyo"), notes="VIP"
    )
    invitation = book(alice)
    assert invitation.contact == known
    known.refresh_from_db()
    assert (known.name, str(known.timezone), known.notes) == ("Dr. Y. Tanaka", "Asia/Tokyo", "VIP")
    assert "Booked under the name Yuki Tanaka." in invitation.meeting.agenda


def test_whoever_types_a_known_address_learns_nothing_of_the_contact(alice: Owner, client: Client) -> None:
    add_contact(
        owner=alice, name="Dr. Secret", email="yuki@client.example", timezone=ZoneInfo("Asia/Tokyo"), phone="+81 3 1"
    )
    invitation = book(alice)
    assert "Secret" not in invitation.meeting.title, "providers show the title to whoever joins"
    html = client.get(f"/m/{invitation.token}/").content.decode()
    assert "09:00–09:30" in html, "in the zone that they chose"
    shown = html.replace(html[html.index("<select") : html.index("</select>")], "")
    for known in ("Secret", "Tokyo", "+81"):
        assert known not in shown


def test_a_zone_that_is_merely_known_is_not_shown_either(alice: Owner) -> None:
    add_contact(owner=alice, name="Yuki", email="yuki@client.example", timezone=ZoneInfo("Asia/Tokyo"))
    invitation = book(alice)
    Invitation.objects.update(timezone=None)
    invitation.refresh_from_db()
    assert client_words.zone(invitation) == alice.timezone


def test_another_owners_contact_stays_theirs(alice: Owner, bob: Owner) -> None:
    theirs = add_contact(owner=bob, name="Yuki", email="yuki@client.example")
    assert book(alice).contact != theirs


def test_an_archived_contact_who_books_is_back_on_the_list(alice: Owner) -> None:
    known = add_contact(owner=alice, name="Yuki Tanaka", email="yuki@client.example")
    archive_contact(contact=known)
    invitation = book(alice)
    known.refresh_from_db()
    assert invitation.contact == known
    assert not known.is_archived
    assert invitation.meeting.events.filter(kind="contact_restored").exists()


def test_an_archived_contact_stays_archived_where_the_time_is_taken(alice: Owner) -> None:
    book(alice, wish(email="other@client.example"))
    known = add_contact(owner=alice, name="Yuki Tanaka", email="yuki@client.example")
    archive_contact(contact=known)
    with pytest.raises(scheduling.SlotTaken):
        book(alice, key="another")
    known.refresh_from_db()
    assert known.is_archived


# --- The link ---------------------------------------------------------------------------------------------


def test_the_link_comes_from_the_owners_default(alice: Owner) -> None:
    connect_jitsi(alice)
    connect_zoom(alice)
    meeting = book(alice).meeting
    assert meeting.provider == "zoom"
    assert LinkJob.objects.get(meeting=meeting).due_at is not None


@pytest.mark.parametrize("connected", [True, False])
def test_without_a_default_it_is_booked_without_a_link_and_the_owner_is_told(alice: Owner, connected: bool) -> None:
    if connected:
        connect_jitsi(alice)
    meeting = book(alice).meeting
    assert (meeting.provider, meeting.no_link) == ("", "no_default" if connected else "not_connected")
    text = Mail.objects.get().text
    assert meeting.get_no_link_display() in text
    assert "So this meeting has no video link." in text


def test_without_the_entitlement_it_is_booked_without_a_link(alice: Owner) -> None:
    connect_zoom(alice)
    Owner.objects.filter(pk=alice.pk).update(meeting_providers_enabled=False)
    assert book(alice).meeting.provider == ""


def many(owner: Owner, count: int, *, is_confirmed: bool = False) -> list[Meeting]:
    days = (count + 15) // 16
    assert days <= 3, "the working week ends"
    slots = [16 * 3 * day + slot for day in range(days) for slot in range(16)][:count]  # a day is 48 half hours
    wishes = [wish(slots=slot, email=f"c{slot}@client.example") for slot in slots]
    return [book(owner, one, key=one.email, is_confirmed=is_confirmed).meeting for one in wishes]


def test_thirty_links_a_day_go_to_clients_and_later_ones_book_without(alice: Owner, traveller: Any) -> None:
    connect_zoom(alice)
    made = many(alice, 31, is_confirmed=True)
    assert [meeting.provider for meeting in made] == ["zoom"] * 30 + [""]
    assert made[-1].no_link == "public_limit"
    mail = Mail.objects.get(text__contains="That day’s links for clients’ own bookings were used up.")
    assert "You can add one on its page." in mail.text
    traveller.move_to(NOW.replace(day=25, hour=0))
    monday = wish(slots=5 * 48, email="next@client.example")
    assert book(alice, monday, key="the day after").meeting.provider == "zoom"


def test_a_third_of_the_links_is_kept_for_contacts_and_confirmed_addresses(alice: Owner) -> None:
    connect_zoom(alice)
    friend = add_contact(owner=alice, name="Fay", email="fay@client.example")
    made = many(alice, 22)
    assert [meeting.provider for meeting in made] == ["zoom"] * 20 + [""] * 2
    monday = 5 * 48
    again = book(alice, wish(slots=monday, email=made[0].contact.email), key="c0 once more")
    assert again.meeting.provider == "", "a contact that nobody but an unconfirmed booking made is a stranger still"
    known = book(alice, wish(slots=monday + 1, email=friend.email.upper()), key="a contact")
    confirmed = book(alice, wish(slots=monday + 2, email="new@client.example"), key="confirmed", is_confirmed=True)
    assert (known.meeting.provider, confirmed.meeting.provider) == ("zoom", "zoom")
    met = book(alice, wish(slots=monday + 3, email="new@client.example"), key="met before")
    assert met.meeting.provider == "zoom"


def test_what_the_owner_schedules_counts_for_nothing(alice: Owner) -> None:
    connect_zoom(alice)
    many(alice, 30)
    Meeting.objects.update(source=Meeting.Source.CRM)
    assert bookings.link_for(alice) == ("zoom", "")


# --- Mails ------------------------------------------------------------------------------------------------


def test_the_owner_gets_a_mail_with_who_when_and_what(alice: Owner) -> None:
    meeting = book(alice, wish(note="<b>Roof</b> & walls")).meeting
    mail = Mail.objects.get()
    assert (mail.to, mail.subject) == ("alice@example.com", "Yuki Tanaka booked Wed 25 Nov, 09:00")
    for words in (
        "yuki@client.example",
        "Wed 25 Nov 2026, 09:00–09:30",
        "<b>Roof</b> & walls",
        f"/meetings/{meeting.pk}/",
    ):
        assert words in mail.text
    assert "Nobody has confirmed that the e-mail address is theirs." in mail.text


def test_of_a_confirmed_address_the_owner_hears_no_doubt(alice: Owner) -> None:
    book(alice, is_confirmed=True)
    assert "Nobody has confirmed" not in Mail.objects.get().text


def test_an_owner_who_has_to_reconnect_is_told_so_with_the_one_address(alice: Owner) -> None:
    connect_zoom(alice, state=ProviderAccount.State.NEEDS_RECONNECT)
    book(alice)
    text = Mail.objects.get().text
    assert "Zoom needs reconnecting. This meeting gets its link as soon as you reconnect Zoom." in text
    assert f"Reconnect Zoom:\n{settings.OKEY_BASE_URL}/settings/#providers\n" in text
    assert "by itself" not in text


def test_while_the_grant_is_live_the_mail_says_that_the_link_comes_by_itself(alice: Owner) -> None:
    connect_zoom(alice)
    book(alice)
    text = Mail.objects.get().text
    assert "O-Key makes the Zoom link by itself" in text
    assert "reconnect" not in text


def test_a_name_with_line_breaks_makes_no_second_header(alice: Owner) -> None:
    book(alice, wish(name="Eve\r\nBcc: all@example.com"))
    assert "\n" not in Mail.objects.get().subject
    assert "\n" not in Meeting.objects.get().title


def test_an_owner_who_left_cannot_be_booked(alice: Owner) -> None:
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises((scheduling.SlotTaken, ValidationError)):
        book(alice)
    assert not Meeting.objects.exists()
