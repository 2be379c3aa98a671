"""A grant that two owners share, under everything at once: refreshes that race, sleep, are killed or go unheard."""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from integrations import access, connections, grants, upkeep
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from integrations.providers.base import Outcome
from okey.lib.claims import unclaimed
from okey.owners.models import Owner
from tests.machines.actors import Actor
from tests.machines.vendor import Answer, Asked, Pair, Vendor
from tests.machines.world import Choice, World, choices, connect, profile, weighted, work_on_attempts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]

PROCESSES_MAX = 3
#: With grace so much may go wrong before all is well again; more may outlast it.
FAULTS_AT_ONCE = 2
STATE = ProviderAccount.State

#: What happens, and how often.
ACTS = {
    "use": 6,
    "use_refused": 1,
    "care": 2,
    "go_on": 12,
    "kill": 1,
    "sleep_over_an_answer": 1,
    "connect": 2,
    "disconnect": 1,
    "seconds_pass": 3,
    "claims_run_out": 3,
    "a_minute_passes": 2,
}
FAULTS = {Answer.LOST, Answer.LATE, Answer.UNAVAILABLE, Answer.MISCONFIGURED}


class TokenRefresh(RuleBasedStateMachine):
    def __init__(self, world: World, *, grace: int) -> None:
        super().__init__()
        self.world = world
        self.vendor = Vendor(grace=timedelta(seconds=grace))
        self.processes: list[Actor] = []
        self.stored = (0, 0)
        self.faults = 0
        world.begin(self.vendor)

    @initialize()
    def both_are_connected(self) -> None:
        for owner in (self.world.alice, self.world.bob):
            connect(owner, self.vendor)

    @rule(act=weighted(ACTS), choice=choices)
    def step(self, act: str, choice: Choice) -> None:
        getattr(self, act)(choice)
        self.processes = [process for process in self.processes if not process.dead]

    # --- people ---

    def connect(self, choice: Choice) -> None:
        connect(self.owner(choice), self.vendor)

    def disconnect(self, choice: Choice) -> None:
        connection = connections.default_of(self.owner(choice))
        if connection is not None:
            connections.disconnect(owner=connection.owner, connection_id=connection.pk)

    # --- processes ---

    def use(self, choice: Choice) -> None:
        if not self.processes:
            self.token_runs_out()
        self.start(lambda: self.get_access(self.owner(choice)), choice)

    def use_refused(self, choice: Choice) -> None:
        self.start(lambda: self.get_access(self.owner(choice), is_refused=True), choice)

    def care(self, choice: Choice) -> None:
        if not self.processes:
            self.a_day_is_over()
        self.start(self.work, choice)

    def go_on(self, choice: Choice) -> None:
        if self.processes:
            process = self.processes[choice.number % len(self.processes)]
            is_wrong = choice.answer in FAULTS and self.goes_wrong()
            dies = choice.dies and choice.points is not None and self.goes_wrong()
            process.go(points=choice.points, dies=dies, answer=choice.answer if is_wrong else Answer.TRUE)

    def kill(self, choice: Choice) -> None:
        if self.processes and self.goes_wrong():
            self.processes[choice.number % len(self.processes)].kill()

    def sleep_over_an_answer(self, choice: Choice) -> None:
        """A process has its answer and stops, until its claim is over or its owner has connected anew, and wakes."""
        if not self.goes_wrong():
            return
        if not self.processes:
            self.use(Choice(number=choice.number))
        for sleeper in self.processes[:1]:
            sleeper.go(points=0)
            if choice.dies:
                self.connect(choice)
            else:
                self.claims_run_out(choice)
            if not sleeper.dead:
                sleeper.go()

    # --- time ---

    def seconds_pass(self, choice: Choice) -> None:
        self.pass_time(3)

    def claims_run_out(self, choice: Choice) -> None:
        self.pass_time(46)

    def a_minute_passes(self, choice: Choice) -> None:
        self.pass_time(61)

    def two_minutes_pass(self, choice: Choice) -> None:
        """Longer than the grace after the latest that a lost call can be carried out; nobody asks but O-Key itself."""
        for _minute in range(2):
            self.a_minute_passes(choice)

    def token_runs_out(self) -> None:
        """It does so by the clock, too; but then whatever is in flight would long be over."""
        soon = timezone.now() + timedelta(seconds=30)
        ProviderAccount.objects.filter(expires_at__gt=soon).update(expires_at=soon)

    def a_day_is_over(self) -> None:
        """The daily refresh has come."""
        owing = ProviderAccount.objects.filter(due_at__isnull=False, suspected_at=None, revoke_after=None)
        owing.update(due_at=timezone.now())

    # --- what always holds ---

    @invariant()
    def all_promises_hold(self) -> None:
        account = self.account()
        self.the_tokens_are_those_of_a_live_grant(account)
        self.nothing_older_comes_back(account)
        self.a_verdict_had_its_reasons(account)
        self.no_pair_is_refreshed_twice_for_nothing()
        if not self.processes:
            self.the_stored_pair_is_zooms_unless_that_was_lost(account)

    def the_tokens_are_those_of_a_live_grant(self, account: ProviderAccount) -> None:
        if account.state == STATE.LIVE:
            assert account.tokens is not None
        if account.state == STATE.ENDED:
            assert account.tokens is None, "the tokens of an ended grant are kept"

    def nothing_older_comes_back(self, account: ProviderAccount) -> None:
        pair = self.stored_pair(account)
        if pair is not None:
            numbers = (pair.grant, pair.number)
            assert numbers >= self.stored, "an older pair has overwritten a newer one"
            self.stored = numbers

    def a_verdict_had_its_reasons(self, account: ProviderAccount) -> None:
        pair = self.stored_pair(account)
        if account.state == STATE.NEEDS_RECONNECT and pair is not None:
            assert not self.has_grace, "with grace no grant is lost"
            refused = [asked.refused_at for asked in self.asked_with(pair) if asked.refused_at]
            assert len(refused) >= 2, "one refusal is no verdict"
            assert max(refused) - min(refused) >= timedelta(seconds=60), "the second look came too soon"

    def no_pair_is_refreshed_twice_for_nothing(self) -> None:
        """Again only where no answer came, or the process slept past its claim with it, or died with it."""
        for earlier, later in combinations(self.vendor.asked, 2):
            if earlier.refresh_token == later.refresh_token and earlier.issued and earlier.is_answered:
                assert has_slept(earlier, later.at) or has_slept(later, later.at), "one pair was refreshed twice"

    def the_stored_pair_is_zooms_unless_that_was_lost(self, account: ProviderAccount) -> None:
        newest, stored = self.vendor.newest_pair("jill"), self.stored_pair(account)
        is_on_its_way = AuthorizationAttempt.objects.exclude(tokens=None).exists()
        if newest is None or stored is newest or is_on_its_way:
            return
        issued = next((asked for asked in self.vendor.asked if asked.issued is newest), None)
        assert issued is not None, "a grant was thrown away"
        assert issued.by is not None
        assert not issued.is_answered or issued.by.is_killed, "the live pair came, and was not kept"

    # --- the end ---

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.settle()
        finally:
            for process in self.processes:
                process.kill()

    def settle(self) -> None:
        """No more faults. What nobody uses is revoked; what was lost, and nothing else, needs reconnecting."""
        for process in self.processes:
            process.go_to_the_end()
        self.processes = []
        for _minute in range(5):
            self.token_runs_out()
            self.a_day_is_over()
            self.pass_time(61, sweeps=True)
            self.all_promises_hold()
        account = self.account()
        if not Connection.objects.active().exists():
            assert (account.state, account.tokens) == (STATE.ENDED, None)
            assert self.vendor.newest_pair("jill") is None or not self.has_grace
        elif self.has_grace:
            assert account.state == STATE.LIVE
        for owner in (self.world.alice, self.world.bob):
            connect(owner, self.vendor)
        account = self.account()
        assert account.state == STATE.LIVE
        assert self.stored_pair(account) is self.vendor.newest_pair("jill")

    # --- helpers ---

    @property
    def has_grace(self) -> bool:
        return bool(self.vendor.grace)

    def goes_wrong(self) -> bool:
        """Whether one more thing may; it then does. With grace two at once."""
        if not self.has_grace:
            return True
        if self.is_well():
            self.faults = 0
        self.faults += 1
        return self.faults <= FAULTS_AT_ONCE

    def is_well(self) -> bool:
        """What is stored is the newest, and nothing that went wrong may still replace it."""
        account = self.account()
        is_newest = self.stored_pair(account) is self.vendor.newest_pair("jill")
        return is_newest and account.lost_at is None and not self.vendor.late

    def account(self) -> ProviderAccount:
        return ProviderAccount.objects.get()

    def owner(self, choice: Choice) -> Owner:
        return self.world.bob if choice.number % 2 else self.world.alice

    def stored_pair(self, account: ProviderAccount) -> Pair | None:
        _access_token, refresh_token = grants.tokens_of(account)
        return next((pair for pair in self.vendor.pairs if pair.refresh_token == refresh_token), None)

    def asked_with(self, pair: Pair) -> list[Asked]:
        return [asked for asked in self.vendor.asked if asked.refresh_token == pair.refresh_token]

    def start(self, call: Callable[[], object], choice: Choice) -> None:
        if len(self.processes) < PROCESSES_MAX:
            process = Actor("process", call, about=self.account().pk)
            self.processes.append(process)
            process.go(points=choice.points)

    def work(self) -> None:
        upkeep.work(self.account().pk)

    def get_access(self, owner: Owner, *, is_refused: bool = False) -> None:
        connection = connections.default_of(owner)
        if connection is None:
            return
        try:
            got = access.access(connection.pk)
            if is_refused:
                access.renew_refused(got)
        except (access.NotLive, access.Busy, Outcome):
            return
        stored = self.stored_pair(self.account())
        if stored is not None:
            used = next(pair for pair in self.vendor.pairs if pair.access_token == got.token)
            assert (used.grant, used.number) <= (stored.grant, stored.number), "a pair was used before it was committed"

    def pass_time(self, seconds: int, *, sweeps: bool = False) -> None:
        """With grace the sweep comes every few seconds, as it does; else it comes when the machine likes."""
        for _step in range(seconds // 3):
            self.world.pass_time(3)
            work_on_attempts()
            if sweeps or self.has_grace:
                for account in ProviderAccount.objects.filter(unclaimed(timezone.now()), due_at__lte=timezone.now()):
                    Actor("sweep", self.work, about=account.pk).go_to_the_end()


def has_slept(asked: Asked, now: datetime) -> bool:
    """Whether the claim was over that it was asked under."""
    return asked.claimed_until is None or now >= asked.claimed_until


@pytest.mark.parametrize("grace", [0, 60], ids=["no grace", "a minute of grace"])
def test_no_grant_dies_that_zoom_did_not_end(world: World, grace: int) -> None:
    run_state_machine_as_test(
        lambda: TokenRefresh(world, grace=grace),  # type: ignore[arg-type] # a factory does
        settings=profile(examples=25, steps=40),
    )


def test_a_refresh_that_zoom_carries_out_late_costs_no_grant(world: World) -> None:
    """Once found by the machine in 500 runs: the newer pair is replaced after it was stored, and dies soon after."""
    machine = TokenRefresh(world, grace=60)
    machine.both_are_connected()
    machine.use(Choice())
    machine.go_on(Choice(answer=Answer.LATE))
    machine.go_on(Choice())
    machine.step(act="two_minutes_pass", choice=Choice())
    machine.settle()


def test_two_lost_calls_that_zoom_carries_out_after_a_third_has_worked_cost_no_grant(world: World) -> None:
    """What a lost answer owes outlives the next success."""
    machine = TokenRefresh(world, grace=60)
    machine.both_are_connected()
    machine.use(Choice())
    machine.go_on(Choice(answer=Answer.LATE))
    machine.go_on(Choice(answer=Answer.LATE))
    machine.step(act="two_minutes_pass", choice=Choice())
    machine.settle()


def test_a_late_call_and_the_death_of_the_process_that_looks_after_it_cost_no_grant(world: World) -> None:
    machine = TokenRefresh(world, grace=60)
    machine.both_are_connected()
    machine.use(Choice())
    machine.go_on(Choice(answer=Answer.LATE))
    machine.go_on(Choice())
    world.pass_time(20)
    machine.start(machine.work, Choice())
    machine.kill(Choice())
    machine.step(act="two_minutes_pass", choice=Choice())
    machine.settle()


def test_a_pair_that_was_slept_over_does_not_overwrite_a_newer_one(world: World) -> None:
    machine = TokenRefresh(world, grace=60)
    machine.both_are_connected()
    machine.sleep_over_an_answer(Choice(dies=True))
    machine.all_promises_hold()
    machine.settle()


def test_a_refresh_whose_begin_was_long_in_being_committed_costs_no_grant(world: World) -> None:
    """A begin that is too old does not tell until when the call may be carried out."""
    machine = TokenRefresh(world, grace=60)
    machine.both_are_connected()
    machine.use(Choice(points=0))
    (process,) = machine.processes
    while not (process.dead or "lost_at" in process.at):
        process.go(points=0)
    assert process.at.startswith("UPDATE")
    machine.claims_run_out(Choice())
    process.go()
    for answer in (Answer.LATE, Answer.TRUE):
        if not process.dead:
            process.go(answer=answer)
    machine.step(act="two_minutes_pass", choice=Choice())
    machine.settle()
