"""`manage.py okey_setup` as a process in a fresh clone: at a terminal, and for machines; what it wrote starts O-Key."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from okey.setting_up import env_file
from tests.dev.test_compose import database_url, environment
from tests.dev.test_readme_commands import clone
from tests.integrations.outside import MailServer

pytestmark = pytest.mark.processes

__all__ = ["clone", "database_url", "environment"]


def bare(environment: dict[str, str]) -> dict[str, str]:
    """No setting of O-Key's."""
    return {"PATH": environment["PATH"]}


def answers(environment: dict[str, str], port: int) -> dict[str, str]:
    given = {name: environment[name] for name in ("OKEY_BASE_URL", "DATABASE_URL", "REDIS_URL", "ADMIN_EMAIL")}
    return {**given, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}


def test_a_file_of_answers_sets_up_a_clone_whose_doctor_looks(
    clone: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    server = MailServer()
    (tmp_path / "answers").write_text(env_file.changed("", answers(environment, server.port)))
    command = [sys.executable, "manage.py", "okey_setup", "--answers", str(tmp_path / "answers")]
    migrate = [sys.executable, "manage.py", "migrate", "--no-input"]
    try:
        done = subprocess.run(command, cwd=clone, env=bare(environment), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "does not work yet" not in done.stderr
        assert "bad      Database:" in done.stdout
        assert "migrations are missing" in done.stdout
        subprocess.run(migrate, cwd=clone, env=bare(environment), capture_output=True, check=True)
        again = subprocess.run(command, cwd=clone, env=bare(environment), capture_output=True, text=True, check=False)
    finally:
        server.end()
        (clone / ".env").unlink(missing_ok=True)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "says all that already" in again.stdout
    for line in (
        "Mode: Production",
        "Database: PostgreSQL answers, up to date.",
        "Broker: It answers.",
        "Mail server: ",
    ):
        assert f"ok       {line}" in again.stdout, again.stdout


class Terminal:
    """Somebody who reads what a command asks and types answers."""

    def __init__(self, command: list[str], cwd: Path, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)

    def read_until(self, words: str) -> None:
        seen = len(self.shown)
        while words not in self.shown[seen:]:
            ready, _, _ = select.select([self._master], [], [], 90)
            assert ready, f"“{words}” did not come: {self.shown}"
            try:
                self.shown += os.read(self._master, 4096).decode(errors="replace")
            except OSError:  # it has ended
                raise AssertionError(f"“{words}” did not come: {self.shown}") from None

    def answer(self, question: str, typed: str) -> None:
        self.read_until(question)
        os.write(self._master, f"{typed}\n".encode())

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


def test_what_is_typed_at_a_terminal_and_is_secret_is_not_shown(clone: Path, environment: dict[str, str]) -> None:
    command = [
        sys.executable,
        "manage.py",
        "okey_setup",
        "--no-tries",
        "--no-doctor",
        "--file",
        str(clone / "typed.env"),
    ]
    terminal = Terminal(command, clone, bare(environment))
    try:
        terminal.answer("address that people type", "https://okey.example.com")
        terminal.answer("proxy", "no")
        terminal.answer("PostgreSQL", "127.0.0.1")
        for question, typed in (("port", ""), ("database", ""), ("user", ""), ("password", "hunter2/#")):
            terminal.answer(question, typed)
        terminal.answer("Redis", "")
        terminal.answer("mail server", "smtp://127.0.0.1:25")
        for question in ("sender", "something is wrong"):
            terminal.answer(question, "ada@example.com")
        terminal.answer("owners are told", "")
        terminal.answer("Zoom: client ID", "an-id")
        terminal.answer("Zoom: client secret", "zoom-hunter3")
        terminal.answer("webhook", "")
        terminal.answer("Google", "")
        terminal.answer("Microsoft", "")
        terminal.answer("OpenID Connect", "")
        terminal.read_until("Written to")
        assert terminal.process.wait(60) == 0
    finally:
        terminal.end()
    written = env_file.read(clone / "typed.env")
    assert written["DATABASE_URL"] == "postgres://okey:hunter2%2F%23@127.0.0.1:5432/okey"
    assert (written["ZOOM_CLIENT_SECRET"], written["TRUST_PROXY_HEADERS"]) == ("zoom-hunter3", "0")
    assert "hunter" not in terminal.shown
