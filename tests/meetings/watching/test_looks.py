"""A look before each meeting finds what no message told, and never costs anybody else a link."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from integrations import conferencing
from integrations.models import Connection, Rest
from meetings.links import owed, there
from meetings.models import LinkJob, Meeting, ProviderMeeting, ProviderNews, Series, Watch
from meetings.scheduling import Plan
from meetings.series import reschedule as move_series
from meetings.watching import hearing, looking
from okey.lib import claims
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.linking import MINIMAL, Schedule, edit, work
from tests.meetings.page_cast import meeting_of
from tests.meetings.watching.zooms_words import number_of, post, settle, updated, work_all, zulu
from tests.row_locks import meet
from tests.zoom_fixtures import authorize, connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def may_look(settings: Settings) -> bool:
    settings.ZOOM_MANAGE_MEETINGS = True
    return True


@pytest.fixture
def meeting(zoom: ZoomSimulator, connection: Connection, schedule: Schedule) -> Meeting:
    """In three days."""
    return work(schedule(starts_at=(timezone.now() + timedelta(days=3)).replace(microsecond=0)))


def due_at(meeting: Meeting) -> timedelta:
    """How long before the start its next look is due."""
    found = Watch.objects.get(provider_meeting__meeting=meeting).due_at
    assert found is not None
    return Meeting.objects.get(pk=meeting.pk).starts_at - found


def look_now() -> None:
    Watch.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    work_all()


def mails() -> list[str]:
    about = Mail.objects.filter(subject__contains="at Zoom: ")
    return [subject.partition(" ")[0] for subject in about.values_list("subject", flat=True)]


def test_a_day_and_an_hour_before_the_meeting_and_not_at_the_same_moment_as_all_others(
    zoom: ZoomSimulator, meeting: Meeting
) -> None:
    assert 24 * HOUR <= due_at(meeting) <= 25 * HOUR
    with time_machine.travel(meeting.starts_at - 24 * HOUR, tick=False):
        connect_again(zoom, meeting)
        look_now()
        assert HOUR <= due_at(meeting) <= 1.25 * HOUR
    with time_machine.travel(meeting.starts_at - HOUR, tick=False):
        connect_again(zoom, meeting)
        look_now()
        assert Watch.objects.get().due_at is None
    assert zoom.calls("get") == 2
    assert mails() == []
    starts = {there.next_look(ProviderMeeting(), meeting.starts_at, None) for _ in range(50)}
    assert len(starts) > 25


def connect_again(zoom: ZoomSimulator, meeting: Meeting) -> None:
    """The simulator's clock does not move with the test's: a token of then."""
    due = list(Watch.objects.values_list("pk", "due_at"))
    authorize(zoom, meeting.owner)
    for pk, at in due:
        Watch.objects.filter(pk=pk).update(due_at=at)


def test_it_finds_a_meeting_that_is_gone(zoom: ZoomSimulator, meeting: Meeting) -> None:
    zoom.as_host(number_of(meeting), "delete", silent=True)
    look_now()
    assert mails() == ["Deleted"]
    assert Watch.objects.get().due_at is None


def test_it_finds_a_meeting_that_was_moved_and_tells_it_once(zoom: ZoomSimulator, meeting: Meeting) -> None:
    zoom.as_host(number_of(meeting), "change", silent=True, start_time=zulu(meeting.starts_at + HOUR))
    look_now()
    look_now()
    assert mails() == ["Changed"]
    assert meeting.events.filter(kind="changed_there").count() == 1


@pytest.mark.parametrize(("hours", "before"), [(30, 24), (10, 1), (0.9, 0)])
def test_what_was_made_later_than_that_needs_no_look(
    zoom: ZoomSimulator, connection: Connection, schedule: Schedule, hours: float, before: int
) -> None:
    meeting = work(schedule(starts_at=timezone.now() + hours * HOUR))
    if before:
        assert before * HOUR <= due_at(meeting) <= (before + 1) * HOUR
    else:
        assert Watch.objects.get().due_at is None


def test_a_meeting_that_is_moved_is_looked_at_before_its_new_start(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting
) -> None:
    edit(alice, meeting, starts_at=timezone.now() + timedelta(days=9))
    assert 24 * HOUR <= due_at(meeting) <= 25 * HOUR
    edit(alice, meeting, starts_at=timezone.now() + timedelta(hours=30))
    assert 24 * HOUR <= due_at(meeting) <= 25 * HOUR


def test_without_the_permission_to_read_nobody_looks_and_with_it_all_coming_are_looked_at(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice, scopes=MINIMAL)
    meeting = work(schedule(starts_at=timezone.now() + timedelta(days=3)))
    assert not Watch.objects.filter(due_at__isnull=False).exists()
    authorize(zoom, alice)
    owed.heal(alice.pk, "zoom")  # as is done on commit
    assert 24 * HOUR <= due_at(meeting) <= 25 * HOUR
    assert zoom.calls("get") == 0


def test_five_hundred_are_looked_at_from_now_on_by_a_few_statements(connection: Connection, alice: Owner) -> None:
    starts_at = timezone.now() + timedelta(days=3)
    made = [meeting_of(alice, title=f"{number}", starts_at=starts_at) for number in range(2)]
    some = {"owner": alice, "contact": made[0].contact, "starts_at": starts_at, "minutes": 30, "timezone": "UTC"}
    Meeting.objects.bulk_create(Meeting(ends_at=starts_at + HOUR, **some) for _number in range(498))
    ProviderMeeting.objects.bulk_create(
        ProviderMeeting(meeting=one, provider="zoom", account=connection.account, external_id=str(number))
        for number, one in enumerate(Meeting.objects.all())
    )
    ProviderMeeting.objects.update(state=ProviderMeeting.State.CURRENT)
    with CaptureQueriesContext(database) as queries:
        there.may_be_looked_at(connection)
    assert len([one for one in queries if not one["sql"].startswith("INSERT")]) < 10
    assert Watch.objects.filter(due_at__lte=starts_at - 24 * HOUR).count() == 500


def test_one_that_news_make_due_meanwhile_stays_so(
    connection: Connection, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    Watch.objects.update(due_at=None)
    now, next_look = timezone.now(), there.next_look

    def heard(*args: Any) -> Any:
        Watch.objects.update(due_at=now)
        return next_look(*args)

    monkeypatch.setattr(there, "next_look", heard)
    there.may_be_looked_at(connection)
    assert Watch.objects.get().due_at == now


@pytest.mark.django_db(transaction=True)
def test_a_new_grant_meets_the_news_that_a_meeting_is_gone(
    connection: Connection, meeting: Meeting, alice: Owner
) -> None:
    """The one writes link jobs and then watches, the other a watch and then its link job."""
    Watch.objects.update(due_at=None)
    LinkJob.objects.update(waits_for_connection=True, due_at=timezone.now() + HOUR)

    def hear_that_it_is_gone() -> bool:
        with transaction.atomic():
            mine = Meeting.objects.locked(meeting.pk)
            return there.note_gone(mine, mine.provider_meetings.get())

    met = meet(LinkJob, "wake_on_commit", lambda: owed.heal(alice.pk, "zoom"), hear_that_it_is_gone)
    assert met[1] is True
    assert LinkJob.objects.get().waits_for_connection is False


@pytest.mark.django_db(transaction=True)
def test_a_series_that_is_moved_meets_a_new_grant(connection: Connection, alice: Owner, schedule: Schedule) -> None:
    """Each writes link jobs and watches of several meetings, in an order of its own."""
    first = schedule(starts_at=timezone.now() + timedelta(days=3))
    series = Series.objects.create(owner=alice, every_weeks=1, turn="")
    for week in range(1, 4):
        schedule(starts_at=first.starts_at + timedelta(weeks=week))
    for one in Meeting.objects.all():
        work(one)
    Meeting.objects.update(series=series)
    Watch.objects.update(due_at=None)
    LinkJob.objects.update(waits_for_connection=True, due_at=timezone.now() + HOUR)
    later = Plan(first.title, first.starts_at + HOUR, first.minutes)

    def move() -> object:
        return move_series(owner=alice, meeting_id=first.pk, plan=later)

    meet(there, "expect", move, lambda: owed.heal(alice.pk, "zoom"))
    assert Watch.objects.filter(due_at__isnull=False).count() == 4


def test_a_permission_that_was_taken_back_ends_the_looks_without_a_call(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting
) -> None:
    authorize(zoom, alice, scopes=MINIMAL)
    look_now()
    assert zoom.calls("get") == 0
    assert Watch.objects.get().due_at is None


def test_one_that_comes_too_late_is_left_out_and_that_is_said(zoom: ZoomSimulator, meeting: Meeting) -> None:
    Meeting.objects.update(starts_at=timezone.now() + timedelta(minutes=3))
    Watch.objects.update(seen_at=timezone.now() - timedelta(days=3))
    look_now()
    assert zoom.calls("get") == 0
    assert Watch.objects.get().due_at is None
    assert meeting.events.filter(kind="not_looked").count() == 1


def test_a_cancelled_meeting_is_not_looked_at(zoom: ZoomSimulator, meeting: Meeting) -> None:
    Meeting.objects.update(cancelled_at=timezone.now())
    look_now()
    assert zoom.calls("get") == 0


def test_a_time_that_o_key_tells_meanwhile_is_not_held_against_zoom(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zoom's answer is from before O-Key's update, which is on record before the answer is judged."""
    look = conferencing.look

    def moved_meanwhile(*args: object) -> object:
        monkeypatch.setattr(conferencing, "look", look)
        answer = look(*args)  # type: ignore[arg-type]
        edit(alice, meeting, starts_at=meeting.starts_at + HOUR)
        work(meeting)
        return answer

    monkeypatch.setattr(conferencing, "look", moved_meanwhile)
    look_now()
    settle()
    assert mails() == []
    assert there.Standing.of(Meeting.objects.get()).starts_at == meeting.starts_at + HOUR


def test_an_update_that_is_still_owed_is_newer_than_what_zoom_says(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting
) -> None:
    zoom.as_host(number_of(meeting), "change", silent=True, topic="Weekly")
    edit(alice, meeting, starts_at=meeting.starts_at + HOUR)
    LinkJob.objects.update(due_at=timezone.now() + HOUR)
    look_now()
    assert mails() == []


def test_looks_of_one_account_go_one_at_a_time_and_so_many_a_minute(
    zoom: ZoomSimulator, connection: Connection, schedule: Schedule, clock_stands: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        work(schedule(starts_at=timezone.now() + timedelta(days=3)))
    Watch.objects.update(due_at=timezone.now())
    assert claims.take_next(Watch, seconds=30) is not None
    assert claims.take_next(Watch, seconds=30) is None
    Watch.objects.update(claim=None, claimed_until=None, held_turn=None)
    monkeypatch.setattr("integrations.providers.zoom.provider.Zoom.looks_a_minute", 3)
    work_all()
    assert zoom.calls("get") == 3
    assert Watch.objects.filter(due_at__lte=timezone.now() + timedelta(seconds=91)).count() == 2


def test_nobody_looks_while_the_account_rests_and_a_used_up_day_is_no_reason_not_to(
    zoom: ZoomSimulator, connection: Connection, meeting: Meeting
) -> None:
    assert connection.account is not None
    connection.account.blocked_until = timezone.now() + HOUR
    connection.account.save(update_fields=["blocked_until"])
    rest = Rest.objects.create(key=f"zoom {connection.account_id}", rest_until=timezone.now() + HOUR)
    look_now()
    assert zoom.calls("get") == 0
    assert Watch.objects.get().due_at is not None
    rest.delete()
    look_now()
    assert zoom.calls("get") == 1


def test_an_owner_whose_zoom_hangs_keeps_nobody_elses_looks_or_links_waiting(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, may_look: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,000 looks due at once, most of them of one whose Zoom hangs; counted, not timed: with two seats."""
    sick, well = connect_zoom(zoom, alice), connect_zoom(zoom, bob, user="len")
    held = [_many(alice, sick, 1700), _many(bob, well, 300)]
    asked: list[str] = []
    hanging = claims.take(Watch, held[0][0], seconds=3600, in_turn=True)  # one seat, for as long as the call takes
    assert hanging is not None

    def look(opened: conferencing.Access, external_id: str) -> conferencing.RemoteState:
        asked.append(str(opened.connection.pk))
        one = ProviderMeeting.objects.select_related("meeting").get(external_id=external_id).meeting
        return conferencing.RemoteState(one.title, one.starts_at, one.minutes)

    monkeypatch.setattr(conferencing, "look", look)
    monkeypatch.setattr("integrations.providers.zoom.provider.Zoom.looks_a_minute", None)
    while (claim := claims.take_next(Watch, seconds=30)) is not None:  # the other seat
        looking.work_in_turn(claim)
    assert asked == [str(well.pk)] * 300
    assert Watch.objects.filter(pk__in=held[0], due_at__lte=timezone.now()).count() == 1700
    assert Watch.lane != LinkJob.lane, "looks take no seat of a link's"


def _many(owner: Owner, through: Connection, count: int) -> list[object]:
    """Meetings that are ready, whose look is due."""
    contact = owner.contacts.create(name="Ann", email="ann@example.com")
    starts_at = (timezone.now() + 23 * HOUR).replace(microsecond=0)
    common = {"owner": owner, "contact": contact, "title": "Kick-off", "minutes": 30, "timezone": "Europe/Berlin"}
    meetings = [
        Meeting(
            **common, starts_at=starts_at, ends_at=starts_at + HOUR / 2, provider="zoom", join_url="https://zoom.us/j/1"
        )
        for _ in range(count)
    ]
    Meeting.objects.bulk_create(meetings)
    LinkJob.objects.bulk_create([LinkJob(meeting=one) for one in meetings])
    held = [
        ProviderMeeting(
            meeting=one,
            provider="zoom",
            account=through.account,
            connection=through,
            external_id=f"{count}{number}",
            synced_revision=1,
        )
        for number, one in enumerate(meetings)
    ]
    ProviderMeeting.objects.bulk_create(held)
    turn = f"zoom {through.account_id}"
    Watch.objects.bulk_create([Watch(provider_meeting=one, turn=turn, due_at=timezone.now()) for one in held])
    return [one.pk for one in held]


def test_news_that_come_while_zoom_is_asked_are_not_lost(
    zoom: ZoomSimulator, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zoom's answer is from before the host's change, of which it then tells."""
    look, number = conferencing.look, number_of(meeting)

    def changed_meanwhile(*args: object) -> object:
        monkeypatch.setattr(conferencing, "look", look)
        answer = look(*args)  # type: ignore[arg-type]
        zoom.as_host(number, "change", silent=True, topic="Weekly")
        post(updated(number, topic="Weekly"))
        work_news()
        return answer

    monkeypatch.setattr(conferencing, "look", changed_meanwhile)
    look_now()
    settle()
    assert mails() == ["Changed"]


def work_news() -> None:
    while (claim := claims.take_next(ProviderNews, seconds=30)) is not None:
        hearing.work_on(claim)


def test_a_meeting_that_is_moved_away_after_its_last_look_is_looked_at_again(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, connection: Connection
) -> None:
    meeting = work(schedule(starts_at=timezone.now() + timedelta(minutes=40)))
    assert Watch.objects.get().due_at is None
    edit(alice, meeting, starts_at=timezone.now() + timedelta(days=4))
    work_all()
    assert 24 * HOUR <= due_at(meeting) <= 25 * HOUR
