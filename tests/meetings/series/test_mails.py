"""What a client of a series gets: one mail about all, one about what changes of several, and each meeting's own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
import vobject
from django.conf import settings
from icalendar import Calendar
from pytest_django import Settings

from meetings import scheduling, series
from meetings.invitations import inviting, together
from meetings.invitations.state import invitation_state
from meetings.models import Invitation, Meeting
from meetings.scheduling import Plan
from meetings.series import Reach
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.invitations.inviting import calendar_of, event_of, part, sent, subject, text
from tests.meetings.invitations.test_sending import Server, server
from tests.meetings.linking import edit
from tests.meetings.page_cast import connect_jitsi
from tests.meetings.series.cast import make_links, meetings_with, schedule_series, send_mails

__all__ = ["server"]
pytestmark = pytest.mark.django_db

NOON = datetime(2027, 2, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def traveller() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def weekly(alice: Owner, ann: Contact) -> list[Meeting]:
    """Six weeks at ten, over the change of the clocks; told."""
    made = schedule_series(alice, ann)
    send_mails()
    return made


def page(meeting: Meeting) -> str:
    return f"{settings.OKEY_BASE_URL}/m/{Invitation.objects.get(meeting=meeting).token}/"


def test_one_mail_says_all_dates_and_leads_to_each_page(weekly: list[Meeting]) -> None:
    (mail,) = sent()
    assert mail["To"] == "ann@example.com"
    assert subject(mail) == "Invitation: Weekly, 6 meetings"
    html = str(part(mail, "text/html").get_content())
    for words in (text(mail), html):
        assert "Alice Archer invites you to 6 meetings." in words
        assert "Mon 1 Mar 2027, 10:00–10:30" in words
        assert "Mon 5 Apr 2027, 10:00–10:30" in words
        for meeting in weekly:
            assert page(meeting) in words
    assert mail["Reply-To"] == "alice@example.com"


def test_each_meeting_says_that_its_invitation_was_sent(weekly: list[Meeting]) -> None:
    for meeting in weekly:
        state = invitation_state(meeting)
        assert state is not None
        assert (state.label, state.tone) == ("Sent", "good")
        assert meeting.events.filter(kind="mail_invitation").count() == 1
    assert {one.due_at for one in Invitation.objects.all()} == {
        meeting.starts_at - timedelta(hours=24) for meeting in weekly
    }, "each has its own reminder to come"


def test_strict_readers_take_the_file(weekly: list[Meeting]) -> None:
    """RFC 5546 3.2.1: a publication has an organizer, no attendees, and may have entries of several UIDs."""
    (mail,) = sent()
    raw = part(mail, "application/ics").get_content()
    calendar = Calendar.from_ical(raw, multiple=False)
    assert calendar["METHOD"] == "PUBLISH" == part(mail, "text/calendar")["Content-Type"].params["method"]
    events = calendar.walk("VEVENT")
    pks = {str(pk) for pk in Invitation.objects.values_list("pk", flat=True)}
    assert {str(event["UID"]) for event in events} == pks
    assert [event["DTSTART"].dt for event in events] == [meeting.starts_at for meeting in weekly]
    for event in events:
        assert event.errors == []
        assert "ATTENDEE" not in event
        assert event["ORGANIZER"] == "mailto:alice@example.com"
        assert event["LOCATION"] == event["URL"]
    by_vobject = vobject.readOne(raw.decode())
    assert by_vobject.validate(raiseException=True)
    assert len(by_vobject.vevent_list) == 6
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75


def test_52_are_one_mail(alice: Owner, ann: Contact) -> None:
    schedule_series(alice, ann, times=52)
    send_mails()
    (mail,) = sent()
    assert subject(mail) == "Invitation: Weekly, 52 meetings"
    assert len(calendar_of(mail).walk("VEVENT")) == 52


def test_the_mail_waits_for_all_links(alice: Owner, ann: Contact) -> None:
    connect_jitsi(alice)
    schedule_series(alice, ann, provider="jitsi", times=3)
    send_mails()
    assert sent() == []
    make_links()
    send_mails()
    (mail,) = sent()
    assert "Not all video links are there yet" not in text(mail)


def test_without_them_it_goes_after_two_minutes_and_says_so(alice: Owner, ann: Contact, traveller: Any) -> None:
    schedule_series(alice, ann, times=3)
    Meeting.objects.update(provider="zoom")
    send_mails()
    traveller.shift(119)
    send_mails()
    assert sent() == []
    traveller.shift(2)
    send_mails()
    (mail,) = sent()
    assert "Not all video links are there yet. The pages will have them." in text(mail)


def test_a_change_of_one_is_that_ones_mail(weekly: list[Meeting], alice: Owner, traveller: Any) -> None:
    edit(alice, weekly[2], starts_at=weekly[2].starts_at + timedelta(hours=1))
    send_mails()
    traveller.shift(31)
    send_mails()
    invitation, change = sent()
    assert subject(change) == "Changed: Weekly, Mon 15 Mar 2027, 11:00"
    assert calendar_of(change)["METHOD"] == "REQUEST"
    entry = next(one for one in calendar_of(invitation).walk("VEVENT") if one["UID"] == event_of(change)["UID"])
    assert event_of(change)["SEQUENCE"] > entry["SEQUENCE"]
    assert [one.told_starts_at for one in Invitation.objects.order_by("meeting__starts_at")] == [
        one.starts_at for one in meetings_with(weekly[0])
    ]


def test_a_move_of_several_is_one_mail_with_the_word(weekly: list[Meeting], alice: Owner, traveller: Any) -> None:
    third = weekly[2]
    plan = Plan(title=third.title, starts_at=third.starts_at + timedelta(hours=4), minutes=30)
    series.reschedule(owner=alice, meeting_id=third.pk, plan=plan, word="Mornings are full.")
    send_mails()
    assert len(sent()) == 1, "changes settle first"
    traveller.shift(31)
    send_mails()
    _invitation, change = sent()
    assert subject(change) == "Changed: Weekly, 4 meetings"
    words = text(change)
    assert words.count("Mornings are full.") == 1
    assert "Mon 15 Mar 2027, 14:00–14:30 (Before: Mon 15 Mar 2027, 10:00–10:30)" in words
    assert "Mon 5 Apr 2027, 14:00–14:30 (Before: Mon 5 Apr 2027, 10:00–10:30)" in words
    assert "1 Mar" not in words
    assert len(calendar_of(change).walk("VEVENT")) == 4


def test_all_are_cancelled_by_one_mail_at_once(weekly: list[Meeting], alice: Owner) -> None:
    series.cancel(owner=alice, meeting_id=weekly[1].pk, reach=Reach.ALL, word="We are done.")
    send_mails()
    _invitation, off = sent()
    assert subject(off) == "Cancelled: Weekly, 6 meetings"
    assert text(off).count("We are done.") == 1
    assert {str(one["STATUS"]) for one in calendar_of(off).walk("VEVENT")} == {"CANCELLED"}
    send_mails()
    assert len(sent()) == 2


def test_one_is_cancelled_by_its_own_mail(weekly: list[Meeting], alice: Owner) -> None:
    scheduling.cancel(owner=alice, meeting_id=weekly[0].pk)
    send_mails()
    _invitation, off = sent()
    assert subject(off) == "Cancelled: Weekly, Mon 1 Mar 2027, 10:00"
    assert calendar_of(off)["METHOD"] == "CANCEL"


def test_cancelled_before_the_mail_none_is_sent(alice: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann)
    series.cancel(owner=alice, meeting_id=made[0].pk, reach=Reach.ALL)
    send_mails()
    assert sent() == []


def test_reminders_come_for_each(weekly: list[Meeting], traveller: Any) -> None:
    traveller.move_to(weekly[0].starts_at - timedelta(hours=24))
    send_mails()
    traveller.move_to(weekly[1].starts_at - timedelta(hours=24))
    send_mails()
    assert [subject(one) for one in sent()[1:]] == [
        "Reminder: Weekly, Mon 1 Mar 2027, 10:00",
        "Reminder: Weekly, Mon 8 Mar 2027, 10:00",
    ]


def test_without_mails_nothing_is_sent(alice: Owner, ann: Contact) -> None:
    schedule_series(alice, ann, by_mail=False)
    send_mails()
    assert sent() == []


# --- Crashes and refusals ---------------------------------------------------------------------------------


def test_a_worker_killed_after_the_mail_was_taken_sends_the_same_one_again(
    alice: Owner, ann: Contact, server: type[Server], traveller: Any
) -> None:
    schedule_series(alice, ann)
    server.dies = True
    with pytest.raises(KeyboardInterrupt):
        send_mails()
    server.dies = False
    send_mails()
    assert len(sent()) == 1, "the dead worker's claim still holds"
    traveller.shift(together.LEASE_SECONDS + 1)
    send_mails()
    first, again = sent()
    assert first["Message-ID"] == again["Message-ID"]
    assert [one["SEQUENCE"] for one in calendar_of(first).walk("VEVENT")] == [0] * 6
    assert [one["SEQUENCE"] for one in calendar_of(again).walk("VEVENT")] == [0] * 6
    traveller.shift(3600)
    send_mails()
    assert len(sent()) == 2


def test_cancelled_while_the_answer_was_lost_the_client_hears_it(
    alice: Owner, ann: Contact, server: type[Server], traveller: Any
) -> None:
    made = schedule_series(alice, ann)
    server.dies = True
    with pytest.raises(KeyboardInterrupt):
        send_mails()
    server.dies = False
    series.cancel(owner=alice, meeting_id=made[0].pk, reach=Reach.ALL)
    traveller.shift(together.LEASE_SECONDS + 1)
    send_mails()
    assert [subject(one) for one in sent()] == ["Invitation: Weekly, 6 meetings", "Cancelled: Weekly, 6 meetings"]


def test_a_server_that_refuses_is_asked_again_and_each_says_so(
    alice: Owner, ann: Contact, server: type[Server], traveller: Any
) -> None:
    made = schedule_series(alice, ann, times=3)
    server.refuses = OSError("no route")
    send_mails()
    for meeting in made:
        state = invitation_state(meeting)
        assert state is not None
        assert state.label == "Being sent"
        assert "no route" in state.note
    server.refuses = None
    traveller.shift(timedelta(hours=3))
    send_mails()
    assert [subject(one) for one in sent()] == ["Invitation: Weekly, 3 meetings"]
    assert set(Invitation.objects.values_list("failing_since", "last_error")) == {(None, "")}


def test_what_is_given_up_says_so_in_each_and_may_be_sent_again(
    alice: Owner, ann: Contact, server: type[Server], traveller: Any
) -> None:
    made = schedule_series(alice, ann, times=3)
    server.refuses = OSError("no route")
    for _day in range(5):
        send_mails()
        traveller.shift(timedelta(hours=20))
    assert {bool(one.failed_at) for one in Invitation.objects.all()} == {True}
    assert all(meeting.events.filter(kind="mail_failed").count() == 1 for meeting in made)
    server.refuses = None
    inviting.send_again(owner=alice, invitation_id=Invitation.objects.get(meeting=made[0]).pk)
    send_mails()
    assert [subject(one) for one in sent()] == ["Invitation: Weekly, Mon 1 Mar 2027, 10:00"]


def test_an_owner_whose_mails_of_the_day_are_used_up_sends_it_tomorrow(
    alice: Owner, ann: Contact, settings: Settings, traveller: Any
) -> None:
    settings.OKEY_MAILS_A_DAY = 1
    schedule_series(alice, ann, times=2, title="One")
    send_mails()
    second = schedule_series(alice, ann, times=2, title="Two")
    send_mails()
    assert len(sent()) == 1, "a mail about two meetings is one mail"
    state = invitation_state(second[0])
    assert state is not None
    assert state.label == "Not sent"
    traveller.shift(timedelta(days=1, minutes=1))
    send_mails()
    assert [subject(one) for one in sent()][1:] == ["Invitation: Two, 2 meetings"]


def test_another_address_gets_its_own(weekly: list[Meeting], alice: Owner) -> None:
    Contact.objects.update(email="lee@example.com")
    invitation = Invitation.objects.get(meeting=weekly[0])
    inviting.send_again(owner=alice, invitation_id=invitation.pk)
    send_mails()
    assert [(one["To"], subject(one)) for one in sent()[1:]] == [
        ("lee@example.com", "Invitation: Weekly, Mon 1 Mar 2027, 10:00")
    ]


def test_one_that_was_handed_on_while_its_mail_went_out_is_not_told(
    alice: Owner, ann: Contact, server: type[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = schedule_series(alice, ann, times=3)
    take = Server.send_messages

    def busy(self: Server, messages: Any) -> int:
        count = take(self, messages)
        monkeypatch.undo()
        Contact.objects.update(email="lee@example.com")
        inviting.send_again(owner=alice, invitation_id=Invitation.objects.get(meeting=made[0]).pk)
        return count

    monkeypatch.setattr(Server, "send_messages", busy)
    send_mails()
    assert [(one["To"], subject(one)) for one in sent()] == [
        ("ann@example.com", "Invitation: Weekly, 3 meetings"),
        ("lee@example.com", "Invitation: Weekly, Mon 1 Mar 2027, 10:00"),
    ]
