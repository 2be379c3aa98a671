"""What shall stand in a calendar, what stands there, and how both are kept in a row."""

import hashlib
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from django.utils import translation

from integrations.calendars.base import Entry, Standing
from meetings.invitations import calendars, words
from meetings.models import Meeting

#: Start and end, in ISO 8601 and UTC.
Pair = list[str]


def entry_of(meeting: Meeting) -> Entry:
    """The same as in the owner's feed and mails, by the same UID; read with its owner and invitations."""
    its_own = (one for one in meeting.invitations.all() if one.contact_id == meeting.contact_id)
    invitation = next(its_own)  # each meeting is made with one
    invitation.meeting = meeting
    with translation.override(meeting.owner.language):
        said = words.owners_entry(invitation)
    return Entry(
        uid=said.uid,
        sequence=said.sequence,
        title=calendars.plain(said.title),
        starts_at=said.starts_at.replace(microsecond=0),  # as iCalendar has it
        ends_at=said.ends_at.replace(microsecond=0),
        words=f"{said.words}\n{said.page}",
        link=said.link or said.page,
        changed_at=meeting.updated_at,
        place=said.place,
    )


def digest(entry: Entry) -> str:
    """Another one as soon as anybody sees a difference."""
    said = [entry.uid, entry.sequence, entry.title, *pair(entry), entry.words, entry.location]
    return hashlib.sha256("\0".join(map(str, said)).encode()).hexdigest()


def pair(one: Entry | Standing) -> Pair:
    """["", ""] where its times could not be understood."""
    return times(one.starts_at, one.ends_at)


def times(starts_at: datetime | None, ends_at: datetime | None) -> Pair:
    return [_text(starts_at), _text(ends_at)]


def kept(there: Standing | None) -> dict[str, Any] | None:
    if there is None:
        return None
    return asdict(there) | {"starts_at": _text(there.starts_at), "ends_at": _text(there.ends_at)}


def standing(known: dict[str, Any] | None) -> Standing | None:
    """What `kept` has made of it."""
    if known is None:
        return None
    starts_at, ends_at = _moment(known["starts_at"]), _moment(known["ends_at"])
    return replace(Standing(**known), starts_at=starts_at, ends_at=ends_at)


def _text(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
