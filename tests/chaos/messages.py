"""What clients were told by mail and programs by webhooks, against what is in the database."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from icalendar import Calendar

from tests.chaos.line import Line, none
from tests.chaos.post_office import Letter
from tests.chaos.run import Run

INVITATIONS = """
    SELECT i.id::text, m.starts_at, m.cancelled_at IS NOT NULL AS cancelled
    FROM meetings_invitation i JOIN meetings_meeting m ON m.id = i.meeting_id WHERE i.is_mailed
"""
EVENTS = """
    SELECT 'msg_' || replace(d.event_id::text, '-', '') AS id FROM webhooks_delivery d
"""


def lines(run: Run) -> list[Line]:
    return [*_mails(run), *_webhooks(run)]


def _mails(run: Run) -> list[Line]:
    entries = _entries(run.world.office.letters)
    silent, stale, turned, twice = [], [], [], []
    for row in run.world.questions.rows(INVITATIONS):
        told = entries.get(row["id"], [])
        if not told:
            silent += [] if row["cancelled"] else [row["id"]]
            continue
        last = told[-1]
        if last["cancelled"] != row["cancelled"] or not (row["cancelled"] or last["starts_at"] == row["starts_at"]):
            stale.append(row["id"])
        numbers = [entry["sequence"] for entry in told]
        if numbers != sorted(numbers):
            turned.append(row["id"])
        names = {(entry["sequence"], entry["message_id"]) for entry in told}
        first = {entry["message_id"] for entry in told if entry["subject"].startswith("Invitation:")}
        if len(names) != len(set(numbers)) or len(first) > 1:
            twice.append(row["id"])
    mailed = sum(map(len, entries.values()))
    return [
        Line("mails with a calendar part that came, more than none", int(mailed > 0), 1),
        none("clients who were never invited", silent),
        none("clients whose last mail says otherwise than the meeting is", stale),
        none("clients who got an older mail after a newer", turned),
        none("clients with two different invitations, or two mails of one number", twice),
    ]


def _entries(letters: list[Letter]) -> dict[str, list[dict[str, Any]]]:
    """What each invitation's calendar parts said, in the order in which they came."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for letter in letters:
        part = next((one for one in letter.message.walk() if one.get_content_type() == "text/calendar"), None)
        if part is None:
            continue
        calendar = Calendar.from_ical(part.get_payload(decode=True))
        event = next(iter(calendar.walk("VEVENT")))
        starts_at: datetime = event["DTSTART"].dt
        found[str(event["UID"])].append(
            {
                "sequence": int(event["SEQUENCE"]),
                "cancelled": str(calendar["METHOD"]) == "CANCEL",
                "starts_at": starts_at,
                "message_id": str(letter.message["Message-ID"]),
                "subject": str(letter.message["Subject"]),
            }
        )
    return found


def _webhooks(run: Run) -> list[Line]:
    told = {one.event for one in run.world.receiver.told}
    owed = {row["id"] for row in run.world.questions.rows(EVENTS)}
    return [
        Line("events owed to receivers, more than none", int(len(owed) > 0), 1),
        none("events that no receiver was told of", sorted(owed - told)),
        none("messages with a wrong signature", [one.event for one in run.world.receiver.told if not one.is_signed]),
    ]
