"""What hosts do with their meetings in Zoom itself, and what Zoom tells of that."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from simulators.common.times import parse_utc, utc_text
from simulators.zoom.records import Meeting
from simulators.zoom.state import State

ACTIONS = ("delete", "change", "later", "start", "end")
#: What a host may change, and a message about a change names.
CHANGED = ("topic", "start_time", "duration", "timezone", "agenda", "password")


def act(state: State, meeting: Meeting, action: str, values: dict[str, Any]) -> dict[str, Any]:
    """Do it, with `values` for a change; what Zoom then tells of it."""
    before = asdict(meeting)
    if action == "delete":
        meeting.deleted_at = state.now_text()
    elif action in {"start", "end"}:
        meeting.is_on = action == "start"
    elif action == "later":
        meeting.start_time = utc_text(parse_utc(meeting.start_time) + timedelta(hours=1).total_seconds())
    else:
        for name in CHANGED:
            setattr(meeting, name, values.get(name, getattr(meeting, name)))
    state.save(meeting)
    if action in {"change", "later"}:
        return updated(state, meeting, before)
    event = {"delete": "meeting.deleted", "start": "meeting.started", "end": "meeting.ended"}[action]
    return about(state, meeting, event)


def updated(state: State, meeting: Meeting, before: dict[str, Any]) -> dict[str, Any]:
    """With what was changed, and what it was: nothing else of the meeting."""
    new = {name: getattr(meeting, name) for name in CHANGED if getattr(meeting, name) != before[name]}
    old = {name: before[name] for name in new}
    message = _message(state, meeting, "meeting.updated")
    message["payload"] |= {
        "scope": "all",
        "object": {"id": meeting.id, **new},
        "old_object": {"id": meeting.id, **old},
        "time_stamp": message["event_ts"],
    }
    return message


def about(state: State, meeting: Meeting, event: str) -> dict[str, Any]:
    """Of one that was deleted, has begun or ended. Of these two the ID is a text."""
    message = _message(state, meeting, event)
    message["payload"]["object"] = {
        "uuid": meeting.uuid,
        "id": meeting.id if event == "meeting.deleted" else str(meeting.id),
        "host_id": meeting.host_id,
        "topic": meeting.topic,
        "type": meeting.type,
        "start_time": meeting.start_time,
        "duration": meeting.duration,
        "timezone": meeting.timezone,
    }
    if event == "meeting.deleted":
        message["payload"]["operation"] = "all"
    return message


def _message(state: State, meeting: Meeting, event: str) -> dict[str, Any]:
    host = state.users[meeting.host_id]
    payload = {"account_id": host.account_id, "operator": host.email, "operator_id": host.id}
    return {"event": event, "event_ts": int(state.now() * 1000), "payload": payload}
