"""The pages people see. Plain functions from data to HTML; every value is escaped where it enters."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from simulators.zoom.faults import Fault
from simulators.zoom.records import Grant, Meeting, User, utc_text

STYLE = (Path(__file__).parent / "style.css").read_bytes()

SCOPE_TEXTS = {
    "user:read:user": "View who you are",
    "meeting:write:meeting": "Create meetings for you",
    "meeting:update:meeting": "Change your meetings",
    "meeting:delete:meeting": "Delete your meetings",
    "meeting:read:meeting": "View a meeting",
    "meeting:read:list_meetings": "View the list of your meetings",
}
USER_TYPES = {1: "Basic", 2: "Licensed", 4: "may not host meetings"}


def _page(title: str, content: str, wide: bool = False) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} · Zoom (simulator)</title><link rel="stylesheet" href="/style.css"></head>'
        f'<body><main{" class=wide" if wide else ""}><p class="brand">Zoom <span>(simulator)</span></p>'
        f"{content}</main></body></html>"
    )


def consent(asked: dict[str, str], users: list[User], scopes: list[str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked.items()
    )
    people = "".join(
        f'<label class="choice"><input type="radio" name="user" value="{escape(user.id)}" required'
        f"{' checked' if number == 0 else ''}><span>{escape(user.display_name)}"
        f"<small>{escape(user.email)} · {_kind(user)}</small></span></label>"
        for number, user in enumerate(users)
    )
    boxes = "".join(
        f'<label class="choice"><input type="checkbox" name="scope" value="{escape(scope)}" checked>'
        f"<span>{escape(SCOPE_TEXTS.get(scope, scope))}<small>{escape(scope)}</small></span></label>"
        for scope in scopes
    )
    return _page(
        "Allow this app?",
        '<form class="card" method="post" action="/oauth/authorize">'
        "<h1>Allow this app to use your Zoom account?</h1>"
        f'<p class="quiet">You go back to {escape(asked["redirect_uri"])}</p>{hidden}'
        f"<fieldset><legend>Who are you?</legend>{people}</fieldset>"
        f"<fieldset><legend>What may it do?</legend>{boxes}</fieldset>"
        '<div class="actions"><button name="decision" value="decline" formnovalidate>Decline</button>'
        '<button class="main" name="decision" value="allow">Allow</button></div></form>',
    )


def error(message: str, code: str) -> str:
    return _page(
        "Error",
        f'<div class="card"><h1>Something is wrong</h1><p>{escape(message)}</p>'
        f'<p class="quiet">Error code: {escape(code)}</p></div>',
    )


def join(meeting: Meeting) -> str:
    when = meeting.start_time.replace("T", " ").replace("Z", " UTC") or "now"
    return _page(
        meeting.topic,
        f'<div class="card"><h1>{escape(meeting.topic)}</h1><p>Starts: {escape(when)}, {meeting.duration} minutes</p>'
        f'<p class="quiet">Meeting ID: {meeting.id}</p>'
        '<div class="actions"><a class="button main" href="#">Join</a></div></div>',
    )


def no_meeting(meeting_id: str) -> str:
    return error(f"This meeting link is invalid ({meeting_id}).", "3,001")


def home(users: Iterable[User], grants: dict[str, Grant], meetings: list[Meeting], faults: list[Fault]) -> str:
    switched = ", ".join(f"{fault.kind} on {fault.on}" for fault in faults) or "everything works"
    return _page(
        "Home",
        "<h1>The Zoom simulator</h1><p>A stand-in for zoom.us and api.zoom.us on this machine."
        f' Right now: <strong>{escape(switched)}</strong>.</p><div class="row">'
        f"{_button('/switches/down', 'Zoom is down (503)')}{_button('/switches/slow', 'Slow (3 s)')}"
        f"{_button('/switches/normal', 'Back to normal')}</div>"
        f'<h2>Users</h2><div class="users">{"".join(_user_card(user, grants.get(user.id)) for user in users)}</div>'
        f"<h2>Meetings ({len(meetings)})</h2>{_meetings_table(meetings)}",
        wide=True,
    )


def _user_card(user: User, grant: Grant | None) -> str:
    if grant is None:
        state, buttons = "The app is not added.", ""
    else:
        state = f"The app was added {utc_text(grant.created_at)} with {', '.join(grant.scopes) or 'no scope'}."
        path = f"/switches/users/{user.id}"
        buttons = (
            f'<div class="row">{_button(f"{path}/expire", "Expire access tokens")}'
            f"{_button(f'{path}/kill-refresh', 'Kill refresh tokens')}"
            f"{_button(f'{path}/deauthorize', 'Remove the app', 'danger')}</div>"
        )
    return (
        f'<div class="card"><strong>{escape(user.display_name)}</strong> <small>{escape(user.email)}, '
        f"{_kind(user)}</small><p>{escape(state)}</p>{buttons}</div>"
    )


def _meetings_table(meetings: list[Meeting]) -> str:
    rows = "".join(
        f"<tr><td>{_meeting_link(meeting)}</td><td>{escape(meeting.topic)}</td>"
        f"<td>{escape(meeting.start_time)}</td><td>{meeting.duration} min</td>"
        f"<td>{'deleted' if meeting.deleted_at else 'waiting'}</td></tr>"
        for meeting in reversed(meetings[-100:])
    )
    if not rows:
        return '<p class="quiet">None yet.</p>'
    return (
        '<div class="scroll"><table><thead><tr><th>ID</th><th>Topic</th><th>Starts</th><th>Length</th>'
        f"<th>Status</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _meeting_link(meeting: Meeting) -> str:
    return f'<a href="{escape(meeting.join_url)}">{meeting.id}</a>'


def _kind(user: User) -> str:
    return escape(USER_TYPES.get(user.type, f"type {user.type}") + (", pending" if user.status == "pending" else ""))


def _button(path: str, text: str, kind: str = "") -> str:
    return f'<form method="post" action="{escape(path)}"><button class="{kind}">{escape(text)}</button></form>'
