"""/metrics: who may read it, and that each figure is what the tables or the counters say."""

import json
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from dev.commands import ROOT
from integrations.counting import endpoint_of
from integrations.models import ProviderAccount, Rest
from meetings.models import LinkJob
from okey import figures
from okey.limits.redis_or_memory import health
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.pulse.models import Pulse
from okey.seeing import metrics as page
from tests.meetings.page_cast import meeting_of
from tests.okey.seeing.conftest import TOKEN, Figures

Capture = Callable[..., Any]


# --- who may read it --------------------------------------------------------------------------------------


def test_without_a_token_in_the_settings_there_is_no_such_page(client: Client, settings: Settings, db: None) -> None:
    settings.OKEY_METRICS_TOKEN = ""
    for given in ("", "Bearer ", "Bearer x"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_whoever_has_another_token_is_refused(client: Client, counters: Settings, db: None, given: str) -> None:
    refused = client.get("/metrics", headers={"Authorization": given})
    assert (refused.status_code, refused.content) == (401, b"")


# --- what the tables know ---------------------------------------------------------------------------------


def test_due_rows_and_the_oldest_of_each_table(metrics: Figures, alice: Owner) -> None:
    now = timezone.now()
    for minutes in (-7, -3, 5):
        Mail.objects.create(to="ada@example.com", subject="a", due_at=now + timedelta(minutes=minutes))
    assert metrics.value("okey_due_rows", table="mails.mail", lane="mails") == 2
    assert metrics.value("okey_due_oldest_seconds", table="mails.mail") == pytest.approx(7 * 60, abs=5)
    assert metrics.value("okey_due_rows", table="meetings.linkjob", lane="links") == 0


def test_more_rows_than_enough_are_not_counted(metrics: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "COUNTED_MAX", 2)
    for _number in range(4):
        Mail.objects.create(to="ada@example.com", subject="a", due_at=timezone.now())
    assert metrics.value("okey_due_rows", table="mails.mail") == 2


def test_links_that_wait_too_long_are_counted_by_their_problem(metrics: Figures, alice: Owner) -> None:
    now = timezone.now()

    def job(minutes: float, **more: Any) -> None:
        wanted = {"wanted_at": now - timedelta(minutes=minutes), "due_at": now + timedelta(minutes=9)}
        meeting_of(alice, job=wanted | more)

    job(10, problem="unavailable")
    job(1, problem="unavailable")
    job(3)
    job(60, problem="daily_limit")
    job(90, waits_for_connection=True)
    job(120, due_at=None, problem="refused")
    assert metrics.value("okey_links_waiting", problem="unavailable") == 1
    assert metrics.value("okey_links_waiting", problem="none") == 1
    assert metrics.value("okey_links_waiting", problem="daily_limit") == 1
    assert metrics.value("okey_links_waiting", problem="refused") is None
    assert metrics.value("okey_links_waiting_oldest_seconds") == pytest.approx(600, abs=5)


def test_accounts_rests_and_the_pulse(metrics: Figures) -> None:
    now = timezone.now()
    for number, state in enumerate(["ended", "ended", "needs_reconnect"]):
        ProviderAccount.objects.create(vendor="zoom", external_id=str(number), state=state)
    Rest.objects.create(key="zoom ", is_wide=True, rest_until=now + timedelta(minutes=1))
    Rest.objects.create(key="zoom 1", rest_until=now + timedelta(minutes=1))
    Rest.objects.create(key="zoom 2", rest_until=now - timedelta(minutes=1))
    assert metrics.value("okey_accounts", vendor="zoom", state="ended") == 2
    assert metrics.value("okey_accounts", vendor="zoom", state="needs_reconnect") == 1
    assert metrics.value("okey_resting", provider="zoom", what="provider") == 1
    assert metrics.value("okey_resting", provider="zoom", what="account") == 1
    assert metrics.value("okey_pulse_age_seconds") == float("inf")
    Pulse.objects.create(pk=Pulse.ONLY, at=now - timedelta(seconds=40))
    assert metrics.value("okey_pulse_age_seconds") == pytest.approx(40, abs=5)


def test_however_much_there_is_the_questions_are_the_same(metrics: Figures, alice: Owner, client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        return len(questions)

    Mail.objects.create(to="ada@example.com", subject="a", due_at=timezone.now())
    meeting_of(alice, job={"wanted_at": timezone.now() - timedelta(hours=1), "due_at": timezone.now()})
    few = asked()
    for _number in range(5):
        Mail.objects.create(to="ada@example.com", subject="a", due_at=timezone.now())
        meeting_of(alice, job={"wanted_at": timezone.now() - timedelta(hours=1), "due_at": timezone.now()})
    assert asked() == few < 40


def test_a_database_that_is_away_is_a_figure_and_the_counters_are_still_there(
    metrics: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise DatabaseError

    assert metrics.value("okey_database_up") == 1
    figures.count(figures.SIGN_INS, outcome="refused")
    monkeypatch.setattr(Pulse, "last", away)
    assert metrics.value("okey_database_up") == 0
    assert metrics.value("okey_sign_ins_total", outcome="refused") == 1


# --- what has happened ------------------------------------------------------------------------------------


def test_what_is_noted_is_counted_when_it_is_committed(
    metrics: Figures, django_capture_on_commit_callbacks: Capture
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for seconds in (0.4, 3.0, 4000.0):
            figures.note(figures.LINKS, seconds=seconds, provider="zoom", outcome="made")
        figures.note(figures.LINKS, provider="zoom", outcome="retry_unavailable")
        with transaction.atomic():
            figures.note(figures.LINKS, provider="zoom", outcome="retry_unavailable")
            transaction.set_rollback(True)
    assert metrics.value("okey_links_total", provider="zoom", outcome="made") == 3
    assert metrics.value("okey_links_total", provider="zoom", outcome="retry_unavailable") == 1
    assert metrics.value("okey_link_seconds_bucket", provider="zoom", le="1.0") == 1
    assert metrics.value("okey_link_seconds_bucket", provider="zoom", le="5.0") == 2
    assert metrics.value("okey_link_seconds_bucket", provider="zoom", le="+Inf") == 3
    assert metrics.value("okey_link_seconds_sum", provider="zoom") == pytest.approx(4003.4)


def test_every_counter_has_its_name_and_words_before_it_counts(metrics: Figures) -> None:
    families = metrics.families()
    for counter in (*figures.COUNTERS, *figures.HISTOGRAMS):
        assert families[counter.name].documentation == counter.help
    assert metrics.value("okey_counters_up") == 1


@pytest.mark.parametrize("address", ["redis://127.0.0.1:1/0", "amqp://127.0.0.1"])
def test_without_redis_nothing_is_counted_and_nothing_fails(
    metrics: Figures, settings: Settings, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    settings.REDIS_URL = address
    health._rests_until = 0  # it is asked
    with caplog.at_level(logging.INFO, "okey.figures"):
        figures._note(figures.LINKS, logging.INFO, 1.0, {"provider": "zoom", "outcome": "made"})
    assert metrics.value("okey_counters_up") == 0
    assert metrics.value("okey_links_total", outcome="made") is None
    assert "links provider=zoom outcome=made seconds=1.0" in caplog.text


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/oauth/token", "/oauth/token"),
        ("/v2/users/me/meetings", "/v2/users/me/meetings"),
        ("/v2/meetings/81234567890", "/v2/meetings/*"),
        ("/v2/spaces/jQCFfuBOdN5z", "/v2/spaces/*"),
        ("/v1.0/me/onlineMeetings/createOrGet", "/v1.0/me/onlineMeetings/createOrGet"),
        ("/v1.0/me/onlineMeetings/MSo1N2Y5", "/v1.0/me/onlineMeetings/*"),
        ("/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/v2.0/token", "/*/oauth2/v2.0/token"),
        ("", ""),
    ],
)
def test_an_endpoint_names_nobody(path: str, endpoint: str) -> None:
    assert endpoint_of(path) == endpoint


def test_link_jobs_have_their_index_for_what_waits() -> None:
    assert "link_jobs_by_wait" in {index.name for index in LinkJob._meta.indexes}


# --- the alert rules --------------------------------------------------------------------------------------


def _alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((ROOT / "docker" / "prometheus-alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_alert_rules_ask_for_figures_that_there_are(metrics: Figures) -> None:
    found = metrics.families()
    there = {name for name, one in found.items() if one.type != "counter"}
    there |= {f"{name}_total" for name, one in found.items() if one.type == "counter"}
    asked = {name for rule in _alerts() for name in re.findall(r"\bokey_[a-z_]+", rule["expr"])}
    assert len(asked) > 5
    assert asked <= there


def _dashboard() -> dict[str, Any]:
    dashboard: dict[str, Any] = json.loads((ROOT / "docker" / "grafana-dashboard.json").read_text())
    return dashboard


def test_the_dashboard_asks_for_figures_and_labels_that_there_are(metrics: Figures) -> None:
    queries = [target["expr"] for panel in _dashboard()["panels"] for target in panel["targets"]]
    assert {name.removesuffix("_bucket") for query in queries for name in re.findall(r"\bokey_[a-z_]+", query)} == {
        f"{name}_total" if one.type == "counter" else name for name, one in metrics.families().items()
    }
    labels = {label for query in queries for by in re.findall(r"by \(([^)]+)\)", query) for label in by.split(", ")}
    gauges = {"problem", "lane", "table", "vendor", "state", "provider", "what"}
    assert labels - {"le"} <= gauges | {label for one in figures.COUNTERS for label in one.labels}


def test_the_dashboards_panels_have_their_own_numbers_and_places() -> None:
    panels = _dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    assert all(panel["datasource"]["uid"] == "${source}" for panel in panels)


def test_each_alert_and_each_figure_is_in_the_operators_document(metrics: Figures) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    assert re.findall(r"^### (OKey\w+)$", text, re.MULTILINE) == [rule["alert"] for rule in _alerts()]
    names = {f"{name}_total" if one.type == "counter" else name for name, one in metrics.families().items()}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []
