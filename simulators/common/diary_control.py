"""What a person does in their calendar, for tests by the control API and for people at the home page."""

import secrets
from dataclasses import asdict, fields
from datetime import UTC, datetime
from html import escape
from typing import Any, Protocol

from simulators.common import diary
from simulators.common.app import Route, route
from simulators.common.control import bad, json_body
from simulators.common.diary import Calendar, Entry
from simulators.common.messages import Answer, Request, json_answer, redirect
from simulators.common.pages import button

GIVEN = {item.name for item in fields(Entry)} - {"id", "calendar_id", "number", "gone"}
#: What the home page lists at most.
SHOWN = 50


class Keeps(Protocol):
    """A state with calendars."""

    calendars: dict[str, Calendar]
    entries: dict[str, Entry]
    users: dict[str, Any]
    lock: Any

    def changing(self) -> Any: ...
    def save(self, record: Any) -> None: ...
    def now(self) -> float: ...
    def user_named(self, name: str) -> Any: ...
    def entry_changed(self, calendar: Calendar) -> None:
        """Tell who watches the calendar."""


class DiaryControl:
    def __init__(self, state: Keeps, id_alphabet: str = "0123456789abcdefghijklmnopqrstuv") -> None:
        self._state = state
        self._alphabet = id_alphabet

    def routes(self) -> list[Route]:
        return [
            route("POST", "/_simulator/users/([^/]+)/calendars", "add_calendar", self.add_calendar),
            route("POST", "/_simulator/calendars/([^/]+)", "change_calendar", self.change_calendar),
            route("POST", "/_simulator/calendars/([^/]+)/entries", "add_entries", self.add_entries),
            route("POST", "/_simulator/entries/([^/]+)", "change_entry", self.change_entry),
            route("POST", "/switches/entries", "switch_entry", self.switch_entry),
            route("POST", "/switches/entries/([^/]+)/delete", "switch_delete", self.switch_delete),
        ]

    # For tests

    def add_calendar(self, request: Request, user_name: str) -> Answer:
        user, data = self._state.user_named(user_name), json_body(request)
        with self._state.changing():
            calendar = Calendar(
                **{"id": self.new_id(), "owner_id": user.id, "name": "", "zone": "Europe/Berlin"} | data
            )
            self._state.save(calendar)
        return json_answer(201, asdict(calendar))

    def change_calendar(self, request: Request, name: str) -> Answer:
        with self._state.changing():
            calendar = self.calendar(name)
            for field, value in json_body(request).items():
                setattr(calendar, field, value)
            self._state.save(calendar)
        return json_answer(200, asdict(calendar))

    def add_entries(self, request: Request, name: str) -> Answer:
        """A list of entries, or one; their IDs. `name`: of a calendar, or of whose first one it is."""
        data = json_body(request)
        with self._state.changing():
            calendar = self.calendar(name)
            made = [self._add(calendar, item) for item in (data if isinstance(data, list) else [data])]
        self._state.entry_changed(calendar)
        return json_answer(201, {"ids": [one.id for one in made]})

    def change_entry(self, request: Request, entry_id: str) -> Answer:
        data = json_body(request)
        with self._state.changing():
            entry = self._state.entries[entry_id]
            calendar = self._state.calendars[entry.calendar_id]
            self._change(calendar, entry, data)
        self._state.entry_changed(calendar)
        return json_answer(200, asdict(entry))

    # For people

    def switch_entry(self, request: Request) -> Answer:
        form = request.form
        calendar = self.calendar(form.get("calendar", ""))
        is_all_day = "T" not in form.get("start", "T")
        try:
            for name in ("start", "end"):
                datetime.fromisoformat(form.get(name, ""))
        except ValueError:
            raise bad("When does it begin and end?") from None
        given = {
            "title": form.get("title", ""),
            "start": form["start"] if is_all_day else datetime.fromisoformat(form["start"]).isoformat(),
            "end": form["end"] if is_all_day else datetime.fromisoformat(form["end"]).isoformat(),
            "is_all_day": is_all_day,
            "shown": "free" if form.get("free") else "busy",
            "rule": form.get("rule", ""),
        }
        with self._state.changing():
            self._add(calendar, given)
        self._state.entry_changed(calendar)
        return redirect("/", 303)

    def switch_delete(self, _request: Request, entry_id: str) -> Answer:
        with self._state.changing():
            entry = self._state.entries[entry_id]
            calendar = self._state.calendars[entry.calendar_id]
            self._change(calendar, entry, {"is_cancelled": True})
        self._state.entry_changed(calendar)
        return redirect("/", 303)

    def page(self) -> str:
        """The calendars, what stands in them, and a form for more."""
        state = self._state
        chosen = "".join(
            f'<option value="{escape(one.id)}">{escape(state.users[one.owner_id].name)}: {escape(one.name)}'
            f" ({escape(one.zone)})</option>"
            for one in state.calendars.values()
            if not one.is_deleted
        )
        standing = [one for one in state.entries.values() if not one.is_cancelled][-SHOWN:]
        rows = "".join(
            f"<tr><td>{escape(state.users[state.calendars[one.calendar_id].owner_id].name)}</td><td>{escape(one.title)}"
            f"</td><td>{escape(one.start)} – {escape(one.end)}</td><td>{escape(one.shown)} {escape(one.rule)}</td>"
            f"<td>{button(f'/switches/entries/{one.id}/delete', 'Delete', 'danger')}</td></tr>"
            for one in reversed(standing)
        )
        return (
            f"<h2>Calendars</h2>"
            f'<form class="card" method="post" action="/switches/entries">'
            f'<p><label>In <select name="calendar">{chosen}</select></label></p>'
            '<p><label>Title <input name="title" value="Dentist" required></label></p>'
            '<p><label>From <input type="datetime-local" name="start" required></label>'
            ' <label>to <input type="datetime-local" name="end" required></label></p>'
            '<p><label><input type="checkbox" name="free" value="1"> marked as free</label></p>'
            '<p><label>Repeats <select name="rule"><option value="">never</option>'
            '<option value="FREQ=DAILY">every day</option><option value="FREQ=WEEKLY">every week</option>'
            "</select></label></p>"
            '<div class="actions"><button class="main">Put it in</button></div></form>'
            f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>'
        )

    # Shared

    def calendar(self, name: str) -> Calendar:
        """By its ID, or the first one of a user."""
        if name in self._state.calendars:
            return self._state.calendars[name]
        user = self._state.user_named(name)
        found = next((one for one in self._state.calendars.values() if user and one.owner_id == user.id), None)
        if found is None:
            raise bad(f"no calendar {name}")
        return found

    def new_id(self) -> str:
        return "".join(secrets.choice(self._alphabet) for _ in range(26))

    def _add(self, calendar: Calendar, data: dict[str, Any]) -> Entry:
        if unknown := data.keys() - GIVEN:
            raise bad(f"unknown: {', '.join(sorted(unknown))}")
        made = self.new_id()
        base = {
            "id": made,
            "calendar_id": calendar.id,
            "title": "",
            "zone": calendar.zone,
            "uid": f"{made}@example.net",
        }
        entry = Entry(**base | data)
        diary.single(calendar, entry)  # so that what no clock shows is refused now
        self._state.entries[entry.id] = entry
        self._keep(calendar, entry)
        return entry

    def _change(self, calendar: Calendar, entry: Entry, data: dict[str, Any]) -> None:
        # What was shown before is noted before.
        self._keep(calendar, entry)
        for field, value in data.items():
            setattr(entry, field, value)
        self._keep(calendar, entry)

    def _keep(self, calendar: Calendar, entry: Entry) -> None:
        now = datetime.fromtimestamp(self._state.now(), UTC)
        for record in diary.change(calendar, self._state.entries, entry, now):
            self._state.save(record)
