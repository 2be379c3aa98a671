"""What both machines stand on: an empty database, a clock that only they move, and the provider in the registry."""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from integrations import authorization, registry
from integrations.models import AuthorizationAttempt, Connection, ConnectionEvent, ProviderAccount
from meetings.models import Meeting, ReconnectReminder
from okey.contacts.models import Contact
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.machines.vendor import Answer, Vendor

START = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
#: More examples, for an hour's run: OKEY_HYPOTHESIS=thorough .venv/bin/pytest tests/machines
FACTOR = 20 if os.environ.get("OKEY_HYPOTHESIS") == "thorough" else 1
#: What a machine leaves behind, in an order in which it can be deleted.
LEFT_BEHIND = (Meeting, AuthorizationAttempt, ReconnectReminder, Connection, ConnectionEvent, ProviderAccount, Mail)


def profile(*, examples: int, steps: int) -> settings:
    """The same examples in every run, on every machine."""
    return settings(
        max_examples=examples * FACTOR,
        stateful_step_count=steps,
        derandomize=True,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


@dataclass(frozen=True)
class Choice:
    """The particulars of a step, of which it takes what it needs."""

    number: int = 0
    answer: Answer = Answer.TRUE
    #: Go on past so many points in the database; None: to the next call.
    points: int | None = None
    dies: bool = False


choices = st.builds(
    Choice,
    number=st.integers(0, 5),
    answer=st.sampled_from([*Answer, *[Answer.TRUE] * 4, *[Answer.LOST] * 2]),
    points=st.sampled_from([None, None, 0, 0, 1, 2, 3, 5, 8]),
    dies=st.sampled_from([False, False, True]),
)


def weighted(acts: dict[str, int]) -> st.SearchStrategy[str]:
    """One rule draws all steps from this: of many rules Hypothesis leaves out half in each example, and too little
    would come of the rest."""
    return st.sampled_from([act for act, weight in acts.items() for _ in range(weight)])


@dataclass
class World:
    """Alice has a contact and may connect; bob uses what she uses."""

    alice: Owner
    bob: Owner
    ann: Contact
    clock: time_machine.Traveller
    vendor: Vendor = field(default_factory=Vendor)

    def begin(self, vendor: Vendor) -> None:
        """Everything as on the first day."""
        for model in LEFT_BEHIND:
            model._default_manager.all().delete()
        self.clock.move_to(START, tick=False)
        self.vendor = vendor
        registry.PROVIDERS["zoom"] = registry.VENDORS["zoom"] = lambda: vendor

    def pass_time(self, seconds: float) -> None:
        self.clock.shift(timedelta(seconds=seconds))
        self.vendor.catch_up()


def connect(owner: Owner, vendor: Vendor, user: str = "jill") -> AuthorizationAttempt:
    """Walk the whole way to a connection, replacing another account's."""
    attempt = authorization.begin(owner, "zoom")
    state = json.loads(attempt.opened("secrets"))["state"]
    authorization.receive("zoom", state=state, code="consent", error="", visitor=owner)
    vendor.visitor = user
    attempt = authorization.proceed(attempt.pk)
    if attempt.status == AuthorizationAttempt.Status.ASKING:
        attempt = authorization.answer(attempt.pk, replace=True)
    return attempt


def work_on_attempts() -> None:
    """The sweep finds the attempts that are due."""
    for attempt in AuthorizationAttempt.objects.filter(due_at__lte=timezone.now()):
        authorization.work(attempt.pk)
