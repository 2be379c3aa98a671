"""What the mails to clients hold: words, the page's address, and a calendar part, parsed back."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
import vobject
from django.conf import settings
from django.core import mail as locmem
from icalendar import Calendar

from meetings import scheduling
from meetings.models import Invitation, Meeting
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.invitations.inviting import (
    calendar_of,
    deliver,
    event_of,
    invitation_of,
    part,
    sent,
    settled,
    subject,
    text,
)
from tests.meetings.linking import Schedule, edit

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
START = datetime(2026, 8, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def meeting(schedule: Schedule) -> Meeting:
    return schedule(provider="", starts_at=START)


@pytest.fixture
def booked(alice: Owner, ann: Contact) -> Meeting:
    """By a stranger, who typed everything."""
    plan = scheduling.Plan(title="Buy pills", starts_at=START, minutes=30, agenda="pills.example")
    return scheduling.schedule(
        owner=alice, contact=ann, plan=plan, source=Meeting.Source.BOOKING, is_address_confirmed=False
    )


def test_it_leads_to_another_time(meeting: Meeting) -> None:
    page = f"{settings.OKEY_BASE_URL}/m/{deliver(meeting).token}/move/"
    (mail,) = sent()
    assert f"Does another time suit you better? Choose it here:\n{page}\n" in text(mail)
    assert f'href="{page}"' in str(part(mail, "text/html").get_content())


def test_it_says_who_what_and_when_and_leads_to_the_page(meeting: Meeting) -> None:
    page = f"{settings.OKEY_BASE_URL}/m/{deliver(meeting).token}/"
    (mail,) = sent()
    assert mail["To"] == "ann@example.com"
    assert mail["From"] == f"Alice Archer via O-Key <{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}>"
    assert subject(mail) == "Invitation: Kick-off, Mon 10 Aug 2026, 14:00"
    html = str(part(mail, "text/html").get_content())
    for words in (text(mail), html):
        assert "Hello Ann Lee," in words
        assert "Alice Archer invites you to a meeting." in words
        assert "Mon 10 Aug 2026, 14:00–14:30" in words
        assert "Europe/Berlin (GMT+2) · 30 minutes" in words
        assert page in words


def test_times_are_in_the_contacts_own_zone_where_it_is_known(meeting: Meeting, ann: Contact) -> None:
    Contact.objects.filter(pk=ann.pk).update(timezone=ZoneInfo("Asia/Kolkata"))
    deliver(meeting)
    assert "Mon 10 Aug 2026, 17:30–18:00\n  Asia/Kolkata (GMT+5:30)" in text(sent()[0])


def test_the_parts_are_as_mail_programs_expect_them(meeting: Meeting) -> None:
    deliver(meeting)
    (mail,) = sent()
    assert mail.get_content_type() == "multipart/mixed"
    alternatives, attachment = list(mail.iter_parts())
    assert alternatives.get_content_type() == "multipart/alternative"
    types = [one.get_content_type() for one in alternatives.iter_parts()]
    assert types == ["text/plain", "text/html", "text/calendar"]
    calendar = part(mail, "text/calendar")
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert calendar.get_content_charset() == "utf-8"
    assert (attachment.get_content_type(), attachment.get_filename()) == ("application/ics", "invite.ics")
    assert attachment.get_content() == calendar.get_content().replace("\n", "\r\n").encode()


def test_the_calendar_part_is_an_invitation_from_the_owner(meeting: Meeting) -> None:
    invitation = deliver(meeting)
    mail = sent()[0]
    assert calendar_of(mail)["METHOD"] == "REQUEST"
    event = event_of(mail)
    assert event["UID"] == str(invitation.pk)
    assert event["SEQUENCE"] == 0
    assert event["STATUS"] == "CONFIRMED"
    assert event["SUMMARY"] == "Kick-off"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (START, START + timedelta(minutes=30))
    assert event["DTSTART"].to_ical() == b"20260810T120000Z"
    organizer, attendee = event["ORGANIZER"], event["ATTENDEE"]
    assert (organizer, organizer.params["CN"]) == ("mailto:alice@example.com", "Alice Archer")
    assert (attendee, attendee.params["CN"]) == ("mailto:ann@example.com", "Ann Lee")
    answer = {name: attendee.params[name] for name in ("RSVP", "PARTSTAT", "ROLE", "CUTYPE")}
    assert answer == {
        "RSVP": "TRUE", "PARTSTAT": "NEEDS-ACTION", "ROLE": "REQ-PARTICIPANT", "CUTYPE": "INDIVIDUAL",
    }  # fmt: skip
    assert mail["Reply-To"] == "alice@example.com"


def test_no_mail_carries_the_providers_own_link(schedule: Schedule) -> None:
    meeting = schedule(provider="")
    Meeting.objects.update(provider="zoom", join_url="https://zoom.us/j/123?pwd=abc", passcode="secret99")
    page = f"{settings.OKEY_BASE_URL}/m/{deliver(meeting).token}/"
    (mail,) = sent()
    assert b"zoom.us" not in mail.as_bytes()
    assert b"secret99" not in mail.as_bytes()
    event = event_of(mail)
    assert event["LOCATION"] == event["URL"] == page
    assert page in event["DESCRIPTION"]


def test_a_change_keeps_the_uid_raises_the_sequence_and_says_what_was(
    meeting: Meeting, alice: Owner, traveller: Any
) -> None:
    deliver(meeting)
    edit(alice, meeting, starts_at=START + timedelta(hours=2))
    settled(meeting, traveller)
    first, change = sent()
    assert subject(change) == "Changed: Kick-off, Mon 10 Aug 2026, 16:00"
    assert "Before: Mon 10 Aug 2026, 14:00–14:30" in text(change)
    assert calendar_of(change)["METHOD"] == "REQUEST"
    assert event_of(change)["UID"] == event_of(first)["UID"]
    assert event_of(change)["SEQUENCE"] > event_of(first)["SEQUENCE"]
    assert change["Message-ID"] != first["Message-ID"]
    assert change["References"] == first["References"]


def test_a_cancellation_takes_the_entry_out_of_the_calendar(meeting: Meeting, alice: Owner) -> None:
    deliver(meeting)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    deliver(meeting)
    first, cancellation = sent()
    assert subject(cancellation).startswith("Cancelled: Kick-off")
    assert part(cancellation, "text/calendar")["Content-Type"].params["method"] == "CANCEL"
    assert calendar_of(cancellation)["METHOD"] == "CANCEL"
    event = event_of(cancellation)
    assert event["STATUS"] == "CANCELLED"
    assert event["UID"] == event_of(first)["UID"]
    assert event["SEQUENCE"] > event_of(first)["SEQUENCE"]
    assert event["ORGANIZER"] == event_of(first)["ORGANIZER"]
    assert event["ATTENDEE"] == event_of(first)["ATTENDEE"]
    assert event["DTSTART"].dt == START


def test_nothing_that_a_stranger_typed_goes_to_an_address_that_nobody_confirmed(booked: Meeting) -> None:
    deliver(booked)
    (mail,) = sent()
    everything = mail.as_string() + text(mail) + str(part(mail, "text/html").get_content())
    for typed in ("Buy", "pills", "Ann", "Lee"):
        assert typed not in everything
    assert subject(mail) == "Booked: Meeting with Alice Archer, Mon 10 Aug 2026, 14:00"
    assert "Somebody gave this address when they booked this meeting." in text(mail)


def test_a_cancellation_to_an_address_that_nobody_confirmed_asks_nobody_to_cancel(
    booked: Meeting, alice: Owner
) -> None:
    deliver(booked)
    scheduling.cancel(owner=alice, meeting_id=booked.pk)
    deliver(booked)
    words = text(sent()[1])
    assert "If that was not you, there is nothing to do." in words
    assert "or cancel on" not in words


def test_an_address_that_nobody_confirmed_gets_no_calendar_part_and_no_address_of_the_owner(
    booked: Meeting, alice: Owner
) -> None:
    """Calendars enter an invitation by themselves, and this one would say that a third person has accepted it."""
    deliver(booked)
    scheduling.cancel(owner=alice, meeting_id=booked.pk)
    deliver(booked)
    for mail in sent():
        assert [one.get_content_type() for one in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
        assert "alice@example.com" not in mail.as_string()
        assert mail["Reply-To"] is None
        assert "Nobody reads answers to this mail" in text(mail)


def test_who_booked_and_confirmed_is_not_asked_to_accept_and_answers_reach_the_owner(booked: Meeting) -> None:
    Invitation.objects.update(is_address_confirmed=True)
    deliver(booked)
    (mail,) = sent()
    event = event_of(mail)
    assert event["ORGANIZER"] == "mailto:alice@example.com"
    assert event["ORGANIZER"].params["CN"] == "Alice Archer"
    attendee = event["ATTENDEE"].params
    assert (attendee["PARTSTAT"], attendee["RSVP"]) == ("ACCEPTED", "FALSE")
    assert mail["Reply-To"] == "alice@example.com"
    assert "Hello Ann Lee," in text(mail)
    assert "Your meeting with Alice Archer is booked." in text(mail)
    assert "An answer to it goes to Alice Archer." in text(mail)


def test_mails_of_every_kind_say_that_no_person_wrote_them(meeting: Meeting, booked: Meeting) -> None:
    deliver(meeting)
    deliver(booked)
    assert [one["Auto-Submitted"] for one in sent()] == ["auto-generated"] * 2


def test_only_an_address_that_nobody_confirmed_has_the_link_that_stops_them(meeting: Meeting, booked: Meeting) -> None:
    deliver(meeting)
    deliver(booked)
    invited, unconfirmed = sent()
    assert invited["List-Unsubscribe"] is None
    address = str(unconfirmed["List-Unsubscribe"]).strip()[1:-1]
    assert address.startswith(f"{settings.OKEY_BASE_URL}/unasked/")
    assert unconfirmed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in text(unconfirmed)
    assert address in str(part(unconfirmed, "text/html").get_content())


def test_a_long_title_in_another_script_begins_on_the_subjects_first_line(meeting: Meeting, alice: Owner) -> None:
    Meeting.objects.update(title="Besprechung über Größe, Fläche und Überbau " * 4)
    deliver(meeting)
    (mail,) = locmem.outbox
    written = mail.message().as_bytes()
    assert re.search(rb"^Subject: =\?utf-8\?", written, re.MULTILINE), "not an empty line first"
    header = re.search(rb"^Subject: .*\n(?: .*\n)*", written, re.MULTILINE)
    assert header is not None
    assert all(len(line) <= 78 for line in header[0].splitlines())
    assert subject(sent()[0]).startswith("Invitation: Besprechung über Größe, Fläche und Überbau")


def test_an_address_in_another_script_is_an_uri_in_the_calendar(meeting: Meeting) -> None:
    Invitation.objects.update(email="ann@münchen.example")
    deliver(meeting)
    assert event_of(sent()[0])["ATTENDEE"] == "mailto:ann@xn--mnchen-3ya.example"


@pytest.mark.parametrize("title", ['Kick-off; with, commas: and "quotes"', "Überlange " * 15, "会議" * 40])
def test_strict_readers_of_others_take_every_calendar_part(
    meeting: Meeting, alice: Owner, traveller: Any, title: str
) -> None:
    Owner.objects.update(name='Alice "Ali" Archer, Dr.')
    Meeting.objects.update(title=title)
    deliver(meeting)
    edit(alice, Meeting.objects.get(), starts_at=START + timedelta(hours=2))
    settled(meeting, traveller)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    deliver(meeting)
    assert len(sent()) == 3
    for number, mail in enumerate(sent()):
        raw = part(mail, "application/ics").get_content()
        assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
        read = vobject.readOne(raw.decode())
        read.validate(raiseException=True)
        event = read.vevent
        assert (event.uid.value, event.sequence.value) == (str(invitation_of(meeting).pk), str(number))
        assert (
            event.summary.value == Meeting.objects.get().title.strip() or event.summary.value.strip() == title.strip()
        )
        assert event.dtstart.value == START + timedelta(hours=2 if number else 0)
        assert not Calendar.from_ical(raw).errors


def test_a_reminder_has_no_calendar_part(meeting: Meeting, traveller: Any) -> None:
    deliver(meeting)
    traveller.move_to(START - timedelta(hours=24))
    deliver(meeting)
    reminder = sent()[1]
    assert subject(reminder) == "Reminder: Kick-off, Mon 10 Aug 2026, 14:00"
    assert "A reminder of your meeting with Alice Archer." in text(reminder)
    assert "text/calendar" not in [one.get_content_type() for one in reminder.walk()]


def test_without_its_link_it_says_that_the_page_will_have_it(schedule: Schedule) -> None:
    meeting = schedule(provider="", starts_at=NOON + timedelta(minutes=1))
    Meeting.objects.update(provider="zoom")
    deliver(meeting)
    assert "The video link is not there yet. The meeting’s page will have it." in text(sent()[0])


@pytest.mark.parametrize(
    "title",
    [
        'Q3; "plan", é\x07',
        "<script>alert(1)</script>",
        "{{ owner.email }}",
        "Kick-off 👩\u200d💻 \u200fשלום",
        "x" * 200,
        "a%0d%0aBcc:b",
    ],
)
def test_no_title_breaks_a_mail(schedule: Schedule, title: str) -> None:
    meeting = schedule(provider="", title=title)
    deliver(meeting)
    (mail,) = sent()
    clean = title.replace("\x07", "")
    assert event_of(mail)["SUMMARY"] == clean
    assert clean[:90] in subject(mail)
    assert mail["Bcc"] is None
    assert "<script>" not in str(part(mail, "text/html").get_content())


def test_the_first_mail_of_an_invitation_that_nobody_sent_yet_is_in_no_zone_of_the_server(meeting: Meeting) -> None:
    """Rendering happens in a worker, where no middleware has set a zone or a language."""
    deliver(meeting)
    assert "12:00" not in text(sent()[0])
    assert invitation_of(meeting).told_at == NOON
