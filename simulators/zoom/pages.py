"""The pages people see. Plain functions from data to HTML; every value is escaped where it enters."""

from collections.abc import Iterable
from html import escape

from simulators.common.faults import Fault
from simulators.common.pages import Brand, button, hidden_fields, link, people_choice, scope_boxes, table, user_card
from simulators.common.times import utc_text
from simulators.zoom.records import Grant, Meeting, User

BRAND = Brand("Zoom", "zoom.us and api.zoom.us")

SCOPE_TEXTS = {
    "user:read:user": "View who you are",
    "meeting:write:meeting": "Create meetings for you",
    "meeting:update:meeting": "Change your meetings",
    "meeting:delete:meeting": "Delete your meetings",
    "meeting:read:meeting": "View a meeting",
    "meeting:read:list_meetings": "View the list of your meetings",
}
USER_TYPES = {1: "Basic", 2: "Licensed", 4: "may not host meetings"}


def consent(asked: dict[str, str], users: list[User], scopes: list[str]) -> str:
    people = people_choice((user.id, user.display_name, f"{user.email} · {_kind(user)}") for user in users)
    boxes = scope_boxes((scope, SCOPE_TEXTS.get(scope, scope)) for scope in scopes)
    return BRAND.page(
        "Allow this app?",
        '<form class="card" method="post" action="/oauth/authorize">'
        "<h1>Allow this app to use your Zoom account?</h1>"
        f'<p class="quiet">You go back to {escape(asked["redirect_uri"])}</p>{hidden_fields(asked)}'
        f"<fieldset><legend>Who are you?</legend>{people}</fieldset>"
        f"<fieldset><legend>What may it do?</legend>{boxes}</fieldset>"
        '<div class="actions"><button name="decision" value="decline" formnovalidate>Decline</button>'
        '<button class="main" name="decision" value="allow">Allow</button></div></form>',
    )


def error(message: str, code: str) -> str:
    return BRAND.page(
        "Error",
        f'<div class="card"><h1>Something is wrong</h1><p>{escape(message)}</p>'
        f'<p class="quiet">Error code: {escape(code)}</p></div>',
    )


def join(meeting: Meeting) -> str:
    when = meeting.start_time.replace("T", " ").replace("Z", " UTC") or "now"
    return BRAND.page(
        meeting.topic,
        f'<div class="card"><h1>{escape(meeting.topic)}</h1><p>Starts: {escape(when)}, {meeting.duration} minutes</p>'
        f'<p class="quiet">Meeting ID: {meeting.id}</p>'
        '<div class="actions"><a class="button main" href="#">Join</a></div></div>',
    )


def no_meeting(meeting_id: str) -> str:
    return error(f"This meeting link is invalid ({meeting_id}).", "3,001")


def home(users: Iterable[User], grants: dict[str, Grant], meetings: list[Meeting], faults: list[Fault]) -> str:
    cards = [_user_card(user, grants.get(user.id)) for user in users]
    return BRAND.home(faults, cards, _meetings_table(meetings), len(meetings))


def _user_card(user: User, grant: Grant | None) -> str:
    state = "The app is not added."
    if grant:
        state = f"The app was added {utc_text(grant.created_at)} with {', '.join(grant.scopes) or 'no scope'}."
    return user_card(user.id, user.display_name, f"{user.email}, {_kind(user)}", state, grant is not None)


def _meetings_table(meetings: list[Meeting]) -> str:
    rows = [
        (
            link(meeting.join_url, str(meeting.id)),
            escape(meeting.topic),
            escape(meeting.start_time),
            f"{meeting.duration} min",
            "deleted" if meeting.deleted_at else "on" if meeting.is_on else "waiting",
            "" if meeting.deleted_at else _hosts_buttons(meeting),
        )
        for meeting in reversed(meetings[-100:])
    ]
    return table(("ID", "Topic", "Starts", "Length", "Status", "As its host"), rows)


def _hosts_buttons(meeting: Meeting) -> str:
    texts = {"later": "An hour later", "end" if meeting.is_on else "start": "End" if meeting.is_on else "Start"}
    texts["delete"] = "Delete"
    buttons = (button(f"/switches/meetings/{meeting.id}/{action}", text) for action, text in texts.items())
    return f'<div class="row">{"".join(buttons)}</div>'


def _kind(user: User) -> str:
    return USER_TYPES.get(user.type, f"type {user.type}") + (", pending" if user.status == "pending" else "")
