"""The doctor as an operator runs it, with one mistake in its environment or beside it at a time: it names the mistake,
says what to do, and says nothing else than before.

What stands between O-Key and the world (proxies), what fails (links, mails) and what has stopped is planted in
tests/integrations/test_planted_mistakes.py.
"""

import base64
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.dev.test_compose import database_url, environment
from tests.dev.test_readme_commands import clone
from tests.integrations.outside import MailServer
from tests.migrated import named
from tests.processes import NotInTime, eventually
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.processes

__all__ = ["clone", "database_url", "environment"]

OTHER_KEY = base64.urlsafe_b64encode(bytes(range(1, 33))).decode()
ACCOUNT = """
from integrations.models import ProviderAccount
account = ProviderAccount.objects.create(vendor="zoom", external_id="jill")
ProviderAccount.objects.filter(pk=account.pk).update(tokens=account.seal("tokens", "{}"))
"""
SIGNS_OF_LIFE = """
from datetime import timedelta
from django.utils import timezone
from okey.pulse import reporting
from okey.pulse.models import Process, Pulse
Pulse.objects.update_or_create(pk=1, defaults={"at": timezone.now() + timedelta(hours=1)})
for name in ("beat@machine 7", "worker@machine 8"):
    reporting.report(name)
Process.objects.update(at=timezone.now() + timedelta(hours=1))
"""
LINES = re.compile(r"^(bad|warning) +([^:\n]+(?:: [a-z ]+)?): (.*)(?:\n +→ (.*))?", re.MULTILINE)


@dataclass
class Installation:
    """One that is well, as far as one machine can tell: nobody answers at its https address."""

    folder: Path
    environment: dict[str, str]
    mail_server: MailServer

    def manage(self, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "manage.py", *arguments]
        settings = self.environment | changes
        return subprocess.run(command, cwd=self.folder, env=settings, capture_output=True, text=True, check=False)

    def python(self, code: str, **changes: str) -> None:
        done = self.manage("shell", "--no-imports", "-c", code, **changes)
        assert done.returncode == 0, done.stderr

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(statement.encode())

    def doctor(self, **changes: str) -> list[tuple[str, ...]]:
        """What is not well: level, subject, text, mend."""
        done = self.manage("okey_doctor", **changes)
        assert "Traceback" not in done.stderr, done.stderr
        found = LINES.findall(done.stdout)
        assert done.returncode == any(level == "bad" for level, *_ in found), done.stdout
        return found

    def other_database(self, change: Callable[[str], str]) -> str:
        return change(self.environment["DATABASE_URL"])


@pytest.fixture(scope="module")
def zoom() -> Iterator[ZoomSimulator]:
    with ZoomSimulator(redirect_uri="https://127.0.0.1:1/integrations/zoom/callback/") as zoom:
        yield zoom


@pytest.fixture(scope="module")
def well(clone: Path, environment: dict[str, str], zoom: ZoomSimulator) -> Iterator[Installation]:
    server = MailServer()
    settings = environment | {
        "OKEY_BASE_URL": "https://127.0.0.1:1",
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
        "ZOOM_CLIENT_ID": zoom.client_id,
        "ZOOM_CLIENT_SECRET": zoom.client_secret,
        "ZOOM_WEBHOOK_SECRET_TOKEN": "webhook-secret",
        "ZOOM_OAUTH_BASE_URL": zoom.url,
        "ZOOM_API_BASE_URL": zoom.url,
    }
    installation = Installation(clone, settings, server)
    for command in (("migrate", "--no-input"), ("collectstatic", "--no-input")):
        done = installation.manage(*command)
        assert done.returncode == 0, done.stderr
    installation.python(ACCOUNT + SIGNS_OF_LIFE)
    yield installation
    server.end()


@pytest.fixture(scope="module")
def before(well: Installation) -> set[str]:
    usual = {"Address from outside", "Zoom: simulator"}
    eventually(lambda: {subject for _, subject, *_ in well.doctor()} == usual, 60)
    return usual


def _wrong_password(url: str) -> str:
    return re.sub(r"(://[^:]+:)[^@]+@", r"\1wrong@", url)


def _wrong_port(url: str) -> str:
    return re.sub(r":\d+/", ":1/", url)


#: What is planted in the environment: (settings), and the doctor's line: level, subject, words, words of the mend.
PLANTED: dict[str, tuple[dict[str, str], str, str, str, str]] = {
    "development mode": ({"DEBUG": "1"}, "warning", "Mode", "DEBUG is on", "DEBUG=0"),
    "half of Zoom's credentials": (
        {"ZOOM_CLIENT_SECRET": ""}, "bad", "Zoom: settings", "ZOOM_CLIENT_SECRET: not set", "Copy it",
    ),
    "another app's secret": (
        {"ZOOM_CLIENT_SECRET": "wrong"}, "bad", "Zoom", "refuses them", "client secret",
    ),
    "an API that is not there": (
        {"ZOOM_API_BASE_URL": "http://127.0.0.1:1"}, "bad", "Zoom: reached", "No answer from", "BASE_URL",
    ),
    "no secret of the webhook": (
        {"ZOOM_WEBHOOK_SECRET_TOKEN": ""}, "warning", "Zoom: webhook", "Off", "ZOOM_WEBHOOK_SECRET_TOKEN",
    ),
    "a client secret that has expired": (
        {
            "MICROSOFT_CLIENT_ID": "an-id", "MICROSOFT_CLIENT_SECRET": "a-secret",
            "MICROSOFT_CLIENT_SECRET_EXPIRES": "2020-01-31", "MICROSOFT_BASE_URL": "http://127.0.0.1:1",
        },
        "bad", "Microsoft: client secret", "expired on 2020-01-31", "Make a new one",
    ),
    "another key": (
        {"OKEY_ENCRYPTION_KEYS": OTHER_KEY}, "bad", "Encryption keys", "does not open", "missing key behind the others",
    ),
    "no broker": ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "bad", "Broker", "does not answer", "REDIS_URL"),
    "no mail server": ({"EMAIL_URL": "smtp://127.0.0.1:1"}, "bad", "Mail server", "Refused", "EMAIL_URL"),
    "a sender that is none": (
        {"DEFAULT_FROM_EMAIL": "nobody"}, "bad", "Mail settings", "DEFAULT_FROM_EMAIL: no e-mail", "environment",
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_a_mistake_in_the_environment_is_named_with_its_mend(
    well: Installation, before: set[str], planted: str
) -> None:
    changes, *expected = PLANTED[planted]
    _is_said(lambda: well.doctor(**changes), before, expected)


def _is_said(look: Callable[[], list[tuple[str, ...]]], before: set[str], expected: list[str]) -> None:
    """Looked at again where it is not: on a busy machine somebody else may not have answered the doctor in time."""
    level, subject, words, mend = expected
    found: list[tuple[str, ...]] = []

    def is_named() -> bool:
        found[:] = [one for one in look() if one[1] not in before]
        return any(
            one[0] == level and one[1].startswith(subject) and words in one[2] and mend in one[3] for one in found
        )

    try:
        eventually(is_named, 60)
    except NotInTime:
        raise AssertionError(f"{expected} is not in {found}") from None


@pytest.mark.parametrize(
    ("change", "words", "mend"),
    [
        (_wrong_password, "refuses the user or the password", "percent-encoded"),
        (_wrong_port, "Nobody answers at its host and port", "host and port"),
        (lambda url: named(url, "okey_elsewhere"), "no database of that name", "name at the end"),
    ],
    ids=["password", "port", "name"],
)
def test_what_is_wrong_with_the_database_is_told_apart(
    well: Installation, change: Callable[[str], str], words: str, mend: str
) -> None:
    url = well.other_database(change)
    _is_said(lambda: well.doctor(DATABASE_URL=url), set(), ["bad", "Database", words, mend])


def test_everything_that_keeps_the_settings_from_loading_is_said_at_once(well: Installation) -> None:
    wrong = {
        "OKEY_BASE_URL": "http://okey.example.com",
        "SECRET_KEY": "short",
        "EMAIL_URL": "",
        "ADMIN_EMAIL": "nobody",
    }
    done = well.manage("okey_doctor", **wrong)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    lines = done.stdout.splitlines()
    assert sorted(re.findall(r"^bad      Settings: ([A-Z_]+)", done.stdout, re.MULTILINE)) == sorted(wrong)
    assert lines[-1].endswith("Run manage.py okey_setup, or correct .env: README.md, “Settings”.")


def test_the_mail_servers_refusal_of_the_sign_in_is_told_from_its_absence(well: Installation, before: set[str]) -> None:
    url = f"smtp://okey:wrong@127.0.0.1:{well.mail_server.port}"
    well.mail_server.answers["AUTH"] = "535 5.7.8 no"
    try:
        _is_said(
            lambda: well.doctor(EMAIL_URL=url), before, ["bad", "Mail server", "refuses the sign-in (535)", "password"]
        )
    finally:
        well.mail_server.answers.clear()


def test_static_files_that_were_not_collected_are_named(well: Installation, before: set[str]) -> None:
    folder = well.folder / "staticfiles"
    folder.rename(well.folder / "elsewhere")
    try:
        _is_said(well.doctor, before, ["bad", "Static files", "not collected", "collectstatic"])
    finally:
        (well.folder / "elsewhere").rename(folder)


def test_a_migration_that_is_missing_is_named(well: Installation, before: set[str]) -> None:
    well.sql("DELETE FROM django_migrations WHERE app = 'pulse' AND name = '0003_troubles'")
    try:
        _is_said(well.doctor, before, ["bad", "Database", "1 migration is missing", "migrate"])
    finally:
        well.sql("INSERT INTO django_migrations (app, name, applied) VALUES ('pulse', '0003_troubles', now())")


REPORT = """
from datetime import timedelta
from django.utils import timezone
from okey.pulse import reporting
from okey.pulse.models import Process
reporting.report("worker@machine 9")
Process.objects.update(at=timezone.now() + timedelta(hours=1))
"""


def test_a_worker_with_another_env_is_named_with_what_differs(well: Installation, before: set[str]) -> None:
    well.python(REPORT, OKEY_ENCRYPTION_KEYS=OTHER_KEY)
    try:
        words = "worker@machine 9 has others than this process: OKEY_ENCRYPTION_KEYS"
        _is_said(well.doctor, before, ["bad", "Settings of workers and beat", words, "same environment"])
    finally:
        well.sql("DELETE FROM pulse_process WHERE name = 'worker@machine 9'")
