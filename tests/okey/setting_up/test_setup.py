"""`manage.py okey_setup`: it asks a person or a file, writes what production needs and loses nothing."""

import io
import stat
import sys
from pathlib import Path

import pytest

from okey.lib.environment import encryption_keys, is_weak_secret_key
from okey.setting_up import env_file, trying
from okey.setting_up.command import main
from okey.setting_up.questions import keys, questions
from tests.integrations.outside import MailServer

ANSWERS = {
    "OKEY_BASE_URL": "https://okey.example.com",
    "DATABASE_URL": "postgres://okey:p%40ss@127.0.0.1:1/okey",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp+tls://okey:secret@127.0.0.1:1",
    "ADMIN_EMAIL": "ada@example.com",
}


class Setup:
    """The command on a `.env` of its own, connecting to nothing unless told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.file, self._folder = folder / ".env", folder
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.said = ""
        for for_compose in (True, False):
            for one in (*questions(for_compose=for_compose), *keys(for_compose=for_compose)):
                monkeypatch.delenv(one.name, raising=False)

    def run(self, *arguments: str, typed: str = "", tries: bool = False) -> int:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = main(["--file", str(self.file), *([] if tries else ["--no-tries"]), *arguments])
        out = self._capsys.readouterr()
        self.said = out.out + out.err
        return code

    def answered(self, answers: dict[str, str], *arguments: str, tries: bool = False) -> int:
        file = self._folder / "answers"
        file.write_text(env_file.changed("", answers))
        return self.run("--answers", str(file), *arguments, tries=tries)

    @property
    def written(self) -> dict[str, str]:
        return env_file.read(self.file)


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Setup:
    return Setup(tmp_path, monkeypatch, capsys)


TYPED = """https://okey.example.com

db.example.com


ada
s3c/ret#1

mail.example.com
465
okey

nobody
O-Key <o@example.com>
ada@example.com

zoom-id
zoom secret
zoom-secret




"""


def test_a_person_answers_and_is_asked_again_where_an_answer_is_none(setup: Setup) -> None:
    assert setup.run(typed=TYPED) == 0, setup.said
    written = setup.written
    assert written["DATABASE_URL"] == "postgres://ada:s3c%2Fret%231@db.example.com:5432/okey"
    assert written["EMAIL_URL"] == "smtp+ssl://okey@mail.example.com:465"
    assert (written["REDIS_URL"], written["TRUST_PROXY_HEADERS"]) == ("redis://127.0.0.1:6379/0", "1")
    assert written["DEFAULT_FROM_EMAIL"] == "O-Key <o@example.com>"
    assert written["SUPPORT_EMAIL"] == "ada@example.com"
    assert (written["ZOOM_CLIENT_ID"], written["ZOOM_CLIENT_SECRET"]) == ("zoom-id", "zoom-secret")
    assert "DEFAULT_FROM_EMAIL is not an e-mail address." in setup.said
    assert "ZOOM_CLIENT_SECRET has a space in it." in setup.said
    assert "GOOGLE_CLIENT_ID" not in written
    assert stat.S_IMODE(setup.file.stat().st_mode) == 0o600


def test_the_keys_are_made_once_and_never_shown(setup: Setup) -> None:
    assert setup.answered(ANSWERS) == 0, setup.said
    first = setup.written
    assert not is_weak_secret_key(first["SECRET_KEY"])
    assert len(encryption_keys(first["OKEY_ENCRYPTION_KEYS"])) == 1
    assert first["DEBUG"] == "0"
    secrets = ("SECRET_KEY", "OKEY_ENCRYPTION_KEYS", "EMAIL_URL", "DATABASE_URL")
    assert not [name for name in secrets if first[name] in setup.said]

    assert setup.run(typed="\n" * 20) == 0, setup.said
    assert setup.written == first
    assert "says all that already" in setup.said
    assert "postgres://okey:…@127.0.0.1:1/okey" in setup.said
    assert not [name for name in secrets if first[name] in setup.said]


def test_without_a_person_everything_that_is_wrong_is_said_at_once_and_nothing_written(setup: Setup) -> None:
    wrong = {
        "OKEY_BASE_URL": "http://okey.example.com",
        "REDIS_URL": "amqp://127.0.0.1",
        "ADMIN_EMAIL": "nobody",
        "ZOOM_CLIENT_ID": "an-id",
        "GOOGLE_CLIENT_SECRET": "a-secret",
        "OKEY_ENCRYPTION_KEYS": "short",
    }
    assert setup.answered(wrong) == 1
    for name in (*wrong, "DATABASE_URL", "EMAIL_URL", "ZOOM_CLIENT_SECRET", "GOOGLE_CLIENT_ID"):
        if name != "ZOOM_CLIENT_ID":
            assert f"{name} " in setup.said or f"{name}:" in setup.said, name
    assert not setup.file.exists()


def test_the_environment_answers_too(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ANSWERS.items():
        monkeypatch.setenv(name, value)
    assert setup.run("--no-input") == 0, setup.said
    assert ANSWERS.items() <= setup.written.items()
    monkeypatch.setenv("ADMIN_EMAIL", "bob@example.com")
    assert setup.run(typed="\n" * 20) == 0
    assert "The environment has other values, and it wins: ADMIN_EMAIL." in setup.said


def test_what_stands_there_is_replaced_only_where_that_was_said(setup: Setup) -> None:
    setup.file.write_text("# by Ada\nADMIN_EMAIL=bob@example.com\nOWN=1\n")
    assert setup.answered(ANSWERS) == 1
    assert "ADMIN_EMAIL stands in .env with another value." in setup.said
    assert setup.file.read_text() == "# by Ada\nADMIN_EMAIL=bob@example.com\nOWN=1\n"
    assert setup.answered(ANSWERS, "--replace") == 0
    assert setup.file.read_text().startswith("# by Ada\nADMIN_EMAIL=ada@example.com\nOWN=1\n")


def test_a_bad_secret_key_is_replaced_when_asked_and_a_bad_encryption_key_never(setup: Setup) -> None:
    setup.file.write_text("SECRET_KEY=short\nDEBUG=1\n")
    assert setup.answered(ANSWERS) == 1
    assert "SECRET_KEY is a development or a weak one." in setup.said
    assert "DEBUG is on." in setup.said
    assert setup.answered(ANSWERS, "--replace") == 0
    assert setup.written["DEBUG"] == "0"
    setup.file.write_text(setup.file.read_text() + "OKEY_ENCRYPTION_KEYS=spoilt\n")
    assert setup.answered(ANSWERS, "--replace") == 1
    assert "would open no token" in setup.said


def test_a_provider_that_is_taken_away_takes_its_secrets_along(setup: Setup) -> None:
    zoom = {"ZOOM_CLIENT_ID": "an-id", "ZOOM_CLIENT_SECRET": "a-secret", "ZOOM_WEBHOOK_SECRET_TOKEN": "a-token"}
    assert setup.answered(ANSWERS | zoom) == 0
    assert setup.run(typed="\n" * 8 + "-\n" + "\n" * 8) == 0, setup.said
    assert [setup.written[name] for name in zoom] == ["", "", ""]


def test_nothing_is_written_where_the_person_leaves(setup: Setup) -> None:
    assert setup.run(typed="https://okey.example.com\n") == 130
    assert "Nothing was written." in setup.said
    assert not setup.file.exists()


def test_answers_are_tried_at_once_and_may_be_kept_all_the_same(setup: Setup) -> None:
    typed = "https://okey.example.com\n\n" + ANSWERS["DATABASE_URL"] + "\nn\n" + ANSWERS["DATABASE_URL"] + "\ny\n"
    typed += ANSWERS["REDIS_URL"] + "\ny\n" + ANSWERS["EMAIL_URL"] + "\ny\n\nada@example.com\n" + "\n" * 8
    assert setup.run(typed=typed, tries=True) == 0, setup.said
    assert setup.said.count("DATABASE_URL does not work: OperationalError") == 2
    assert "REDIS_URL does not work: ConnectionError" in setup.said
    assert "EMAIL_URL does not work: ConnectionRefusedError" in setup.said
    assert "p@ss" not in setup.said
    assert setup.written["DATABASE_URL"] == ANSWERS["DATABASE_URL"]


def test_without_a_person_what_does_not_work_yet_is_a_warning(setup: Setup) -> None:
    assert setup.answered(ANSWERS, tries=True) == 0
    assert setup.said.count("does not work yet") == 3


def test_for_compose_neither_database_nor_broker_is_asked_for(setup: Setup) -> None:
    answers = {name: ANSWERS[name] for name in ("OKEY_BASE_URL", "EMAIL_URL", "ADMIN_EMAIL")}
    assert setup.answered(answers, "--compose") == 0, setup.said
    assert setup.written["POSTGRES_PASSWORD"].isalnum()
    assert not {"DATABASE_URL", "REDIS_URL"} & set(setup.written)
    assert "docker compose up --detach --build" in setup.said


def test_a_mail_server_is_asked_as_far_as_the_sign_in() -> None:
    server = MailServer()
    try:
        assert trying.mail_server(f"smtp://127.0.0.1:{server.port}") == ""
        server.answers["AUTH"] = "235 2.7.0 welcome"
        assert trying.mail_server(f"smtp://okey:right@127.0.0.1:{server.port}") == ""
        server.answers["AUTH"] = "535 5.7.8 no"
        said = trying.mail_server(f"smtp://okey:wrong-word@127.0.0.1:{server.port}")
        assert said.startswith("SMTPAuthenticationError")
        assert "wrong-word" not in said
        assert "STARTTLS" in trying.mail_server(f"smtp+tls://127.0.0.1:{server.port}")
    finally:
        server.end()
