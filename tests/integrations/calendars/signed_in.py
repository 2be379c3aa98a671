"""What every vendor's calendars do, shown over its simulator. A test module of a vendor's inherits SignedInContract and
says how an owner connects, and how its simulator is called what.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from integrations import access, connections, grants
from integrations.calendars import busy, choosing, granted, live, mirror
from integrations.calendars.models import BusyTime, Calendar
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from meetings.hours import availability
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.integrations.calendars.reading_now import read
from tests.simulator import Simulator

#: A Tuesday, seven o'clock in Berlin.
NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
#: Tomorrow, from nine to ten of Berlin's clocks.
NINE = NOW.replace(day=2, hour=8)
HOUR = timedelta(hours=1)
DENTIST = {"title": "Dentist", "start": "2026-12-02T09:00:00", "end": "2026-12-02T10:00:00"}

Attempt = Callable[..., AuthorizationAttempt]


def is_free(owner: Owner, starts_at: datetime) -> bool:
    return availability.is_free(owner, starts_at, minutes=60)


@pytest.mark.django_db
class SignedInContract:
    service: str
    #: The meeting provider of the same vendor.
    meetings: str
    #: The simulator's operations: a list of events, and of calendars.
    reads = "events"
    lists = "calendar_list"
    #: A fault that is a limit.
    limit: dict[str, Any]
    user: str
    #: Another calendar of that person's.
    second: str

    @pytest.fixture(autouse=True)
    def clock(self) -> Iterator[Any]:
        with time_machine.travel(NOW, tick=False) as traveller:
            yield traveller

    @pytest.fixture
    def authorized(self, there: Simulator, alice: Owner) -> Attempt:
        """Walks the whole way for a service, as which user."""
        raise NotImplementedError

    @pytest.fixture
    def mine(self, authorized: Attempt, alice: Owner) -> Calendar:
        attempt = authorized(self.service)
        assert attempt.outcome == "connected", attempt.detail
        return Calendar.objects.get(owner=alice)

    def test_connecting_ends_well_for_all_who_hear_of_it(
        self, authorized: Attempt, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True) as heard:
            assert authorized(self.service).outcome == "connected"
        assert heard

    def test_the_first_calendar_counts_as_soon_as_it_is_connected(
        self, there: Simulator, mine: Calendar, alice: Owner, bob: Owner
    ) -> None:
        assert (mine.external_id, mine.is_waiting, mine.due_at) == ("primary", True, NOW)
        there.add_entries(self.user, DENTIST)
        assert is_free(alice, NINE)
        done = read(mine)
        assert (done.trouble, done.read_at, done.events) == ("", NOW, 1)
        assert [is_free(alice, NINE + hours * HOUR) for hours in (0, 1)] == [False, True]
        assert is_free(bob, NINE)

    def test_whoever_hears_of_it_takes_it_for_calendars(
        self, there: Simulator, authorized: Attempt, alice: Owner, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            assert authorized(self.service).outcome == "connected"
            assert grants.remove(ProviderAccount.objects.get())
            assert choosing.disconnect(owner=alice, service=self.service)

    def test_no_title_is_kept(self, there: Simulator, mine: Calendar) -> None:
        there.add_entries(self.user, DENTIST)
        read(mine)
        assert "Dentist" not in repr(list(BusyTime.objects.values())) + repr(list(Calendar.objects.values()))

    @pytest.mark.parametrize(
        ("entry", "takes"),
        [
            ({}, True),
            ({"shown": "free"}, False),
            ({"answer": "declined"}, False),
            ({"answer": "accepted"}, True),
            ({"answer": "needsAction"}, True),
            ({"answer": "tentative"}, True),
            ({"kind": "workingLocation", "shown": "workingElsewhere"}, False),
            ({"kind": "outOfOffice", "shown": "oof"}, True),
            ({"is_all_day": True, "start": "2026-12-02", "end": "2026-12-03"}, True),
            ({"is_all_day": True, "start": "2026-12-01", "end": "2026-12-02"}, False),
            ({"is_all_day": True, "start": "2026-12-02", "end": "2026-12-03", "shown": "free"}, False),
            ({"start": "2026-12-02T09:00:00", "end": "2026-12-02T09:00:00"}, False),
            ({"start": "2026-11-20T09:00:00", "end": "2026-12-20T10:00:00"}, True),
            ({"start": "2026-12-02T17:00:00", "end": "2026-12-02T18:00:00", "zone": "Asia/Tokyo"}, True),
            ({"start": "2025-12-03T09:00:00", "end": "2025-12-03T10:00:00", "rule": "FREQ=WEEKLY"}, True),
        ],
    )
    def test_which_entries_take_their_time(
        self, there: Simulator, mine: Calendar, alice: Owner, entry: dict[str, Any], takes: bool
    ) -> None:
        there.add_entries(self.user, DENTIST | entry)
        read(mine)
        assert is_free(alice, NINE) is not takes

    @pytest.mark.parametrize(("choice", "takes"), [("never", False), ("always", True)])
    def test_the_owner_says_how_entries_count(
        self, there: Simulator, mine: Calendar, alice: Owner, choice: str, takes: bool
    ) -> None:
        there.add_entries(self.user, DENTIST | {"answer": "needsAction"})
        there.add_entries(
            self.user,
            {"title": "Away", "is_all_day": True, "start": "2026-12-03", "end": "2026-12-04", "shown": "free"},
        )
        choosing.change(owner=alice, calendar_id=mine.pk, name="", all_day=choice, tentative=choice, addresses="")
        read(mine)
        assert [is_free(alice, NINE + timedelta(days=days)) for days in (0, 1)] == [not takes, not takes]

    def test_only_what_has_changed_is_read_next_and_it_is_the_same(
        self, there: Simulator, mine: Calendar, alice: Owner
    ) -> None:
        series = DENTIST | {"start": "2026-12-03T09:00:00", "end": "2026-12-03T10:00:00", "rule": "FREQ=DAILY;COUNT=4"}
        first, repeated = there.add_entries(self.user, DENTIST, series)
        read(mine)
        kept = set(BusyTime.objects.values_list("pk", flat=True))
        assert len(kept) == 5
        read(mine)
        assert set(BusyTime.objects.values_list("pk", flat=True)) == kept
        there.change_entry(first, start="2026-12-02T14:00:00", end="2026-12-02T15:00:00")
        there.add_entries(
            self.user,
            series | {"rule": "", "series": repeated, "original": "2026-12-04T09:00:00", "is_cancelled": True},
        )
        read(mine)
        assert [is_free(alice, NINE + timedelta(days=days)) for days in (0, 1, 2, 3)] == [True, False, True, False]
        assert not is_free(alice, NINE + 5 * HOUR)
        there.change_entry(repeated, is_cancelled=True)
        there.change_entry(first, is_cancelled=True)
        read(mine)
        assert BusyTime.objects.count() == 0

    def test_it_comes_in_pages(self, there: Simulator, mine: Calendar) -> None:
        there.settings(most_a_page=2)
        there.add_entries(self.user, *[DENTIST | {"title": str(number)} for number in range(7)])
        read(mine)
        assert BusyTime.objects.count() == 7

    def test_an_empty_calendar_is_believed(self, there: Simulator, mine: Calendar, alice: Owner) -> None:
        names = there.add_entries(self.user, *[DENTIST for _ in range(6)])
        read(mine)
        for name in names:
            there.change_entry(name, is_cancelled=True)
        self.forget(there)
        assert read(mine).trouble == ""
        assert is_free(alice, NINE)

    def test_the_live_question_is_for_that_time_only(self, there: Simulator, mine: Calendar, alice: Owner) -> None:
        later = DENTIST | {"start": "2026-12-02T10:00:00", "end": "2026-12-02T11:00:00"}
        there.add_entries(self.user, DENTIST, later)
        live.ask(alice.pk, NINE, NINE + HOUR)
        [found] = BusyTime.objects.all()
        assert (found.starts_at, found.ends_at) == (NINE, NINE + HOUR)
        assert busy.unanswered(alice.pk, NINE, NINE + HOUR).count() == 0
        kept = found.pk
        read(mine)
        assert BusyTime.objects.count() == 2
        assert BusyTime.objects.filter(pk=kept).exists(), "it is the same entry"

    def test_the_live_question_renews_its_token(
        self, there: Simulator, mine: Calendar, alice: Owner, clock: Any
    ) -> None:
        there.add_entries(self.user, DENTIST)
        ProviderAccount.objects.update(expires_at=NOW)
        there.expire(self.user)
        live.ask(alice.pk, NINE, NINE + HOUR)
        assert not is_free(alice, NINE)

    @pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, "limit"])
    def test_a_live_question_without_an_answer(
        self, there: Simulator, mine: Calendar, alice: Owner, fault: Any
    ) -> None:
        there.fault(self.reads, **(self.limit if fault == "limit" else fault))
        live.ask(alice.pk, NINE, NINE + HOUR)
        assert [one.pk for one in busy.unanswered(alice.pk, NINE, NINE + HOUR)] == [mine.pk]

    # Trouble

    @pytest.mark.parametrize(
        ("fault", "trouble"),
        [
            ({"kind": "status", "status": 503}, "unreachable"),
            ({"kind": "html", "status": 200}, "unreachable"),
            ({"kind": "drop_before"}, "unreachable"),
            ({"kind": "bad_json"}, "unreachable"),
            ({"kind": "empty"}, "unreachable"),
            ("limit", "limited"),
        ],
    )
    def test_a_calendar_that_cannot_be_asked_is_neither_free_nor_full(
        self, there: Simulator, mine: Calendar, alice: Owner, fault: Any, trouble: str
    ) -> None:
        there.add_entries(self.user, DENTIST)
        read(mine)
        there.fault(self.reads, times=None, **(self.limit if fault == "limit" else fault))
        failed = read(mine)
        assert failed.trouble == trouble
        assert failed.due_at > NOW
        assert [is_free(alice, NINE + hours * HOUR) for hours in (0, 1)] == [False, True]

    def test_who_is_over_a_limit_rests(self, there: Simulator, mine: Calendar) -> None:
        there.fault(self.reads, **self.limit)
        read(mine)
        asked = there.calls(self.reads)
        assert read(mine).trouble == "limited"
        assert there.calls(self.reads) == asked

    def test_an_access_token_that_has_died_is_renewed(
        self, there: Simulator, mine: Calendar, alice: Owner, clock: Any
    ) -> None:
        there.add_entries(self.user, DENTIST)
        clock.shift(timedelta(minutes=5))
        there.expire(self.user)
        assert read(mine).trouble == ""
        assert not is_free(alice, NINE)

    def test_a_permission_that_was_taken_back_is_named(self, there: Simulator, mine: Calendar, alice: Owner) -> None:
        there.add_entries(self.user, DENTIST)
        read(mine)
        there.deauthorize(self.user)
        ProviderAccount.objects.update(expires_at=NOW)
        read(mine)
        ProviderAccount.objects.update(suspected_at=NOW - timedelta(minutes=2), claimed_until=None)
        failed = read(mine)
        assert failed.trouble == "reconnect"
        assert not is_free(alice, NINE)

    def test_one_that_is_not_shared_any_more_is_named(self, there: Simulator, mine: Calendar, alice: Owner) -> None:
        other = self.choose(there, alice, mine, {self.second})
        there.add_entries(self.second, DENTIST)
        assert read(other).trouble == ""
        there.change_calendar(self.second, is_deleted=True)
        assert read(other).trouble == "unshared"
        assert not is_free(alice, NINE)

    # Which count

    def forget(self, there: Simulator) -> None:
        """The vendor does not know any more what it has told."""

    def choose(self, there: Simulator, owner: Owner, mine: Calendar, chosen: set[str]) -> Calendar:
        connection = connections.held(owner, self.service)
        assert connection is not None
        listed = granted.listed(connection, seconds=5)
        choosing.choose(owner=owner, connection=connection, listed=listed, chosen=chosen)
        return Calendar.objects.filter(owner=owner).latest("added_at")

    def test_the_owner_chooses_which_count(
        self, there: Simulator, mine: Calendar, alice_client: Client, alice: Owner
    ) -> None:
        there.add_entries(self.user, DENTIST)
        read(mine)
        page = f"/settings/calendars/at/{self.service}/"
        shown = alice_client.get(page).content.decode()
        assert "Team" in shown
        assert shown.count(" checked") == 1
        assert alice_client.post(page, {"calendars": [self.second, "made up"]}).status_code == 400
        assert alice_client.post(page, {"calendars": [self.second]}).status_code == 302
        [chosen] = Calendar.objects.filter(owner=alice)
        assert (chosen.external_id, chosen.name) == (self.second, "Team")
        assert is_free(alice, NINE)
        there.add_entries(self.second, DENTIST)
        read(chosen)
        assert not is_free(alice, NINE)

    def test_the_choice_outlives_a_connection_that_somebody_else_ended(
        self, there: Simulator, mine: Calendar, authorized: Attempt, alice: Owner
    ) -> None:
        there.add_entries(self.second, DENTIST)
        chosen = read(self.choose(there, alice, mine, {self.second}))
        connection = connections.held(alice, self.service)
        assert connection is not None
        connections.disconnect(owner=alice, connection_id=connection.pk, why=Connection.Ended.REMOVED_BY_ADMIN)
        assert read(chosen).trouble == "reconnect"
        assert not is_free(alice, NINE)
        assert authorized(self.service).outcome == "connected"
        [left] = Calendar.objects.filter(owner=alice)
        assert (left.pk, read(left).trouble) == (chosen.pk, "")

    def test_another_owner_sees_and_changes_nothing(self, mine: Calendar, bob_client: Client) -> None:
        page = f"/settings/calendars/at/{self.service}/"
        assert bob_client.get(page).status_code == 404
        assert bob_client.post(page, {"calendars": []}).status_code == 404
        assert bob_client.post(f"{page}disconnect/").status_code == 404
        assert Calendar.objects.filter(pk=mine.pk).exists()

    def test_a_list_that_does_not_come_is_said(self, there: Simulator, mine: Calendar, alice_client: Client) -> None:
        there.fault(self.lists, "status", status=503)
        answer = alice_client.get(f"/settings/calendars/at/{self.service}/")
        assert answer.status_code == 503
        assert "could not be asked for your calendars" in answer.content.decode()

    # One grant, several services

    def test_it_makes_no_links_and_is_no_default(self, mine: Calendar, alice: Owner, alice_client: Client) -> None:
        assert connections.default_of(alice) is None
        assert list(connections.active(alice)) == []
        assert not alice_client.get("/api/v1/connections").content.count(self.service.encode())
        assert alice_client.get("/settings/").status_code == 200

    def test_calendar_and_meetings_have_one_grant(self, mine: Calendar, authorized: Attempt, alice: Owner) -> None:
        calendar = Connection.objects.get(owner=alice)
        meetings = authorized(self.meetings).connection
        assert meetings is not None
        assert meetings.account_id == calendar.account_id
        assert connections.can_make_links(meetings)
        assert connections.can_make_links(connections.held(alice, self.service) or calendar)
        assert connections.default_of(alice) == meetings

    @pytest.mark.parametrize("ended", ["calendar", "meetings"])
    def test_the_one_lives_on_when_the_other_is_disconnected(
        self, there: Simulator, mine: Calendar, authorized: Attempt, alice: Owner, ended: str
    ) -> None:
        meetings = authorized(self.meetings).connection
        assert meetings is not None
        if ended == "calendar":
            assert choosing.disconnect(owner=alice, service=self.service)
        else:
            connections.disconnect(owner=alice, connection_id=meetings.pk)
        account = ProviderAccount.objects.get()
        assert (account.state, account.revoke_after) == ("live", None)
        left = connections.held(alice, self.meetings if ended == "calendar" else self.service)
        assert left is not None
        assert access.access(left.pk).token
        assert Calendar.objects.count() == (0 if ended == "calendar" else 1)
        if ended == "meetings":
            assert read(mine).trouble == ""

    def test_when_nothing_needs_the_grant_it_is_given_back(self, mine: Calendar, alice: Owner) -> None:
        assert choosing.disconnect(owner=alice, service=self.service)
        account = ProviderAccount.objects.get()
        assert account.revoke_after == NOW
        assert not choosing.disconnect(owner=alice, service=self.service)

    def test_what_the_disconnect_page_of_meetings_says(
        self, mine: Calendar, authorized: Attempt, alice_client: Client
    ) -> None:
        meetings = authorized(self.meetings).connection
        assert meetings is not None
        page = alice_client.get(f"/integrations/connections/{meetings.pk}/disconnect/").content.decode()
        assert "stays authorized" in page

    def test_a_lost_grant_sends_no_mail_about_links(self, mine: Calendar, alice_client: Client) -> None:
        ProviderAccount.objects.update(state="needs_reconnect", lost_why="refused")
        assert connections.lost().count() == 0
        page = alice_client.get("/settings/calendars/").content.decode()
        assert "Needs reconnecting" in page

    def test_one_that_cannot_be_read_has_no_address_to_replace(
        self, mine: Calendar, alice_client: Client, alice: Owner
    ) -> None:
        Calendar.objects.update(trouble="reconnect", failing_since=NOW - HOUR)
        mirror._tell_once(mine.pk)
        mail = Mail.objects.get(to=alice.email, subject__contains="cannot be read")
        said = alice_client.get("/settings/calendars/").content.decode() + mail.text
        assert "address was renewed" not in said
        assert "Replace the address" not in said
        page = f"/settings/calendars/{mine.pk}/"
        assert "Replace the address" not in alice_client.get(page).content.decode()
        assert alice_client.post(f"{page}replace/", {"url": "https://example.com/a.ics"}).status_code == 404

    def test_who_is_not_entitled_is_told(self, there: Simulator, alice: Owner, alice_client: Client) -> None:
        Owner.objects.filter(pk=alice.pk).update(meeting_providers_enabled=False)
        page = alice_client.get("/settings/calendars/").content.decode()
        assert "An administrator of O-Key has to allow you" in page
        assert f"/integrations/{self.service}/connect/" not in page
