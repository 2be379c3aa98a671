"""A real CalDAV server with a calendar in it that one can edit: what `make run` connects to, and tests.

Radicale keeps each entry as a file of its own, so an editor changes it as well as any calendar program does.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

CALENDAR = "work"


def lay_out(folder: Path, *, user: str, password: str, now: datetime) -> None:
    """Who may sign in; and a calendar with some entries of the coming days, unless there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    users = folder / "users"
    with os.fdopen(os.open(users, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{user}:{password}\n")
    calendar = folder / "collection-root" / user / CALENDAR
    if calendar.exists():
        return
    calendar.mkdir(parents=True)
    properties = {"tag": "VCALENDAR", "D:displayname": "Work", "C:supported-calendar-component-set": "VEVENT"}
    (calendar / ".Radicale.props").write_text(json.dumps(properties))
    tomorrow = now.astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for name, title, starts_at, minutes, more in (
        ("dentist", "Dentist", tomorrow, 60, []),
        ("standup", "Stand-up", tomorrow.replace(hour=8), 30, ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"]),
        ("lunch", "Lunch, if it does not rain", tomorrow.replace(hour=11), 60, ["STATUS:TENTATIVE"]),
    ):
        (calendar / f"{name}.ics").write_text(_entry(name, title, starts_at, minutes, more))


def _entry(name: str, title: str, starts_at: datetime, minutes: int, more: list[str]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//O-Key//demo//EN", "BEGIN:VEVENT", f"UID:{name}@demo.example"]
    lines += [f"DTSTAMP:{starts_at:%Y%m%dT%H%M%SZ}", f"DTSTART:{starts_at:%Y%m%dT%H%M%SZ}"]
    lines += [
        f"DURATION:PT{minutes}M",
        "SUMMARY:" + title.replace(",", "\\,"),
        *more,
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)
