"""What a client is owed to hear, computed from two rows: no database, no mail."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from meetings.invitations.steps import AWAY, NOTHING, Mail, Step, is_up_to_date, next_step, sequence
from meetings.models import Invitation, Meeting, MeetingSettings
from okey.contacts.models import Contact
from okey.owners.models import Owner

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = NOON + 7 * DAY


def meeting(**fields: Any) -> Meeting:
    owner = Owner(name="Alice Archer", is_active=fields.pop("owner_is_active", True))
    starts_at = fields.pop("starts_at", START)
    minutes = fields.setdefault("minutes", 30)
    values = {"title": "Kick-off", "provider": "zoom", "join_url": "https://zoom.us/j/1"} | fields
    return Meeting(owner=owner, starts_at=starts_at, ends_at=starts_at + minutes * MINUTE, **values)


def untold(of: Meeting, **fields: Any) -> Invitation:
    return Invitation(meeting=of, contact=Contact(), email="ann@example.com", created_at=NOON, **fields)


def told(of: Meeting, **fields: Any) -> Invitation:
    """One who knows the meeting as it is, told at noon, except for `fields`."""
    knows = {
        "told_revision": of.revision,
        "told_title": of.title,
        "told_starts_at": of.starts_at,
        "told_minutes": of.minutes,
        "told_cancelled": of.is_cancelled,
        "told_at": NOON,
        "changed_at": NOON,
    }
    return untold(of, **(knows | fields))


def step(invitation: Invitation, now: datetime, **settings: Any) -> Step:
    return next_step(invitation, MeetingSettings(**settings), now)


# --- The first mail ---------------------------------------------------------------------------------------


def test_with_its_link_it_goes_at_once() -> None:
    assert step(untold(meeting()), NOON) == Step(Mail.INVITATION)


def test_without_a_wanted_link_it_goes_at_once() -> None:
    assert step(untold(meeting(provider="", join_url="")), NOON) == Step(Mail.INVITATION)


def test_it_waits_two_minutes_for_the_link_and_no_longer() -> None:
    waiting = untold(meeting(join_url=""))
    assert step(waiting, NOON) == Step(at=NOON + 2 * MINUTE)
    assert step(waiting, NOON + 2 * MINUTE) == Step(Mail.INVITATION)


@pytest.mark.parametrize(("minutes", "waits"), [(10, 2), (3, 1), (2, 0), (1, 0)])
def test_it_does_not_wait_for_the_link_until_the_start(minutes: int, waits: int) -> None:
    waiting = untold(meeting(join_url="", starts_at=NOON + minutes * MINUTE))
    expected = Step(at=NOON + waits * MINUTE) if waits else Step(Mail.INVITATION)
    assert step(waiting, NOON) == expected


def test_none_goes_to_a_meeting_cancelled_before_it() -> None:
    assert step(untold(meeting(cancelled_at=NOON)), NOON) == NOTHING


def test_none_goes_once_the_meeting_has_begun() -> None:
    assert step(untold(meeting()), START) == NOTHING


@pytest.mark.parametrize(
    "fields", [{"is_mailed": False}, {"revoked_at": NOON}, {"failed_at": NOON}], ids=lambda fields: next(iter(fields))
)
def test_nobody_who_gets_no_mails_gets_one(fields: dict[str, Any]) -> None:
    assert step(untold(meeting(), **fields), NOON) == NOTHING
    assert step(told(meeting(), told_title="Other", **fields), NOON + HOUR) == NOTHING
    assert step(told(meeting(), **fields), START - DAY) == NOTHING


def test_what_is_owed_by_an_owner_whose_account_is_closed_waits_until_they_are_back() -> None:
    """Nothing is sent meanwhile, and nothing is lost."""
    assert step(untold(meeting(owner_is_active=False)), NOON) == Step(at=NOON + AWAY)
    assert step(told(meeting(owner_is_active=False), told_title="Other"), NOON + HOUR) == Step(at=NOON + HOUR + AWAY)
    assert step(told(meeting(owner_is_active=False)), NOON) == Step(at=START - DAY), "a reminder has its own time"
    assert step(untold(meeting(owner_is_active=False)), START) == NOTHING, "not for ever"


# --- The answer to the last mail was lost -----------------------------------------------------------------


def telling(of: Meeting, mail: Mail, **fields: Any) -> Invitation:
    """One who may know the meeting as it was: the server got the mail, and its answer never came."""
    maybe = {
        "telling_mail": mail.value,
        "telling_revision": of.revision,
        "telling_resends": 0,
        "telling_title": of.title,
        "telling_starts_at": of.starts_at,
        "telling_minutes": of.minutes,
        "telling_cancelled": of.is_cancelled,
        "changed_at": NOON,
    }
    return untold(of, **(maybe | fields))


def test_the_same_mail_goes_out_again_with_its_own_number() -> None:
    again = telling(meeting(revision=7, agenda="Only the owner reads this"), Mail.INVITATION, telling_revision=3)
    assert step(again, NOON) == Step(Mail.INVITATION)
    assert (is_up_to_date(again), sequence(again)) == (False, 2)


def test_a_change_that_may_be_known_is_repeated_as_one() -> None:
    assert step(telling(meeting(revision=2), Mail.CHANGE), NOON + HOUR) == Step(Mail.CHANGE)


def test_a_meeting_that_may_be_known_is_cancelled_by_mail() -> None:
    assert step(telling(meeting(cancelled_at=NOON), Mail.INVITATION, telling_cancelled=False), NOON) == Step(
        Mail.CANCELLATION
    )


def test_a_meeting_that_may_be_known_is_changed_by_mail() -> None:
    moved = telling(meeting(revision=2), Mail.INVITATION, telling_starts_at=START - DAY, telling_revision=1)
    assert step(moved, NOON + HOUR) == Step(Mail.CHANGE)
    assert sequence(moved) == 1


def test_a_change_that_was_taken_back_is_told_where_it_may_be_known() -> None:
    back = told(meeting(revision=3), telling_mail="change", telling_revision=2, telling_starts_at=START + HOUR)
    assert step(back, NOON + HOUR) == Step(Mail.CHANGE)


def test_a_first_mail_that_may_be_known_is_not_repeated_once_the_meeting_has_begun() -> None:
    assert step(telling(meeting(), Mail.INVITATION), START) == NOTHING


# --- Changes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before", [{"told_title": "Hello"}, {"told_starts_at": START - HOUR}, {"told_minutes": 45}], ids=str
)
def test_a_change_of_what_they_know_is_told_when_it_has_settled(before: dict[str, Any]) -> None:
    changed = told(meeting(), **before)
    assert step(changed, NOON) == Step(at=NOON + MINUTE / 2)
    assert step(changed, NOON + MINUTE / 2) == Step(Mail.CHANGE)


def test_what_they_never_see_is_no_news() -> None:
    changed = told(meeting(agenda="Budget", revision=7, join_url="https://zoom.us/j/2"), told_revision=1)
    assert step(changed, NOON + HOUR).mail is None


def test_a_title_that_they_were_not_shown_is_no_news() -> None:
    changed = told(meeting(title="Other"), told_title="", is_address_confirmed=False)
    assert step(changed, NOON + HOUR).mail is None


def test_a_change_that_was_taken_back_is_no_news() -> None:
    assert step(told(meeting(revision=3), told_revision=1), NOON + HOUR).mail is None


def test_a_cancellation_is_told_at_once_and_once() -> None:
    cancelled = meeting(cancelled_at=NOON)
    assert step(told(cancelled, told_cancelled=False), NOON) == Step(Mail.CANCELLATION)
    assert step(told(cancelled), NOON) == NOTHING


def test_nothing_is_told_of_a_meeting_that_is_over() -> None:
    over = START + 31 * MINUTE
    assert step(told(meeting(), told_title="Other"), over) == NOTHING
    assert step(told(meeting(cancelled_at=START), told_cancelled=False), over) == NOTHING


def test_what_the_owner_sends_again_is_an_invitation_and_goes_at_once() -> None:
    assert step(told(meeting(), resends=1), NOON) == Step(Mail.INVITATION)
    assert step(told(meeting(), resends=1, told_resends=1), NOON).mail is None


# --- Reminders --------------------------------------------------------------------------------------------


def test_they_are_reminded_a_day_before_and_an_hour_before() -> None:
    known = told(meeting())
    assert step(known, NOON) == Step(at=START - DAY)
    assert step(known, START - DAY) == Step(Mail.DAY_REMINDER)
    known.day_reminder_for = START
    assert step(known, START - DAY) == Step(at=START - HOUR)
    assert step(known, START - HOUR) == Step(Mail.HOUR_REMINDER)
    known.hour_reminder_for = START
    assert step(known, START - HOUR) == NOTHING


def test_the_owner_switches_each_of_them_off() -> None:
    known = told(meeting())
    assert step(known, START - DAY, reminds_day_before=False) == Step(at=START - HOUR)
    assert step(known, START - HOUR, reminds_hour_before=False) == NOTHING


@pytest.mark.parametrize(
    ("hours_before_start", "expected"),
    [
        (37, Step(at=START - DAY)),
        (35, Step(at=START - HOUR)),
        (4, Step(at=START - HOUR)),
        (2.5, NOTHING),
        (0.5, NOTHING),
    ],
)
def test_whoever_was_just_told_is_not_reminded_of_it(hours_before_start: float, expected: Step) -> None:
    now = START - hours_before_start * HOUR
    assert step(told(meeting(), told_at=now), now) == expected


def test_a_reminder_that_comes_too_late_is_left_out() -> None:
    known = told(meeting())
    assert step(known, START - 4 * HOUR) == Step(Mail.DAY_REMINDER)
    assert step(known, START - 3 * HOUR) == Step(at=START - HOUR)
    assert step(known, START - 6 * MINUTE) == Step(Mail.HOUR_REMINDER)
    assert step(known, START - 5 * MINUTE) == NOTHING


def test_a_moved_meeting_is_reminded_of_again() -> None:
    known = told(meeting(), day_reminder_for=START - DAY, hour_reminder_for=START - DAY)
    assert step(known, START - DAY) == Step(Mail.DAY_REMINDER)


def test_a_change_comes_before_a_reminder() -> None:
    assert step(told(meeting(), told_title="Other"), START - DAY) == Step(Mail.CHANGE)


def test_nobody_is_reminded_of_a_cancelled_meeting() -> None:
    assert step(told(meeting(cancelled_at=NOON)), START - DAY) == NOTHING
