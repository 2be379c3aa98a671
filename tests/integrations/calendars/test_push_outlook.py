"""Microsoft tells of changes of calendars, over its simulator."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.calendars.models import Calendar, Subscription
from integrations.models import AuthorizationAttempt
from okey.owners.models import Owner
from tests.integrations.calendars.pushed import NOW, Push, State, deliver, work
from tests.integrations.calendars.pushing import PushContract
from tests.integrations.calendars.signed_in import Attempt
from tests.microsoft_fixtures import CALENDAR, authorize
from tests.microsoft_simulator import MicrosoftSimulator


def with_item(push: Push, **changes: Any) -> dict[str, Any]:
    [item] = json.loads(push["body"])["value"]
    return {"body": json.dumps({"value": [{name: value for name, value in (item | changes).items() if value}]})}


class TestOutlookPush(PushContract):
    service = CALENDAR
    user = "carla"
    second = "AAMkTeamOfCarla=="
    makes, ends, reads = "subscribe", "unsubscribe", "calendar_view"
    limit = {"kind": "throttled"}

    @pytest.fixture
    def there(self, microsoft: MicrosoftSimulator) -> MicrosoftSimulator:
        return microsoft

    @pytest.fixture
    def authorized(self, there: MicrosoftSimulator, alice: Owner) -> Attempt:
        def walk(service: str, **more: Any) -> AuthorizationAttempt:
            return authorize(there, alice, service=service, **more)

        return walk

    def living(self, there: Any) -> list[str]:
        return [one["id"] for one in there.subscriptions()]

    def secrets(self, there: Any) -> list[str]:
        return [one["client_state"] for one in there.subscriptions()]

    def forged(self, push: Push) -> list[dict[str, Any]]:
        unknown = "6f1c8f5e-0000-4000-8000-000000000000"
        here = push["url"].split("/")[-2]
        return [
            with_item(push, clientState="guessed"),
            with_item(push, clientState=""),
            with_item(push, subscriptionId="another"),
            with_item(push, changeType="surely"),
            {"body": ""},
            {"body": "[1]"},
            {"body": '{"value": {"clientState": 1}}'},
            {"body": '{"value": [null, 7]}'},
            {"url": push["url"].replace(here, unknown)},
            {"url": push["url"].replace("outlook_calendar", "google_calendar")},
            {"url": f"{push['url']}?validationToken=anything"},
        ]

    def say(self, there: MicrosoftSimulator, event: str) -> Push:
        known = len(there.pushes())
        there.say(Subscription.objects.get().external_id, event)
        return there.pushes(known + 1)[-1]

    def test_its_address_is_proved_while_it_is_asked_for_and_no_longer(
        self, told: Calendar, there: MicrosoftSimulator, client: Client, clock: Any
    ) -> None:
        asked = next(one for one in there.pushes() if one["what"] == "validation")
        assert deliver(client, asked).status_code == 404
        Subscription.objects.update(state=State.ASKED, asked_at=NOW)
        answer = deliver(client, asked)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.content.decode() == asked["answer"]
        assert "<b>&+%20" in asked["answer"]
        assert (
            deliver(client, asked, url=f"{asked['url'].partition('?')[0]}?validationToken={'x' * 5000}").status_code
            == 404
        )
        clock.move_to(NOW + timedelta(minutes=2))
        assert deliver(client, asked).status_code == 404

    def test_several_in_one_are_taken_one_by_one(
        self, told: Calendar, there: MicrosoftSimulator, client: Client
    ) -> None:
        push = self.changed(there)
        [item] = json.loads(push["body"])["value"]
        mixed = {"value": [item | {"clientState": "guessed", "lifecycleEvent": "subscriptionRemoved"}, item, {}]}
        assert deliver(client, push, body=json.dumps(mixed)).status_code == 202
        assert Subscription.objects.get().state == State.LIVE
        due = Calendar.objects.get().due_at
        assert due is not None
        assert due <= NOW + timedelta(seconds=20)

    def test_it_is_renewed(self, told: Calendar, there: MicrosoftSimulator, clock: Any) -> None:
        old = Subscription.objects.get()
        assert old.due_at is not None
        assert old.expires_at is not None
        later = NOW + timedelta(minutes=50)
        Subscription.objects.update(due_at=later)
        clock.move_to(later)
        there.advance(50 * 60)
        work()
        new = Subscription.objects.get()
        assert (new.pk, new.external_id, new.state) == (old.pk, old.external_id, State.LIVE)
        assert new.expires_at is not None
        assert new.expires_at > old.expires_at
        assert there.calls("subscribe") == 1

    def test_that_it_must_be_renewed_is_told(
        self, told: Calendar, there: MicrosoftSimulator, client: Client, clock: Any
    ) -> None:
        push = self.say(there, "reauthorizationRequired")
        assert deliver(client, push).status_code == 202
        assert Subscription.objects.get().due_at != NOW, "it was made this minute"
        clock.move_to(NOW + timedelta(minutes=5))
        for _ in range(3):
            assert deliver(client, push).status_code == 202
        assert Subscription.objects.get().due_at == timezone.now()
        work()
        assert there.calls("renew") == 1

    def test_that_messages_were_missed_is_told(self, told: Calendar, there: MicrosoftSimulator, client: Client) -> None:
        assert deliver(client, self.say(there, "missed")).status_code == 202
        due = Calendar.objects.get().due_at
        assert due is not None
        assert due <= NOW + timedelta(seconds=20)

    def test_one_that_was_removed_there_is_made_anew(
        self, told: Calendar, there: MicrosoftSimulator, client: Client
    ) -> None:
        old = Subscription.objects.get()
        assert deliver(client, self.say(there, "subscriptionRemoved")).status_code == 202
        work()
        new = Subscription.objects.get()
        assert (new.pk != old.pk, new.state, self.living(there)) == (True, State.LIVE, [new.external_id])
        assert Calendar.objects.get().due_at == NOW, "what was missed is read"

    def test_one_that_ended_without_a_word_is_found_when_it_is_renewed(
        self, told: Calendar, there: MicrosoftSimulator
    ) -> None:
        old = Subscription.objects.get()
        there.say(old.external_id, "subscriptionRemoved")
        Subscription.objects.update(due_at=NOW)
        work()
        assert self.living(there) == [Subscription.objects.get().external_id] != [old.external_id]

    def test_an_address_that_is_not_reached_is_refused(self, mine: Calendar, there: MicrosoftSimulator) -> None:
        there.settings(pushes_on=False)
        work()
        row = Subscription.objects.get()
        assert (row.state, "HTTP 400" in row.problem) == (State.WANTED, True)
