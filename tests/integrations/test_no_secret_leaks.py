"""After a full run, every value that Zoom issued is looked for wherever it must not be."""

import logging
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.db import connection as database
from django.test import Client
from pytest_django import Settings

from integrations import authorization, conferencing, connections
from integrations.models import AuthorizationAttempt, ProviderAccount
from integrations.providers.base import Outcome
from okey.celery import app
from okey.lib import asking
from okey.owners.models import Owner
from tests.integrations.providers.a_meeting import meeting_request
from tests.integrations.walking import Clock, account, active, returned_query, work_on
from tests.zoom_fixtures import authorize, connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


class Witness:
    """Collects every text that could have leaked something."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self.texts: list[str] = []

    def attempt(self, step: Callable[[], Any]) -> None:
        """Do it; what it raises is a text like any other."""
        try:
            self.texts.append(repr(step()))
        except (Outcome, conferencing.NotLive, conferencing.Busy) as error:
            self.texts += [*traceback.format_exception(error), repr(error), str(vars(error))]

    def get(self, client: Client, url: str) -> Any:
        answer = client.get(url, follow=True)
        self.texts += [answer.content.decode(), str(answer.redirect_chain), str(answer.headers)]
        return answer

    def everything(self) -> list[str]:
        logged = [f"{record.getMessage()} {record.__dict__}" for record in self._caplog.records]
        sessions = [str(session.get_decoded()) for session in Session.objects.all()]
        return [*self.texts, self._caplog.text, *logged, *sessions, *_columns()]


def _columns() -> list[str]:
    """Every row of every table, as plain as the database holds it."""
    with database.cursor() as cursor:
        rows = []
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")  # noqa: S608 -- names of our own tables
            rows += [f"{table}: {row!r}" for row in cursor.fetchall()]
    return rows


@pytest.fixture
def witness(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Witness:
    caplog.set_level(logging.INFO)
    # After the root: each call sets the level of caplog's own handler, too.
    for name in ("okey", "integrations", "meetings", "django", "celery", "kombu", "allauth"):
        caplog.set_level(logging.DEBUG, logger=name)
    for name in ("urllib3", "requests", "requests_oauthlib", "oauthlib"):
        assert logging.getLogger(name).getEffectiveLevel() >= logging.INFO, f"{name} would print tokens"
    seen = Witness(caplog)

    def send_task(*args: Any, **kwargs: Any) -> None:
        seen.texts.append(f"task {args} {kwargs}")

    monkeypatch.setattr(app, "send_task", send_task)
    monkeypatch.setattr(asking, "waiting", lambda *_: 0)  # of no broker
    return seen


def live_through_everything(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, client: Client, clock: Clock, witness: Witness
) -> set[str]:
    """Connect, fail, wait, make meetings, refresh, lose, replace, disconnect. Returns the states that were used."""
    attempt = authorization.begin(alice, "zoom")
    url = authorization.url_of(attempt)
    states = {returned_query(url)["state"]}
    back = zoom.approve(url)
    states.add(returned_query(back)["state"])
    parts = urlsplit(back)
    witness.get(client, f"{parts.path}?{parts.query}")
    witness.get(client, f"{parts.path}?code={returned_query(back)['code']}")
    witness.get(client, f"{parts.path}?{parts.query}")
    [hers] = active(alice)

    for fault in ("status", "xml", "bad_json", "drop_after", "rate_limit_second"):
        zoom.fault("exchange", fault)
        witness.attempt(lambda: authorize(zoom, bob))
    quoting = {"reason": "Invalid authorization code " + "c0de" * 8, "error": "invalid_request"}
    zoom.fault("exchange", "status", status=400, body=quoting)
    witness.attempt(lambda: authorize(zoom, bob))
    zoom.fault("users_me", "status", times=2)
    waiting = authorize(zoom, bob)
    clock.until_due(waiting)
    witness.attempt(lambda: work_on(waiting))

    opened = conferencing.opened(hers) if account().grant_no else None
    witness.attempt(lambda: opened)
    for fault in ("status", "xml", "bad_json", "drop_after", "rate_limit_daily"):
        zoom.fault("create", fault)
        witness.attempt(lambda: conferencing.create(conferencing.opened(hers), meeting_request()))
    ProviderAccount.objects.update(blocked_until=None)
    waiting.refresh_from_db()
    if waiting.due_at:
        clock.until_due(waiting)
        witness.attempt(lambda: work_on(waiting))
    hers = connect_zoom(zoom, alice)
    witness.attempt(lambda: conferencing.create(conferencing.opened(hers), meeting_request()))

    clock.shift(hours=2)
    for fault in ("status", "xml", "bad_json"):
        zoom.fault("refresh", fault)
        witness.attempt(lambda: conferencing.opened(hers))
    witness.attempt(lambda: conferencing.opened(hers))
    asking = authorize(zoom, alice, "ben")
    witness.attempt(lambda: authorization.answer(asking.pk, replace=True))
    for one in active(alice) + active(bob):
        connections.disconnect(owner=one.owner, connection_id=one.pk)
    zoom.fault("revoke", "status")
    for owing in ProviderAccount.objects.all():
        witness.attempt(lambda owing=owing: work_on(owing))
    return states


@pytest.mark.parametrize("tokens_stay", [True, False])
def test_no_secret_is_anywhere_after_a_full_run(
    zoom: ZoomSimulator,
    alice: Owner,
    bob: Owner,
    alice_client: Client,
    clock: Clock,
    witness: Witness,
    settings: Settings,
    django_capture_on_commit_callbacks: Any,
    tokens_stay: bool,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        states = live_through_everything(zoom, alice, bob, alice_client, clock, witness)
        if not tokens_stay:
            for owing in ProviderAccount.objects.all():
                clock.until_due(owing) if owing.due_at else None
                work_on(owing)
    with suppress(AuthorizationAttempt.DoesNotExist):
        witness.texts.append(repr(AuthorizationAttempt.objects.latest("created_at").__dict__))
    issued = zoom.secrets()
    assert len(issued) > 20
    assert ProviderAccount.objects.exclude(tokens=None).exists() is tokens_stay
    forbidden = issued | states | {"c0de" * 8, settings.ZOOM_CLIENT_SECRET, settings.SECRET_KEY}
    texts = witness.everything()
    assert any("task" in text for text in witness.texts)
    assert len(texts) > 100
    leaks = [(secret[:6], text[:200]) for secret in forbidden for text in texts if secret in text]
    assert leaks == []
