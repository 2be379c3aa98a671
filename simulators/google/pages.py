"""The pages people see at the simulated Google."""

from collections.abc import Iterable
from html import escape

from simulators.common.faults import Fault
from simulators.common.pages import Brand, hidden_fields, link, people_choice, scope_boxes, table, user_card
from simulators.google import scopes as google_scopes
from simulators.google.records import Grant, Space, User

BRAND = Brand("Google", "accounts.google.com, googleapis.com and meet.google.com")
BLOCKED = "Access blocked: your institution’s admin needs to review this app."


def consent(asked: dict[str, str], users: list[User], scopes: list[str], ticked: bool) -> str:
    hint = next((user.id for user in users if asked["login_hint"] in (user.id, user.email)), "")
    people = people_choice(((user.id, user.name, user.email) for user in users), hint)
    boxed = google_scopes.with_boxes(scopes)
    boxes = scope_boxes(((scope, google_scopes.TEXTS[scope]) for scope in boxed), ticked)
    fixed = "".join(f"<li>{escape(_text(scope))}</li>" for scope in scopes if scope not in boxed)
    hidden = hidden_fields({"asked" if name == "scope" else name: value for name, value in asked.items()})
    legend = "Select what this app can access" if boxed else "This app wants to"
    return BRAND.page(
        "Sign in with Google",
        '<form class="card" method="post" action="/o/oauth2/v2/auth">'
        "<h1>This app wants access to your Google Account</h1>"
        f'<p class="quiet">You go back to {escape(asked["redirect_uri"])}</p>{hidden}'
        f"<fieldset><legend>Choose an account</legend>{people}</fieldset>"
        f"<fieldset><legend>{legend}</legend><ul>{fixed}</ul>{boxes}</fieldset>"
        '<div class="actions"><button name="decision" value="decline" formnovalidate>Cancel</button>'
        '<button class="main" name="decision" value="allow">Continue</button></div></form>',
    )


def error(message: str, code: str, status: int) -> str:
    return BRAND.page(
        "Access blocked",
        f'<div class="card"><h1>Access blocked: authorization error</h1><p>{escape(message)}</p>'
        f'<p class="quiet">Error {status}: {escape(code)}</p></div>',
    )


def not_found(path: str) -> str:
    return BRAND.page(
        "Error 404 (Not Found)",
        f'<div class="card"><h1>404. That’s an error.</h1><p>The requested URL {escape(path)} was not found'
        " on this server.</p></div>",
    )


def join(space: Space) -> str:
    who = {
        "OPEN": "Anyone with the link walks in.",
        "TRUSTED": "People of the organisation walk in; everybody else asks to join.",
        "RESTRICTED": "Everybody asks to join.",
    }[space.config["accessType"]]
    return BRAND.page(
        space.code,
        f'<div class="card"><h1>{escape(space.code)}</h1><p>Ready to join?</p><p class="quiet">{who}</p>'
        '<div class="actions"><a class="button main" href="#">Join now</a></div></div>',
    )


def no_space(code: str) -> str:
    return BRAND.page("Meet", f'<div class="card"><h1>Check your meeting code</h1><p>{escape(code)}</p></div>')


def home(
    users: Iterable[User], grants: dict[str, list[Grant]], spaces: list[Space], faults: list[Fault], calendars: str
) -> str:
    cards = [_user_card(user, grants[user.id]) for user in users]
    rows = [
        (link(space.uri, space.code), escape(space.owner_id), escape(space.created_at), space.config["accessType"])
        for space in reversed(spaces[-100:])
    ]
    return BRAND.home(faults, cards, table(("Code", "Owner", "Made", "Access"), rows), len(spaces), calendars)


def _user_card(user: User, grants: list[Grant]) -> str:
    scopes = sorted({scope for grant in grants for scope in grant.scopes})
    state = f"{len(grants)} grants, with {', '.join(scopes)}." if grants else "The app has no access."
    return user_card(user.id, user.name, f"{user.email}, {_kind(user)}", state, bool(grants))


def _kind(user: User) -> str:
    kind = "Workspace" if user.domain else "consumer"
    if not user.has_meet:
        kind += ", without Meet"
    if user.open_meetings != "allowed":
        kind += ", open meetings not allowed"
    return kind + (f", {user.blocked}" if user.blocked else "")


def _text(scope: str) -> str:
    names = {"openid": "Know who you are", google_scopes.EMAIL: "See your email address"}
    return names.get(scope) or google_scopes.TEXTS.get(scope) or "See your personal info"
