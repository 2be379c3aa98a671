"""Google Calendar as a source, over its simulator."""

import re
from typing import Any

import pytest

from integrations import authorization
from integrations.calendars.google import FIELDS
from integrations.calendars.models import Calendar
from integrations.models import AuthorizationAttempt, ProviderAccount
from okey.owners.models import Owner
from tests.google_fixtures import CALENDAR, PROVIDER, authorize
from tests.google_simulator import GoogleSimulator
from tests.integrations.calendars.signed_in import DENTIST, NINE, Attempt, SignedInContract, is_free, read

AUTH = "https://www.googleapis.com/auth/"


class TestGoogleCalendar(SignedInContract):
    service = CALENDAR
    meetings = PROVIDER
    user = "will"
    second = "team.will@group.calendar.example.com"
    limit = {"kind": "calendar_limit"}

    @pytest.fixture
    def there(self, google: GoogleSimulator) -> GoogleSimulator:
        return google

    @pytest.fixture
    def authorized(self, there: GoogleSimulator, alice: Owner) -> Attempt:
        def walk(service: str, **more: Any) -> AuthorizationAttempt:
            return authorize(there, alice, service=service, **more)

        return walk

    def forget(self, there: GoogleSimulator) -> None:
        there.forget_sync_tokens()

    def test_what_the_vendor_forgot_is_read_in_full(self, there: GoogleSimulator, mine: Calendar, alice: Owner) -> None:
        [first] = there.add_entries(self.user, DENTIST)
        read(mine)
        there.change_entry(first, is_cancelled=True)
        there.forget_sync_tokens()
        assert read(mine).trouble == ""
        assert is_free(alice, NINE)

    def test_its_scopes_are_asked_for_when_it_is_switched_on(self, authorized: Attempt, alice: Owner) -> None:
        meet = authorization.begin(alice, PROVIDER)
        assert "calendar" not in authorization.url_of(meet)
        authorized(PROVIDER)
        url = authorization.url_of(authorization.begin(alice, CALENDAR))
        for scope in ("calendar.events.readonly", "calendar.calendarlist.readonly", "meetings.space.created"):
            assert scope in url
        authorized(CALENDAR)
        assert "calendar.events.readonly" in authorization.url_of(authorization.begin(alice, PROVIDER))

    @pytest.mark.parametrize("left", ["calendar.events.readonly", "calendar.calendarlist.readonly"])
    def test_a_box_that_is_left_unticked_is_named(self, authorized: Attempt, left: str) -> None:
        other = {"calendar.events.readonly", "calendar.calendarlist.readonly"} - {left}
        attempt = authorized(CALENDAR, scopes=[f"{AUTH}{one}" for one in other])
        assert (attempt.outcome, attempt.detail) == ("scope_missing", f"{AUTH}{left}")
        assert Calendar.objects.count() == 0

    def test_unticked_for_the_calendar_leaves_a_living_grant_alone(self, authorized: Attempt) -> None:
        authorized(PROVIDER)
        before = ProviderAccount.objects.get()
        attempt = authorized(CALENDAR, scopes=[f"{AUTH}meetings.space.created"])
        assert attempt.outcome == "scope_missing"
        after = ProviderAccount.objects.get()
        assert (after.grant_no, after.state, after.revoke_after) == (before.grant_no, "live", None)

    def test_a_scope_that_a_grant_does_not_have_any_more(self, mine: Calendar, there: GoogleSimulator) -> None:
        there.fault(
            "events",
            "status",
            status=403,
            body={"error": {"code": 403, "errors": [{"domain": "global", "reason": "insufficientPermissions"}]}},
        )
        assert read(mine).trouble == "scope_missing"

    def test_an_api_that_is_not_switched_on_is_the_administrators(self, mine: Calendar, there: GoogleSimulator) -> None:
        there.settings(is_calendar_api_enabled=False)
        assert read(mine).trouble == "misconfigured"

    def test_one_entry_that_nobody_understands_costs_the_others_nothing(
        self, mine: Calendar, there: GoogleSimulator, alice: Owner
    ) -> None:
        good = {
            "id": "abcde",
            "start": {"dateTime": "2026-12-02T09:00:00+01:00"},
            "end": {"dateTime": "2026-12-02T10:00:00+01:00"},
        }
        bad = [{"id": "fghij", "start": {"dateTime": "soon"}, "end": {}}, {"id": "klmno"}, None]
        there.fault("events", "status", status=200, body={"items": [*bad, good], "nextSyncToken": "later"})
        done = read(mine)
        assert (done.trouble, done.skipped, done.marks["token"]) == ("", 2, "later")
        assert not is_free(alice, NINE)

    def test_no_title_place_or_name_is_asked_for(self) -> None:
        assert not {"summary", "description", "location", "email", "displayName"} & set(re.findall(r"\w+", FIELDS))
