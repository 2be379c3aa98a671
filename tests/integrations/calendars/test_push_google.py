"""Google tells of changes of calendars, over its simulator."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integrations.calendars import receivers, subscribing
from integrations.calendars.models import Calendar, Subscription
from integrations.models import AuthorizationAttempt, ProviderAccount
from okey.owners.models import Owner
from tests.google_fixtures import CALENDAR, OKEY, authorize
from tests.google_simulator import GoogleSimulator
from tests.integrations.calendars.pushed import NOW, Push, State, deliver, work
from tests.integrations.calendars.pushing import PushContract
from tests.integrations.calendars.reading_now import read
from tests.integrations.calendars.signed_in import Attempt


class TestGooglePush(PushContract):
    service = CALENDAR
    user = "will"
    second = "team.will@group.calendar.example.com"
    makes, ends, reads = "watch", "stop", "events"
    limit = {"kind": "calendar_limit"}

    @pytest.fixture
    def there(self, google: GoogleSimulator) -> GoogleSimulator:
        return google

    @pytest.fixture
    def authorized(self, there: GoogleSimulator, alice: Owner) -> Attempt:
        def walk(service: str, **more: Any) -> AuthorizationAttempt:
            return authorize(there, alice, service=service, **more)

        return walk

    def hear_the_first(self, there: Any, client: Client) -> None:
        assert deliver(client, there.pushes(1)[0]).status_code == 202

    def living(self, there: Any) -> list[str]:
        return [one["id"] for one in there.channels()]

    def secrets(self, there: Any) -> list[str]:
        return [one["token"] for one in there.channels()]

    def forged(self, push: Push) -> list[dict[str, Any]]:
        unknown = "6f1c8f5e-0000-4000-8000-000000000000"
        here = push["url"].split("/")[-2]
        return [
            {"headers": {"X-Goog-Channel-Token": "guessed"}},
            {"headers": {"X-Goog-Channel-Token": ""}},
            {"headers": {"X-Goog-Channel-ID": unknown}},
            {"headers": {"X-Goog-Channel-ID": ""}},
            {"headers": {"X-Goog-Resource-ID": "another"}},
            {"headers": {"X-Goog-Resource-State": "surely"}},
            {"url": push["url"].replace(here, unknown)},
            {"url": push["url"].replace("google_calendar", "outlook_calendar")},
            {"url": push["url"].replace("google_calendar", "zoom")},
            {"headers": {"X-Goog-Channel-Token": "guessed"}, "url": f"{push['url']}?validationToken=x"},
        ]

    def test_the_first_message_costs_no_reading(self, mine: Calendar, there: GoogleSimulator, client: Client) -> None:
        work()
        [sync] = there.pushes(1)
        assert (sync["what"], sync["body"]) == ("sync", "")
        before = read(mine).due_at
        assert Subscription.objects.get().heard_at is None
        assert deliver(client, sync).status_code == 202
        assert (Calendar.objects.get().due_at, Subscription.objects.get().heard_at) == (before, NOW)

    def test_until_something_is_heard_it_is_read_as_ever(self, mine: Calendar) -> None:
        work()
        due = read(mine).due_at
        assert due is not None
        assert (due - NOW).total_seconds() <= 20 * 60

    def test_another_one_takes_over_and_no_moment_is_between(
        self, told: Calendar, there: GoogleSimulator, client: Client, clock: Any
    ) -> None:
        old = Subscription.objects.get()
        assert old.due_at is not None
        clock.move_to(old.due_at)
        there.advance((old.due_at - NOW).total_seconds())
        there.expire(self.user)
        ProviderAccount.objects.update(expires_at=NOW)
        there.fault("stop", "status", status=503)
        work()
        new = Subscription.objects.get(state=State.LIVE)
        old.refresh_from_db()
        assert (old.state, sorted(self.living(there))) == (State.OVER, sorted([str(old.pk), str(new.pk)]))
        assert deliver(client, self.changed_of(there, old.pk)).status_code == 202
        clock.move_to(timezone.now() + timedelta(minutes=5))
        work()
        assert self.living(there) == [str(new.pk)]

    def test_an_address_that_google_does_not_call_says_nothing_of_the_grant(
        self, mine: Calendar, there: GoogleSimulator, settings: Settings
    ) -> None:
        settings.OKEY_BASE_URL = "https://unauthorized.example.com"
        refreshes = there.calls("refresh")
        work()
        assert "HTTP 401" in Subscription.objects.get().problem
        assert (ProviderAccount.objects.get().state, there.calls("refresh")) == ("live", refreshes)

    def test_a_reconnect_has_it_made_anew(
        self, told: Calendar, there: GoogleSimulator, authorized: Attempt, settings: Settings
    ) -> None:
        okey, settings.OKEY_BASE_URL = settings.OKEY_BASE_URL, OKEY
        there.deauthorize(self.user)
        old = Subscription.objects.get()
        there.end_channel(str(old.pk))
        attempt = authorized(CALENDAR)
        assert attempt.outcome in {"connected", "reconnected"}, attempt.detail
        settings.OKEY_BASE_URL = okey
        receivers.look_again(owner_id=told.owner_id, provider=CALENDAR)
        work()
        assert str(old.pk) not in self.living(there)
        assert len(self.living(there)) == 1

    def test_where_google_could_not_reach_okey_it_is_not_asked(self, mine: Calendar, settings: Settings) -> None:
        Subscription.objects.all().delete()
        settings.GOOGLE_BASE_URL = ""  # the real one
        assert not subscribing.is_tried(self.service)
        settings.IS_HTTPS = True
        assert subscribing.is_tried(self.service)
        settings.IS_HTTPS = False
        assert not subscribing.follow(mine)
        assert Subscription.objects.count() == 0
