"""What administrators are mailed when a page fails: where in the code, and nothing of what anybody sent."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail as sent
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client

from okey.lib.outage import is_outage
from okey.mails import error_mails
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.okey.api.caller import Caller

pytestmark = pytest.mark.django_db

PASSWORDS = {"oldpassword": "cora-pw-4-okey", "password1": "new-secret-99x", "password2": "new-secret-99x"}
ADDRESS = "d@example.com"
TOKEN = "9mT0bq3TokenOfAClientsPage"
CODE, STATE = "the-unspent-code-of-zoom", "the-state-of-the-attempt"


class Broken(Exception):
    pass


class BreaksEverything:
    """A middleware that fails after the session was read, with whatever was sent in its local variables."""

    error: type[Exception] = Broken

    def __init__(self, _get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        pass

    def __call__(self, request: HttpRequest) -> HttpResponse:
        posted, asked, came_with = dict(request.POST), dict(request.GET), dict(request.COOKIES)
        raise self.error(f"{posted} {asked} {came_with} {request.path} {request.headers}")


@pytest.fixture(autouse=True)
def broken(settings: Any) -> Iterator[None]:
    ours = f"{__name__}.BreaksEverything"
    place = settings.MIDDLEWARE.index("okey.owners.middleware.OwnerTimeZoneMiddleware")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:place], ours, *settings.MIDDLEWARE[place:]]
    yield
    BreaksEverything.error = Broken


def _client(owner: Owner) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    return client


def _mails() -> list[Mail]:
    return list(Mail.objects.filter(to="admin@example.com").order_by("created_at"))


def _everything(mails: list[Mail]) -> str:
    return "\n".join(f"{mail.subject}\n{mail.text}" for mail in mails)


def test_the_mail_says_where_and_nothing_of_what_was_sent(alice: Owner, settings: Any) -> None:
    client = _client(alice)
    assert client.post("/accounts/password/change/", PASSWORDS).status_code == 500
    [mail] = _mails()
    assert (
        mail.subject
        == "O-Key: a page failed (tests.okey.mails.test_error_mails.Broken in tests/okey/mails/test_error_mails.py)"
    )
    assert "POST /accounts/password/change/" in mail.text
    assert re.search(r"tests/okey/mails/test_error_mails.py, line \d+, in __call__: raise self.error", mail.text)
    secrets = [*PASSWORDS.values(), client.cookies[settings.SESSION_COOKIE_NAME].value, Session.objects.get().pk]
    assert not [secret for secret in secrets if secret in mail.text]
    assert not [name for name in ("REDIS_URL", "redis://", "SECRET_KEY", settings.SECRET_KEY) if name in mail.text]
    assert not sent.outbox  # it waits in the table: no request waits for a mail server


@pytest.mark.parametrize(
    ("path", "pattern", "secrets"),
    [
        (
            f"/integrations/zoom/callback/?code={CODE}&state={STATE}",
            "/integrations/<slug:provider>/callback/",
            [CODE, STATE],
        ),
        (f"/m/{TOKEN}/", "/m/<str:token>/", [TOKEN]),
        (f"/booking/confirm/{TOKEN}/", "", [TOKEN]),
        (f"/book/alice/chat/{TOKEN}/", "", [TOKEN]),
        (f"/accounts/password/reset/key/1-{TOKEN}/", "/accounts/", [TOKEN]),
        (f"/nowhere/{TOKEN}/?token={TOKEN}", "(no page has this address)", [TOKEN]),
    ],
)
def test_no_code_state_or_token_of_an_address_is_in_it(
    alice: Owner, path: str, pattern: str, secrets: list[str]
) -> None:
    headers = {"Authorization": "Bearer okey_a-token", "Referer": f"https://okey.example.com{path}"}
    assert _client(alice).get(path, headers=headers).status_code == 500
    text = _everything(_mails())
    assert f"GET {pattern}" in text
    assert not [secret for secret in [*secrets, "okey_a-token"] if secret in text]


def test_the_apis_failures_are_told_as_well(alice: Owner, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "BreaksEverything" not in one]

    def fail(*_: object, **__: object) -> None:
        raise Broken(ADDRESS)

    monkeypatch.setattr("okey.contacts.editing.add_contact", fail)
    caller = Caller(alice)
    caller._client.raise_request_exception = False
    answer = caller.post("/contacts", {"name": "Dora", "email": ADDRESS})
    assert answer.status_code == 500
    [mail] = _mails()
    assert "POST /api/v1/contacts" in mail.text
    assert ADDRESS not in mail.text
    assert caller.secret not in mail.text


def test_one_place_is_told_every_ten_minutes_with_how_often_it_failed_meanwhile(alice: Owner) -> None:
    client = _client(alice)
    with time_machine.travel("2026-08-03 12:00 +0000", tick=False) as clock:
        for _ in range(8):
            client.get("/contacts/")
        assert len(_mails()) == 1
        clock.shift(601)
        client.get("/contacts/")
        clock.shift(601)
        client.get("/contacts/")
    first, second, third = _mails()
    assert "7 more times since the mail before" in second.text
    assert ("since the mail" in first.text, "since the mail" in third.text) == (False, False)


def _fails_at(line: int) -> ValueError:
    """An error that comes from a line of its own."""
    try:
        exec(compile("\n" * line + "raise ValueError", "somewhere.py", "exec"))  # noqa: S102
    except ValueError as error:
        return error
    raise AssertionError


def test_however_many_places_fail_an_hour_has_twenty_mails(alice: Owner, rf: Any) -> None:
    with time_machine.travel("2026-08-03 12:00 +0000", tick=False):
        for number in range(40):
            error_mails.tell(rf.get("/"), _fails_at(number))
    assert len(_mails()) == error_mails.AN_HOUR == 20


def test_an_outage_of_the_database_mails_nobody_and_is_one_line(alice: Owner, caplog: pytest.LogCaptureFixture) -> None:
    BreaksEverything.error = OperationalError
    client = _client(alice)
    logging.getLogger("django.request").filters[0]._quiet_until = 0.0  # type: ignore[union-attr]
    for _ in range(3):
        answer = client.post("/accounts/password/change/", PASSWORDS)
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
        assert "not available just now" in answer.content.decode()
    assert (_mails(), sent.outbox) == ([], [])
    records = [record for record in caplog.records if record.name == "django.request"]
    assert [(record.exc_info, record.msg.partition(",")[0]) for record in records] == [
        (None, "The database does not answer")
    ]


def test_programs_get_a_problem_while_the_database_is_away(alice: Owner) -> None:
    BreaksEverything.error = OperationalError
    for path in ("/api/v1/me", "/mcp"):
        answer = Client(raise_request_exception=False).get(path)
        assert (answer.status_code, answer["Content-Type"], answer["Retry-After"]) == (
            503,
            "application/problem+json",
            "10",
        )
        assert answer.json()["code"] == "unavailable"


def test_a_statement_that_the_database_refuses_is_no_outage(settings: Any) -> None:
    with pytest.raises(Exception, match="nothing") as caught, connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere_at_all, nothing")
    assert not is_outage(caught.value)


def test_strangers_with_another_host_are_a_short_line_and_no_mail(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALLOWED_HOSTS = ["okey.example.com"]
    for _ in range(3):
        assert Client().get(f"/m/{TOKEN}/", headers={"Host": "evil.example"}).status_code == 400
    assert (_mails(), sent.outbox) == ([], [])
    lines = [(record.levelname, record.exc_info) for record in caplog.records]
    assert lines == [("WARNING", None)] * 3


def test_where_the_table_cannot_be_written_one_thread_sends_it(
    alice: Owner, rf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail server hangs meanwhile: the request does not wait, and no second thread begins."""
    may_go, arrived = threading.Event(), threading.Event()

    def hang(*_: object, **__: object) -> int:
        arrived.set()
        may_go.wait(10)
        return 1

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", hang)
    connection.needs_rollback = True
    try:
        for number in range(3):
            error_mails.tell(rf.get("/"), _fails_at(number))
        assert arrived.wait(10)
        assert [one.name for one in threading.enumerate()].count("error-mail") == 1
    finally:
        connection.needs_rollback = False
        may_go.set()
    for thread in threading.enumerate():
        if thread.name == "error-mail":
            thread.join(10)
