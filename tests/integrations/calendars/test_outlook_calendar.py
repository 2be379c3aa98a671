"""Outlook as a source, over its simulator."""

from typing import Any

import pytest

from integrations import administrators, authorization, connections
from integrations.calendars.models import Calendar
from integrations.calendars.outlook import events
from integrations.models import AuthorizationAttempt, ProviderAccount
from okey.owners.models import Owner
from tests.integrations.calendars.signed_in import DENTIST, NINE, Attempt, SignedInContract, is_free, read
from tests.microsoft_fixtures import CALENDAR, PROVIDER, authorize
from tests.microsoft_simulator import MicrosoftSimulator


class TestOutlookCalendar(SignedInContract):
    service = CALENDAR
    meetings = PROVIDER
    user = "carla"
    second = "AAMkTeamOfCarla=="
    reads = "calendar_view"
    limit = {"kind": "throttled", "seconds": 60}

    @pytest.fixture
    def there(self, microsoft: MicrosoftSimulator) -> MicrosoftSimulator:
        return microsoft

    @pytest.fixture
    def authorized(self, there: MicrosoftSimulator, alice: Owner) -> Attempt:
        def walk(service: str, **more: Any) -> AuthorizationAttempt:
            return authorize(there, alice, service=service, **more)

        return walk

    def test_its_scope_is_asked_for_when_it_is_switched_on(self, authorized: Attempt, alice: Owner) -> None:
        assert "Calendars" not in authorization.url_of(authorization.begin(alice, PROVIDER))
        authorized(PROVIDER)
        url = authorization.url_of(authorization.begin(alice, CALENDAR))
        assert "Calendars.Read" in url
        assert "OnlineMeetings.ReadWrite" in url

    def test_a_permission_that_the_organization_withholds_is_named(
        self, there: MicrosoftSimulator, authorized: Attempt
    ) -> None:
        there.change_tenant("contoso.example.com", withheld=["Calendars.Read"])
        attempt = authorized(CALENDAR)
        assert (attempt.outcome, attempt.detail) == ("scope_missing", "Calendars.Read")
        assert Calendar.objects.count() == 0

    def test_an_answer_without_scopes_means_what_was_asked(
        self, there: MicrosoftSimulator, authorized: Attempt, alice: Owner
    ) -> None:
        there.settings(says_scope=False)
        authorized(PROVIDER)
        assert "Calendars.Read" not in ProviderAccount.objects.get().scope_set
        assert authorized(CALENDAR).outcome == "connected"
        assert {"Calendars.Read", "OnlineMeetings.ReadWrite"} <= ProviderAccount.objects.get().scope_set
        assert connections.default_of(alice) is not None

    def test_an_administrator_may_have_to_allow_it_first(self, alice: Owner, microsoft: MicrosoftSimulator) -> None:
        assert administrators.asks(CALENDAR)
        wait = administrators.wait_for(alice.pk, CALENDAR)
        assert "Calendars.Read" in wait.link
        assert "integrations%2Foutlook_calendar%2Fapproved" in wait.link

    def test_a_scope_that_a_grant_does_not_have_any_more(self, mine: Calendar, there: MicrosoftSimulator) -> None:
        there.fault(self.reads, "status", status=403, body={"error": {"code": "ErrorAccessDenied", "message": ""}})
        assert read(mine).trouble == "scope_missing"

    def test_a_link_to_somebody_else_is_not_followed(self, mine: Calendar, there: MicrosoftSimulator) -> None:
        body = {"value": [], "@odata.nextLink": "https://graph.microsoft.com.example.net/v1.0/me/calendar/calendarView"}
        there.fault(self.reads, "status", status=200, body=body)
        assert read(mine).trouble == "unreachable"

    @pytest.mark.parametrize(("shown", "takes"), [("oof", True), ("unknown", True), ("workingElsewhere", False)])
    def test_how_it_is_shown(
        self, mine: Calendar, there: MicrosoftSimulator, alice: Owner, shown: str, takes: bool
    ) -> None:
        there.add_entries("carla", DENTIST | {"shown": shown})
        read(mine)
        assert is_free(alice, NINE) is not takes

    def test_one_entry_that_nobody_understands_costs_the_others_nothing(
        self, mine: Calendar, there: MicrosoftSimulator, alice: Owner
    ) -> None:
        def at(hour: str) -> dict[str, str]:
            return {"dateTime": f"2026-12-02T{hour}:00:00.0000000", "timeZone": "UTC"}

        good = {"id": "AAMk1", "showAs": "busy", "isAllDay": False, "start": at("08"), "end": at("09")}
        bad = [{"id": "AAMk2", "start": {"dateTime": "soon"}, "end": {}}, {"id": "AAMk3"}, None]
        there.fault(self.reads, "status", status=200, body={"value": [*bad, good]})
        done = read(mine)
        assert (done.trouble, done.skipped) == ("", 2)
        assert not is_free(alice, NINE)

    def test_no_title_place_or_name_is_asked_for(self) -> None:
        assert not {"subject", "body", "bodyPreview", "location", "attendees", "organizer"} & set(
            events.FIELDS.split(",")
        )
