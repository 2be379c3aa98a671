"""What every vendor's messages about calendars do, shown over its simulator: what the simulator has sent is handed to
O-Key's address by the test. A test module of a vendor's inherits PushContract.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from integrations import doctor, upkeep
from integrations.calendars import choosing, mirror, pushes, subscribing
from integrations.calendars.models import BusyTime, Calendar, Subscription
from integrations.models import AuthorizationAttempt, ProviderAccount
from okey.owners.models import Owner
from tests.integrations.calendars.echo import Echo
from tests.integrations.calendars.pushed import DENTIST, NOW, Push, State, deliver, work
from tests.integrations.calendars.reading_now import read
from tests.simulator import Simulator


@pytest.mark.django_db
class PushContract:
    service: ClassVar[str]
    user: ClassVar[str]
    second: ClassVar[str]
    #: The simulator's operations.
    makes: ClassVar[str]
    ends: ClassVar[str]
    #: The longest that the vendor knows (facts).
    longest: ClassVar[timedelta] = timedelta(days=7)

    @pytest.fixture(autouse=True)
    def clock(self) -> Iterator[Any]:
        with time_machine.travel(NOW, tick=False) as traveller:
            yield traveller

    @pytest.fixture
    def okey(self) -> Iterator[str]:
        with Echo() as echo:
            yield echo.url

    @pytest.fixture
    def authorized(self, there: Simulator, alice: Owner) -> Callable[..., AuthorizationAttempt]:
        raise NotImplementedError

    @pytest.fixture
    def there(self) -> Simulator:
        raise NotImplementedError

    @pytest.fixture
    def mine(
        self, authorized: Callable[..., AuthorizationAttempt], alice: Owner, okey: str, settings: Settings
    ) -> Calendar:
        """Connected, and read."""
        attempt = authorized(self.service)
        assert attempt.outcome == "connected", attempt.detail
        settings.OKEY_BASE_URL = okey
        return read(Calendar.objects.get(owner=alice))

    @pytest.fixture
    def told(self, mine: Calendar, there: Simulator, client: Client) -> Calendar:
        """Its vendor tells of its changes, and was heard."""
        work()
        self.hear_the_first(there, client)
        return read(mine)

    def hear_the_first(self, there: Simulator, client: Client) -> None:
        """A first message, where this vendor has one."""

    def living(self, there: Simulator) -> list[str]:
        """The names of what lives at the vendor."""
        raise NotImplementedError

    def changed(self, there: Simulator) -> Push:
        """The message about a change that is made now."""
        known = len(there.pushes())
        there.add_entries(self.user, DENTIST)
        return there.pushes(known + 1)[-1]

    def forged(self, push: Push) -> list[dict[str, Any]]:
        """The same message with what is wrong about it."""
        raise NotImplementedError

    # It is asked for

    def test_a_calendar_that_is_read_has_one(self, mine: Calendar, there: Simulator) -> None:
        wanted = Subscription.objects.get()
        assert (wanted.state, wanted.calendar, wanted.due_at) == (State.WANTED, mine, NOW)
        work()
        live = Subscription.objects.get()
        assert live.state == State.LIVE
        assert len(self.living(there)) == 1
        assert live.expires_at is not None
        assert live.due_at is not None
        life = live.expires_at - NOW
        assert timedelta(days=5) < life <= self.longest + timedelta(minutes=1)
        assert life / 2 <= live.due_at - NOW <= life * 3 / 4

    def test_its_secret_is_not_kept(self, told: Calendar, there: Simulator) -> None:
        there.add_entries(self.user, DENTIST)
        kept = repr(list(Subscription.objects.values()))
        assert "secret_hash" in kept
        for secret in self.secrets(there):
            assert len(secret) > 30
            assert secret not in kept

    def secrets(self, there: Simulator) -> list[str]:
        raise NotImplementedError

    def test_what_changed_before_it_lived_is_read(self, mine: Calendar) -> None:
        work()
        mine.refresh_from_db()
        assert mine.due_at == NOW

    def test_it_is_read_less_often_then_and_never_all_at_once(self, told: Calendar) -> None:
        assert told.due_at is not None
        assert timedelta(minutes=45) <= told.due_at - NOW <= timedelta(minutes=75)
        assert Subscription.objects.count() == 1

    def test_where_it_does_not_live_it_is_read_as_ever(self, told: Calendar, clock: Any) -> None:
        clock.move_to(NOW + timedelta(days=8))
        again = read(told)
        assert again.due_at is not None
        assert timedelta(minutes=15) <= again.due_at - NOW - timedelta(days=8) <= timedelta(minutes=20)

    # It tells

    def test_a_change_is_read_within_seconds(self, told: Calendar, there: Simulator, client: Client) -> None:
        answer = deliver(client, self.changed(there))
        assert (answer.status_code, answer.content) == (202, b"")
        due = Calendar.objects.get().due_at
        assert due is not None
        assert NOW < due <= NOW + timedelta(seconds=20)
        read(told)
        assert BusyTime.objects.count() == 1

    def test_it_comes_before_the_answer_to_the_subscription(
        self, told: Calendar, there: Simulator, client: Client
    ) -> None:
        push = self.changed(there)
        Subscription.objects.update(state=State.ASKED, external_id="", expires_at=None)
        assert deliver(client, push).status_code == 202
        due = Calendar.objects.get().due_at
        assert due is not None
        assert due <= NOW + timedelta(seconds=20)

    def test_a_storm_costs_one_reading_and_one_row(
        self, told: Calendar, there: Simulator, client: Client, rf: RequestFactory, clock: Any
    ) -> None:
        push = self.changed(there)
        clock.move_to(NOW + timedelta(minutes=5))
        assert deliver(client, push).status_code == 202
        due = Calendar.objects.get().due_at
        assert due == NOW + timedelta(minutes=5, seconds=2)
        due -= timedelta(seconds=1)
        Calendar.objects.update(due_at=due)
        row, headers = Subscription.objects.get(), dict(push["headers"])
        kind = headers.pop("Content-Type", "application/octet-stream")
        headers.pop("Content-Length", None)
        with CaptureQueriesContext(connection) as asked:
            for _ in range(1000):
                request = rf.post("/", push["body"].encode(), content_type=kind, headers=headers)
                assert pushes.push(request, service=self.service, subscription_id=row.pk).status_code == 202
        written = [one["sql"] for one in asked if not one["sql"].startswith("SELECT")]
        assert {sql.split()[0] for sql in written} <= {"UPDATE"}
        assert {sql.split()[1] for sql in written} == {'"calendars_calendar"'}
        assert len(asked) <= 2000
        assert (Calendar.objects.get().due_at, Subscription.objects.count()) == (due, 1), "and none puts it off"
        calls = there.calls(self.reads)
        read(told)
        assert there.calls(self.reads) == calls + 1

    reads: ClassVar[str]

    def test_what_comes_while_it_is_read_has_it_read_again(
        self, told: Calendar, there: Simulator, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        push, before = self.changed(there), mirror._read

        def meanwhile(*asked: Any) -> Any:
            reading = before(*asked)
            assert {deliver(client, push).status_code for _ in range(3)} == {202}
            return reading

        monkeypatch.setattr(mirror, "_read", meanwhile)
        again = read(told)
        assert BusyTime.objects.count() == 1
        assert again.due_at is not None
        assert again.due_at <= NOW + timedelta(seconds=20)
        assert again.claim is None

    def test_a_calendar_in_trouble_is_read_at_its_time(self, told: Calendar, there: Simulator, client: Client) -> None:
        push = self.changed(there)
        there.fault(self.reads, "status", status=503, times=None)
        failed = read(told)
        assert failed.trouble == "unreachable"
        assert deliver(client, push).status_code == 202
        assert Calendar.objects.get().due_at == failed.due_at

    # Whoever else tells

    def test_a_forged_one_is_told_nothing_and_costs_nothing(
        self, told: Calendar, there: Simulator, client: Client
    ) -> None:
        push, before = self.changed(there), Calendar.objects.values().get()
        row = Subscription.objects.values().get()
        answers = []
        for changed in self.forged(push):
            with CaptureQueriesContext(connection) as asked:
                answer = deliver(client, push, **changed)
            assert all(one["sql"].startswith("SELECT") for one in asked), changed
            assert len(asked) <= 1
            answers.append((answer.status_code, answer.content, sorted(answer.headers)))
        assert len(answers) > 5
        assert {one[:2] for one in answers} == {(404, b"")}
        assert len({str(one) for one in answers}) == 1, "one can tell nothing from them"
        assert (Calendar.objects.values().get(), Subscription.objects.values().get()) == (before, row)

    def test_who_forges_many_is_not_listened_to(
        self, told: Calendar, there: Simulator, client: Client, settings: Settings
    ) -> None:
        push = self.changed(there)
        wrong = self.forged(push)[0]
        for _ in range(pushes.REFUSED_A_MINUTE):
            assert deliver(client, push, **dict(wrong)).status_code == 404
        with CaptureQueriesContext(connection) as asked:
            assert deliver(client, push, **dict(wrong)).status_code == 429
        assert len(asked) == 0
        assert deliver(client, push, REMOTE_ADDR="192.0.2.77").status_code == 202, "others are"

    def test_what_one_knows_of_one_calendar_tells_nothing_of_another(
        self, told: Calendar, there: Simulator, client: Client, alice: Owner
    ) -> None:
        push = self.changed(there)
        second = Calendar.objects.create(
            owner=alice,
            source=self.service,
            connection=told.connection,
            external_id=self.second,
            host="",
            due_at=NOW + timedelta(hours=1),
        )
        assert read(second).trouble == ""
        work()
        other = Subscription.objects.get(calendar=second)
        before = Calendar.objects.get(pk=second.pk).due_at
        elsewhere = {"url": reverse("integrations:push", args=[self.service, other.pk])}
        assert deliver(client, push, **elsewhere).status_code == 404
        assert Calendar.objects.get(pk=second.pk).due_at == before

    def test_only_a_post_is_a_message(self, told: Calendar, client: Client) -> None:
        assert client.get(reverse("integrations:push", args=[self.service, uuid4()])).status_code == 405

    # It ends

    def test_one_that_ended_is_made_anew(self, told: Calendar, there: Simulator, clock: Any) -> None:
        old = Subscription.objects.get()
        clock.move_to(NOW + timedelta(days=8))
        there.advance(timedelta(days=8).total_seconds())
        there.expire(self.user)
        ProviderAccount.objects.update(expires_at=NOW)
        work()
        new = Subscription.objects.get()
        assert (new.pk != old.pk, new.state, new.calendar) == (True, State.LIVE, told)
        due = Calendar.objects.get().due_at
        assert due is not None
        assert due <= NOW + timedelta(days=8), "what was missed is read"

    def test_a_calendar_that_is_not_chosen_any_more(
        self, told: Calendar, there: Simulator, client: Client, alice: Owner
    ) -> None:
        push = self.changed(there)
        choosing.choose(owner=alice, connection=_connection(told), listed=[], chosen=[])
        over = Subscription.objects.get()
        assert (over.calendar, over.state, over.due_at) == (None, State.OVER, NOW)
        calls = there.calls(self.reads)
        assert deliver(client, push).status_code == 202, "it was the vendor, who may not know yet"
        assert Subscription.objects.get().due_at == over.due_at
        work()
        assert (self.living(there), Subscription.objects.count()) == ([], 0)
        assert deliver(client, push).status_code == 404
        assert there.calls(self.reads) == calls

    def test_a_calendar_that_is_removed_while_the_vendor_is_asked(
        self, mine: Calendar, there: Simulator, alice: Owner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = subscribing._called

        def meanwhile(*asked: Any) -> Any:
            made = before(*asked)
            Calendar.objects.get().delete()
            return made

        monkeypatch.setattr(subscribing, "_called", meanwhile)
        work()
        assert (self.living(there), Subscription.objects.count()) == ([], 0)

    def test_a_disconnect_tells_the_vendor_before_the_permission_goes(
        self, told: Calendar, there: Simulator, alice: Owner
    ) -> None:
        account = ProviderAccount.objects.get()
        choosing.disconnect(owner=alice, service=self.service)
        upkeep.work(account.pk)
        assert ProviderAccount.objects.get().tokens is not None
        work()
        assert (self.living(there), Subscription.objects.count()) == ([], 0)
        assert there.calls(self.ends) == 1
        ProviderAccount.objects.update(due_at=NOW)
        upkeep.work(account.pk)
        assert ProviderAccount.objects.get().tokens is None

    def test_a_permission_does_not_wait_long_for_that(self, told: Calendar, alice: Owner, clock: Any) -> None:
        account = ProviderAccount.objects.get()
        choosing.disconnect(owner=alice, service=self.service)
        clock.move_to(NOW + timedelta(minutes=2))
        upkeep.work(account.pk)
        assert ProviderAccount.objects.get().tokens is None
        work()
        [left] = Subscription.objects.all()
        assert left.due_at == left.expires_at, "it ends by itself"
        clock.move_to(NOW + timedelta(days=8))
        work()
        assert Subscription.objects.count() == 0

    # It cannot be had

    def test_a_refusal_is_the_administrators_to_read(
        self, mine: Calendar, there: Simulator, settings: Settings, client: Client, alice: Owner
    ) -> None:
        settings.OKEY_BASE_URL = "http://okey.example.com"
        work()
        row = Subscription.objects.get()
        assert row.state == State.WANTED
        assert "HTTP 400" in row.problem
        assert row.due_at is not None
        assert timedelta(days=1) <= row.due_at - NOW <= timedelta(days=1, hours=6)
        again = read(mine)
        assert (again.trouble, ProviderAccount.objects.get().state) == ("", "live")
        assert again.due_at is not None
        assert again.due_at - NOW <= timedelta(minutes=20)
        said = [one.text for one in doctor.examine() if one.subject == "Calendars that tell of changes"]
        assert len(said) == 1
        assert "HTTP 400" in said[0]
        client.force_login(alice)
        assert "HTTP 400" not in client.get(reverse("calendars")).content.decode()

    def test_a_lost_answer_ends_in_one_that_is_known(
        self, mine: Calendar, there: Simulator, client: Client, clock: Any
    ) -> None:
        there.fault(self.makes, "drop_after")
        work()
        lost = Subscription.objects.get(state=State.OVER)
        wanted = Subscription.objects.get(state=State.WANTED)
        assert wanted.due_at is not None
        assert wanted.due_at > NOW
        clock.move_to(NOW + timedelta(minutes=10))
        work()
        assert Subscription.objects.get(calendar=mine, state=State.LIVE).pk == wanted.pk
        assert deliver(client, self.changed_of(there, lost.pk)).status_code == 202

    def changed_of(self, there: Simulator, name: Any) -> Push:
        """The message about a change that is made now, by this one of several."""
        known = len(there.pushes())
        there.add_entries(self.user, DENTIST)
        sent = there.pushes(known + 2)
        return next(one for one in reversed(sent) if str(name) in one["url"])

    def test_a_limit_is_waited_for(self, mine: Calendar, there: Simulator) -> None:
        there.fault(self.makes, **self.limit)
        work()
        row = Subscription.objects.get()
        assert (row.state, row.problem) == (State.WANTED, "limited")
        assert row.due_at is not None
        assert row.due_at > NOW

    limit: ClassVar[dict[str, Any]]

    def test_a_process_that_died_while_it_asked(self, mine: Calendar, there: Simulator, clock: Any) -> None:
        died = Subscription.objects.get()
        Subscription.objects.update(state=State.ASKED, asked_at=NOW, secret_hash="0" * 64, due_at=NOW)
        clock.move_to(NOW + timedelta(minutes=10))
        work()
        clock.move_to(NOW + timedelta(minutes=20))
        work()
        assert Subscription.objects.get(calendar=mine, state=State.LIVE).pk != died.pk
        assert len(self.living(there)) == 1


def _connection(calendar: Calendar) -> Any:
    assert calendar.connection is not None
    return calendar.connection
