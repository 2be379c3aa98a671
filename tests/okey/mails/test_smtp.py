"""Talking with mail servers that are slow, break off, or drip: against a real socket."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from smtplib import SMTPServerDisconnected

import pytest
from django.core.mail import EmailMessage

from okey.mails import smtp

Talk = Callable[["Line"], None]


class Line:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.file = connection.makefile("rb")

    def say(self, words: str) -> None:
        self.connection.sendall(words.encode() + b"\r\n")

    def hear(self, verb: str) -> bytes:
        heard = self.file.readline()
        assert heard.decode().upper().startswith(verb), heard
        return heard

    def take_mail(self) -> bytes:
        """Up to the dot at its end, and who it is from; the answer to it is owed."""
        self.say("220 ready")
        self.hear("EHLO")
        self.say("250 well")
        sender = self.hear("MAIL")
        self.say("250 fine")
        self.hear("RCPT")
        self.say("250 fine")
        self.hear("DATA")
        self.say("354 go on")
        while self.file.readline() != b".\r\n":
            pass
        return sender


@contextmanager
def server(talk: Talk) -> Iterator[int]:
    """One that talks so with the first who comes; on this port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _address = listening.accept()
            with connection:
                talk(Line(connection))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive()


def send(port: int, keep: Callable[[], bool] = lambda: True) -> None:
    through(port, EmailMessage("Hello", "Hello", "okey@example.com", ["ann@example.com"]), keep)


def through(port: int, message: EmailMessage, keep: Callable[[], bool] = lambda: True) -> None:
    with smtp.Backend(host="127.0.0.1", port=port, timeout=2, keep=keep) as opened:
        opened.send_messages([message])


def test_the_answer_to_the_mail_may_take_longer_than_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes only after the claim has been kept three times: well beyond the half second that commands have."""
    monkeypatch.setattr(smtp, "KEEP_SECONDS", 0.3)
    kept, is_kept_enough = [], threading.Event()

    def keep() -> bool:
        kept.append(1)
        if len(kept) == 3:
            is_kept_enough.set()
        return True

    def slow(line: Line) -> None:
        line.take_mail()
        assert is_kept_enough.wait(10)
        line.say("250 taken")
        line.hear("QUIT")
        line.say("221 bye")

    with server(slow) as port:
        send(port, keep)
    assert len(kept) >= 3


def test_whose_claim_is_gone_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "KEEP_SECONDS", 0.01)

    def never(line: Line) -> None:
        line.take_mail()
        assert line.file.readline() == b"", "the connection ends"

    with server(never) as port, pytest.raises(TimeoutError, match="taken over"):
        send(port, keep=lambda: False)


def test_a_command_that_gets_no_answer_is_given_up_soon() -> None:
    def silent(line: Line) -> None:
        line.say("220 ready")
        line.hear("EHLO")
        assert line.file.readline() in {b"", b"quit\r\n"}

    with server(silent) as port, pytest.raises((TimeoutError, SMTPServerDisconnected)):
        send(port)


def test_a_server_that_drips_is_given_up_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time; the whole does not."""
    monkeypatch.setattr(smtp, "COMMANDS_SECONDS", 1)

    def dripping(line: Line) -> None:
        end = threading.Event()
        with suppress(OSError):  # the other side lets go
            while not end.wait(0.05):
                line.connection.sendall(b"220-still here\r\n")

    with server(dripping) as port, pytest.raises((OSError, SMTPServerDisconnected)):
        send(port)


def test_a_bad_farewell_does_not_unsay_that_the_mail_was_taken() -> None:
    def rude(line: Line) -> None:
        line.take_mail()
        line.say("250 taken")
        line.hear("QUIT")  # and hangs until the other side has had enough
        assert line.file.readline() == b""

    with server(rude) as port:
        send(port)


def test_the_settings_name_it_wherever_mails_go_by_smtp() -> None:
    script = "import tests.settings, os; os.environ['EMAIL_URL'] = 'smtp+tls://u:p@mail.example:587'\n"
    script += "import importlib, okey.settings as s; importlib.reload(s); print(s.EMAIL_BACKEND, s.EMAIL_USE_TLS)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["okey.mails.smtp.Backend", "True"]
