"""Mails that were written into files instead of being sent, as `make run` does: found, and parsed for reading."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
#: Django writes a line after each mail of a file; a text may hold such a line, but no mail begins behind it.
BETWEEN = re.compile(rb"\n-{79}\n(?=Content-Type: |\Z)")


@dataclass(frozen=True)
class KeptMail:
    """One mail. `key` names it: its file, and its place there."""

    key: str
    message: EmailMessage
    date: datetime | None

    def header(self, name: str) -> str:
        return str(self.message.get(name, "")).strip()

    @property
    def subject(self) -> str:
        return self.header("Subject")

    @property
    def recipient(self) -> str:
        return self.header("To")

    def text_of(self, content_type: str) -> str:
        """The first part of this type; "" where there is none."""
        for part in self.message.walk():
            if part.get_content_type() == content_type and not part.is_attachment():
                return str(part.get_content())
        return ""


def folder() -> Path | None:
    """Where mails are kept; None where they are really sent, and wherever DEBUG is off."""
    if not settings.DEBUG or settings.EMAIL_BACKEND != FILE_BACKEND:
        return None
    return Path(settings.EMAIL_FILE_PATH)  # type: ignore[misc] # a setting of this backend's own


def newest(kept: Path, *, limit: int) -> list[KeptMail]:
    """The latest mails, the newest first."""
    files = sorted(kept.glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    found: list[KeptMail] = []
    for file in files:
        found += reversed(_read(file))
        if len(found) >= limit:
            break
    return found[:limit]


def find(kept: Path, key: str) -> KeptMail | None:
    """The mail of this key. Names are compared with what is there, so none leads out of the folder."""
    name = key.rpartition("-")[0]
    files = (file for file in kept.glob("*.log") if file.stem == name)
    return next((mail for file in files for mail in _read(file) if mail.key == key), None)


def _read(file: Path) -> list[KeptMail]:
    pieces = BETWEEN.split(file.read_bytes())
    return [_parsed(f"{file.stem}-{number}", piece) for number, piece in enumerate(pieces) if piece.strip()]


def _parsed(key: str, data: bytes) -> KeptMail:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 -- what this policy makes; for the type checker
    date = getattr(message["Date"], "datetime", None)
    if date is not None and date.tzinfo is None:  # "-0000", as Django writes it: UTC
        date = date.replace(tzinfo=UTC)
    return KeptMail(key, message, date)
