"""Whatever is planted, one at a time, the doctor names it and says how to mend it; and else says nothing bad."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.utils import timezone
from pytest_django import Settings

from integrations import doctor
from integrations.doctor import Level
from integrations.models import Connection, ProviderAccount
from meetings.models import Invitation, LinkJob
from okey import figures
from okey.owners.models import Owner
from okey.pulse import reporting, settings_seen
from okey.pulse.models import Process, Pulse
from okey.webhooks.models import Endpoint
from tests.integrations.outside import Environ, MailServer, Outside
from tests.integrations.well import broker_url, mail_server, outside, well
from tests.meetings.page_cast import meeting_of

pytestmark = [pytest.mark.django_db, pytest.mark.another_clock]

__all__ = ["broker_url", "mail_server", "outside", "well"]


@dataclass
class Scene:
    settings: Settings
    outside: Outside
    mail_server: MailServer
    alice: Owner

    def set(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self.settings, name, value)


@pytest.fixture
def scene(well: Settings, outside: Outside, mail_server: MailServer, alice: Owner) -> Scene:
    return Scene(well, outside, mail_server, alice)


def _proxy(change: Callable[[Environ], Any]) -> Callable[[Scene], None]:
    return lambda scene: setattr(scene.outside, "proxy", change)


def _without_headers(environ: Environ) -> None:
    environ.pop("HTTP_X_FORWARDED_PROTO", None)


def _forwards_what_it_got(environ: Environ) -> None:
    environ["HTTP_X_FORWARDED_PROTO"] = "https"


def _with_its_own_host(environ: Environ) -> None:
    environ["HTTP_HOST"] = "okey-web:8000"


def _another_key(scene: Scene) -> None:
    with _changed(scene.settings, "OKEY_ENCRYPTION_KEYS", (b"w" * 32,)):
        reporting.report("worker@machine 7")


def _another_secret(scene: Scene) -> None:
    with _changed(scene.settings, "SECRET_KEY", "another" * 9):
        reporting.report("worker@machine 7")


def _another_mail_server(scene: Scene) -> None:
    with _changed(scene.settings, "EMAIL_HOST_PASSWORD", "last-years"):
        reporting.report("beat@machine 8")


class _changed:  # noqa: N801 -- a context manager
    def __init__(self, settings: Settings, name: str, value: object) -> None:
        self._settings, self._name, self._value = settings, name, value

    def __enter__(self) -> None:
        self._before = getattr(self._settings, self._name)
        setattr(self._settings, self._name, self._value)

    def __exit__(self, *_: object) -> None:
        setattr(self._settings, self._name, self._before)


def _refuses_the_sign_in(scene: Scene) -> None:
    scene.set(EMAIL_HOST_USER="okey", EMAIL_HOST_PASSWORD="wrong-password")
    scene.mail_server.answers["AUTH"] = "535 5.7.8 no"


def _sealed_with_another_key(scene: Scene) -> None:
    account = ProviderAccount.objects.create(vendor="zoom", external_id="jill")
    ProviderAccount.objects.filter(pk=account.pk).update(tokens=account.seal("tokens", "{}"))
    scene.set(OKEY_ENCRYPTION_KEYS=(b"n" * 32,))


def _job(**job: Any) -> Callable[[Scene], None]:
    return lambda scene: (meeting_of(scene.alice, job=job), None)[1]


def _long_ago(minutes: int = 10) -> Any:
    return timezone.now() - timedelta(minutes=minutes)


PLANTED: dict[str, tuple[Callable[[Scene], object], Level, str, str, str]] = {
    # what is planted: (how, level, subject, words of the finding, words of the mend)
    "another key": (_sealed_with_another_key, Level.BAD, "Encryption keys", "does not open", "OKEY_ENCRYPTION_KEYS"),
    "nobody at the address": (
        lambda scene: scene.set(OKEY_BASE_URL="http://127.0.0.1:1"), Level.WARNING, "Address from outside",
        "does not reach", "OKEY_BASE_URL",
    ),
    "somebody else at the address": (
        _proxy(lambda _: ("200 OK", [])), Level.BAD, "Address from outside", "Something else answers", "OKEY_BASE_URL",
    ),
    "the proxy finds no web process": (
        _proxy(lambda _: ("502 Bad Gateway", [])), Level.BAD, "Address from outside", "502", "web process",
    ),
    "the address redirects": (
        _proxy(lambda _: ("301 Moved", [("Location", "https://www.okey.example/")])), Level.BAD,
        "Address from outside", "redirects", "OKEY_BASE_URL",
    ),
    "the proxy hides the host": (
        _proxy(_with_its_own_host), Level.BAD, "Address from outside", "refuses the host", "Host",
    ),
    "the proxy does not say https": (
        _proxy(_without_headers), Level.BAD, "Address from outside", "plain http", "X-Forwarded-Proto",
    ),
    "the proxy believes its clients": (
        _proxy(_forwards_what_it_got), Level.BAD, "Address from outside", "any address", "X-Forwarded-For",
    ),
    "one proxy too many is counted": (
        lambda scene: scene.set(TRUSTED_PROXY_COUNT=2), Level.BAD, "Address from outside", "any address",
        "TRUSTED_PROXY_COUNT",
    ),
    "the proxy is not listened to": (
        lambda scene: scene.set(TRUST_PROXY_HEADERS=False), Level.BAD, "Address from outside", "one network",
        "TRUST_PROXY_HEADERS=1",
    ),
    "no mail server": (
        lambda scene: scene.set(EMAIL_PORT=1), Level.BAD, "Mail server", "ConnectionRefusedError", "EMAIL_URL",
    ),
    "another password at the mail server": (
        _refuses_the_sign_in, Level.BAD, "Mail server", "refuses the sign-in (535)", "EMAIL_URL",
    ),
    "TLS that the mail server has not": (
        lambda scene: scene.set(EMAIL_USE_TLS=True), Level.BAD, "Mail server", "SMTPNotSupportedError", "TLS",
    ),
    "a sender that the mail server refuses": (
        lambda scene: scene.mail_server.answers.update(MAIL="550 5.7.1 not yours"), Level.BAD, "Mail server",
        "550 5.7.1 not yours", "DEFAULT_FROM_EMAIL",
    ),
    "a mail server that asks to wait": (
        lambda scene: scene.mail_server.answers.update(RCPT="450 4.2.0 greylisted"), Level.WARNING, "Mail server",
        "450", "DEFAULT_FROM_EMAIL",
    ),
    "an API that is not there": (
        lambda scene: scene.set(ZOOM_API_BASE_URL="http://127.0.0.1:1"), Level.BAD, "Zoom: reached",
        "No answer from http://127.0.0.1:1", "BASE_URL",
    ),
    "a wrong client secret": (
        lambda scene: scene.set(ZOOM_CLIENT_SECRET="wrong"), Level.BAD, "Zoom: client ID and secret",
        "refuses them", "client secret",
    ),
    "no broker": (
        lambda scene: scene.set(REDIS_URL="redis://127.0.0.1:1/0"), Level.BAD, "Broker", "does not answer", "REDIS_URL",
    ),
    "neither worker nor beat": (
        lambda _: Pulse.objects.all().delete(), Level.BAD, "Worker and beat", "No sign of life", "celery",
    ),
    "a worker with other keys": (
        _another_key, Level.BAD, "Settings of workers and beat",
        "worker@machine 7 has others than this process: OKEY_ENCRYPTION_KEYS.", "same environment",
    ),
    "a worker with another SECRET_KEY": (
        _another_secret, Level.BAD, "Settings of workers and beat", "worker@machine 7 has others than this process: "
        "SECRET_KEY.", "same environment",
    ),
    "beat with another mail server": (
        _another_mail_server, Level.BAD, "Settings of workers and beat", "EMAIL_URL", "restart",
    ),
    "creates that Zoom answers with errors": (
        lambda scene: _job(problem="unavailable", wanted_at=_long_ago(), due_at=_long_ago(-9))(scene), Level.BAD,
        "Meetings without a link", "1 waits for longer than two minutes: The provider is not answering.", "link jobs",
    ),
    "creates that Zoom refuses": (
        lambda scene: _job(problem="refused")(scene), Level.BAD, "Meetings without a link",
        "1 gets none as it is: The provider refused.", "link jobs",
    ),
    "a worker that cannot open the tokens": (
        lambda scene: _job(problem="misconfigured", wanted_at=_long_ago(), due_at=_long_ago(-9))(scene), Level.BAD,
        "Meetings without a link", "not set up correctly", "keys",
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_named_with_its_mend(scene: Scene, planted: str) -> None:
    plant, level, subject, words, mend = PLANTED[planted]
    before = {one.subject for one in doctor.examine() if one.level is not Level.OK}
    assert before == {"Mode", "Zoom: simulator"}
    plant(scene)
    named = [one for one in doctor.examine() if one.subject == subject and one.level is level]
    assert [one.subject for one in named] == [subject], doctor.examine()
    assert words in named[0].text
    assert mend in named[0].todo


# --- what is no mistake, or only half of one --------------------------------------------------------------


def found(subject: str) -> tuple[Level, str]:
    (one,) = [one for one in doctor.examine() if one.subject == subject]
    return one.level, one.text


@pytest.mark.parametrize(
    ("running", "words", "mend"),
    [
        (["worker@machine 8"], "Workers run, and beat does not.", "celery -A okey beat"),
        (["beat@machine 7"], "Beat runs, and no worker does.", "celery -A okey worker"),
        ([], "The last sign of life was 7\xa0minutes ago.", "celery -A okey worker, and celery -A okey beat"),
        (["worker@machine 8", "beat@machine 7"], "what beat asks reaches no worker", "same REDIS_URL"),
    ],
    ids=["no beat", "no worker", "neither", "no way between them"],
)
def test_which_process_has_stopped_is_said(scene: Scene, running: list[str], words: str, mend: str) -> None:
    Pulse.objects.update(at=_long_ago(7))
    for name in running:
        reporting.report(name)
    [finding] = [one for one in doctor.examine() if one.subject == "Worker and beat"]
    assert finding.level is Level.BAD
    assert words in finding.text
    assert mend in finding.todo


def test_a_process_that_has_ended_says_nothing_any_more(scene: Scene) -> None:
    _another_key(scene)
    Process.objects.update(at=timezone.now() - timedelta(minutes=3))
    assert found("Settings of workers and beat") == (Level.OK, "The same everywhere, of 0 processes.")


def test_the_marks_of_settings_tell_no_value(scene: Scene) -> None:
    scene.set(EMAIL_HOST_PASSWORD="hunter2", ZOOM_CLIENT_SECRET="zoom-secret")
    reporting.report("worker@machine 7")
    stored = str(Process.objects.get().settings)
    assert set(Process.objects.get().settings) == set(settings_seen.NAMES)
    for value in ("hunter2", "zoom-secret", scene.settings.SECRET_KEY, scene.settings.OKEY_BASE_URL):
        assert value not in stored
    assert found("Settings of workers and beat")[0] is Level.OK


def test_a_days_limit_and_owners_own_affairs_are_warnings(scene: Scene) -> None:
    _job(problem="daily_limit", wanted_at=_long_ago(), due_at=_long_ago(-9))(scene)
    assert found("Meetings without a link")[0] is Level.WARNING
    LinkJob.objects.update(problem="may_not_host", due_at=None, wanted_at=None)
    assert found("Meetings without a link")[0] is Level.WARNING
    LinkJob.objects.update(problem="", due_at=_long_ago(-9), wanted_at=_long_ago(), waits_for_connection=True)
    assert found("Meetings without a link")[0] is Level.OK


def test_accounts_and_webhooks_that_fail_are_counted(scene: Scene) -> None:
    account = ProviderAccount.objects.create(vendor="zoom", external_id="jill", state="needs_reconnect")
    assert found("Accounts to reconnect")[0] is Level.OK
    Connection.objects.create(owner=scene.alice, provider="zoom", account=account)
    assert found("Accounts to reconnect") == (Level.WARNING, "1 needs reconnecting.")
    Endpoint.objects.create(owner=scene.alice, url="https://example.com/", events="", failing_since=timezone.now())
    assert found("Webhooks that fail") == (Level.WARNING, "1 receiver fails.")
    Endpoint.objects.update(disabled_at=timezone.now())
    assert found("Webhooks that fail")[0] is Level.OK


def test_a_webhook_whose_messages_are_all_wrongly_signed_is_named(scene: Scene) -> None:
    counted = redis.Redis.from_url(scene.settings.REDIS_URL)
    try:
        counted.hset(figures.KEY, json.dumps([figures.MESSAGES.name, "zoom", "bad_signature"]), 2)
        assert found("Zoom: webhook") == (Level.WARNING, "2 messages came, all wrongly signed.")
        counted.hset(figures.KEY, json.dumps([figures.MESSAGES.name, "zoom", "deauthorized"]), 1)
        assert "Zoom: webhook" not in {one.subject for one in doctor.examine()}
    finally:
        counted.delete(figures.KEY)
        counted.close()


def test_invitations_that_fail_are_counted(scene: Scene) -> None:
    meeting = meeting_of(scene.alice)
    Invitation.objects.create(
        meeting=meeting, contact=meeting.contact, email="a@example.com", failing_since=_long_ago(), due_at=_long_ago()
    )
    assert found("Invitations that fail") == (Level.WARNING, "1 is tried again.")
    Invitation.objects.update(failed_at=_long_ago(), due_at=None)
    assert found("Invitations that fail") == (Level.BAD, "1 was given up this week.")
