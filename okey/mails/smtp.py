"""Talking with a mail server: short patience with each command, ten minutes for what it says to a mail.

RFC 5321 4.5.3.2.6: whoever gives up sooner on the answer to the mail itself sends it twice, to a server that merely
looks at it for long. The claim under which a mail is sent is kept meanwhile; where it cannot be, the session ends.
"""

import selectors
import smtplib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from django.core.mail.backends import smtp

from okey.lib.deadlines import Watchdog, clock

#: From connecting to the mail itself, however slowly the server drips. Each step has EMAIL_TIMEOUT.
COMMANDS_SECONDS = 60
#: For the answer to the mail.
ANSWER_SECONDS = 600
#: How often the claim is kept while that answer is awaited.
KEEP_SECONDS = 20

Keep = Callable[[], bool]


class Backend(smtp.EmailBackend):
    """`keep`: called now and then during the long wait; False: somebody else has taken over, so let go."""

    def __init__(self, *args: Any, keep: Keep = lambda: True, **more: Any) -> None:
        super().__init__(*args, **more)
        self._keep = keep

    @property
    def connection_class(self) -> Any:
        return partial(_SecureSession if self.use_ssl else _Session, keep=self._keep)

    def _close_connection(self, connection: "_Session") -> None:
        """The mail was taken or not: how the farewell goes does not matter."""
        with suppress(OSError):
            super()._close_connection(connection)  # type: ignore[misc] # not in its stubs
        connection.close()


class _Session(smtplib.SMTP):
    def __init__(self, *args: Any, keep: Keep, **more: Any) -> None:
        self._keep = keep
        self._is_data = self._awaits_answer = False
        self._watchdog = Watchdog(clock() + COMMANDS_SECONDS)
        self._watchdog.start()
        try:
            super().__init__(*args, **more)
        except BaseException:
            self._watchdog.end()
            raise

    def close(self) -> None:
        self._watchdog.end()
        super().close()

    def send(self, s: Any) -> None:
        self._watch()
        super().send(s)

    def data(self, msg: Any) -> Any:
        self._is_data = True
        try:
            return super().data(msg)
        finally:
            self._is_data = self._awaits_answer = False

    def getreply(self) -> tuple[int, bytes]:
        self._watch()
        if self._awaits_answer:
            self._await()
        code, words = super().getreply()
        if self._is_data and code == 354:  # go on
            self._awaits_answer = True
            self._watchdog.end()
            self._watchdog = Watchdog(clock() + ANSWER_SECONDS)
            self._watchdog.start()
        return code, words

    def _watch(self) -> None:
        if self.sock is not None:
            self._watchdog.watch(self.sock)
        if self._watchdog.is_late:
            self.close()
            raise TimeoutError("The deadline for talking with the mail server has passed.")

    def _await(self) -> None:
        """Until the first byte of the answer is there."""
        line: Any = self.sock
        with selectors.DefaultSelector() as selector:
            selector.register(line, selectors.EVENT_READ)
            while not (self._has_pending() or selector.select(KEEP_SECONDS)):
                self._watch()
                if not self._keep():
                    self.close()
                    raise TimeoutError("Somebody else has taken over.")

    def _has_pending(self) -> bool:
        """Whether TLS has read it already."""
        pending = getattr(self.sock, "pending", None)
        return bool(pending and pending())


class _SecureSession(_Session, smtplib.SMTP_SSL):
    pass
