"""The pages people see at the simulated Microsoft."""

from collections.abc import Iterable
from html import escape

from simulators.common.faults import Fault
from simulators.common.pages import Brand, hidden_fields, link, people_choice, table, user_card
from simulators.common.times import utc_text
from simulators.microsoft import scopes as microsoft_scopes
from simulators.microsoft.records import Grant, Meeting, Tenant, User

BRAND = Brand("Microsoft", "login.microsoftonline.com, graph.microsoft.com and teams.microsoft.com")
NO_PERSONAL_ACCOUNT = "You can’t sign in here with a personal account. Use your work or school account instead."


def sign_in(path: str, asked: dict[str, str], users: list[User], tenants: dict[str, Tenant], scopes: list[str]) -> str:
    hint = next((user.id for user in users if asked["login_hint"] in (user.id, user.email)), "")
    people = people_choice(
        ((user.id, user.name, f"{user.email} · {tenants[user.tenant_id].name}") for user in users), hint
    )
    return _consent(path, asked, people, scopes, "Permissions requested")


def admin_consent(path: str, asked: dict[str, str], admins: list[User], scopes: list[str]) -> str:
    people = people_choice((user.id, user.name, user.email) for user in admins)
    return _consent(path, asked, people, scopes, "Permissions requested: review for your organization")


def _consent(path: str, asked: dict[str, str], people: str, scopes: list[str], title: str) -> str:
    """All or nothing: there is no box for each permission."""
    texts = "".join(f"<li>{escape(microsoft_scopes.TEXTS[scope])}</li>" for scope in scopes)
    return BRAND.page(
        title,
        f'<form class="card" method="post" action="{escape(path)}"><h1>{escape(title)}</h1>'
        f'<p class="quiet">You go back to {escape(asked["redirect_uri"])}</p>{hidden_fields(asked)}'
        f"<fieldset><legend>Pick an account</legend>{people}</fieldset>"
        f"<fieldset><legend>This app would like to</legend><ul>{texts}</ul></fieldset>"
        '<div class="actions"><button name="decision" value="decline" formnovalidate>Cancel</button>'
        '<button class="main" name="decision" value="allow">Accept</button></div></form>',
    )


def need_admin_approval(tenant: Tenant) -> str:
    return BRAND.page(
        "Need admin approval",
        '<div class="card"><h1>Need admin approval</h1><p>This app needs permission to access resources in'
        f" {escape(tenant.name)} that only an admin can grant. Please ask an admin to grant permission to this"
        " app before you can use it.</p></div>",
    )


def error(message: str, code: int) -> str:
    return BRAND.page(
        "Sign in",
        f'<div class="card"><h1>Sorry, but we’re having trouble signing you in.</h1><p>{escape(message)}</p>'
        f'<p class="quiet">AADSTS{code}</p></div>',
    )


def join(meeting: Meeting) -> str:
    waits = "You walk in." if meeting.lobby == "everyone" else "You wait in the lobby until somebody lets you in."
    return BRAND.page(
        meeting.subject or "Meeting",
        f'<div class="card"><h1>{escape(meeting.subject or "Meeting")}</h1>'
        f'<p>Starts: {utc_text(meeting.start)}</p><p class="quiet">{waits}</p>'
        '<div class="actions"><a class="button main" href="#">Join now</a></div></div>',
    )


def no_meeting(reason: str) -> str:
    return BRAND.page(
        "Meeting", f'<div class="card"><h1>This meeting link does not work</h1><p>{escape(reason)}</p></div>'
    )


def home(
    users: Iterable[User],
    tenants: dict[str, Tenant],
    grants: dict[str, list[Grant]],
    meetings: list[Meeting],
    faults: list[Fault],
    calendars: str,
) -> str:
    cards = [_user_card(user, tenants[user.tenant_id], grants[user.id]) for user in users]
    rows = [
        (
            link(meeting.join_url, meeting.join_id),
            escape(meeting.subject),
            utc_text(meeting.start),
            escape(meeting.lobby),
            "deleted" if meeting.deleted_at else f"opens until {utc_text(meeting.dies_at)}",
        )
        for meeting in reversed(meetings[-100:])
    ]
    heads = ("ID", "Subject", "Starts", "Lobby", "Status")
    return BRAND.home(faults, cards, table(heads, rows), len(meetings), calendars)


def _user_card(user: User, tenant: Tenant, grants: list[Grant]) -> str:
    scopes = sorted({scope for grant in grants for scope in grant.scopes})
    state = f"{len(grants)} grants, with {', '.join(scopes)}." if grants else "The app has no access."
    kinds = [tenant.name]
    kinds += ["administrator"] if user.is_admin else []
    kinds += ["guest"] if user.is_guest else []
    kinds += ["without Teams"] if not user.has_teams else []
    return user_card(user.id, user.name, f"{user.email}, {', '.join(kinds)}", state, bool(grants))
