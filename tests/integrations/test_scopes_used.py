"""Scopes asked = scopes documented = scopes that the calls need, by what the vendors' own references say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.calendars.google import GoogleCalendar
from integrations.calendars.outlook import OutlookCalendar
from integrations.providers.google_meet import GoogleMeet
from integrations.providers.microsoft_teams import MicrosoftTeams
from integrations.providers.zoom import provider as zoom
from integrations.vendors.google.vendor import Google
from integrations.vendors.microsoft.vendor import Microsoft
from integrations.vendors.zoom.vendor import ZoomVendor

ROOT = Path(__file__).resolve().parents[2]
METHODS = {"GET", "POST", "PATCH", "PUT", "DELETE"}
GOOGLE = "https://www.googleapis.com/auth/"
#: File, method and the path as the code writes it: what the vendor's reference wants for it.
NEEDS: dict[tuple[str, str, str], set[str]] = {
    ("vendors/zoom/api.py", "GET", "'/v2/users/me'"): {"user:read:user"},
    ("providers/zoom/api.py", "POST", "'/v2/users/me/meetings'"): {"meeting:write:meeting"},
    ("providers/zoom/api.py", "PATCH", "f'/v2/meetings/{meeting_id}'"): {"meeting:update:meeting"},
    ("providers/zoom/api.py", "DELETE", "f'/v2/meetings/{meeting_id}'"): {"meeting:delete:meeting"},
    ("providers/zoom/api.py", "GET", "f'/v2/meetings/{meeting_id}'"): {"meeting:read:meeting"},
    ("providers/zoom/api.py", "GET", "'/v2/users/me/meetings'"): {"meeting:read:list_meetings"},
    ("vendors/google/api.py", "GET", "'/v1/userinfo'"): {"openid", f"{GOOGLE}userinfo.email"},
    ("providers/google_meet/provider.py", "POST", "'/v2/spaces'"): {f"{GOOGLE}meetings.space.created"},
    # `path` is that of the list of calendars and that of a calendar's events.
    ("calendars/google/__init__.py", "GET", "path"): {
        f"{GOOGLE}calendar.calendarlist.readonly",
        f"{GOOGLE}calendar.events.readonly",
    },
    # Whoever may read the events may be told of them, and end that.
    ("calendars/google/push.py", "POST", "path"): {f"{GOOGLE}calendar.events.readonly"},
    ("calendars/google/push.py", "POST", "'/calendar/v3/channels/stop'"): {f"{GOOGLE}calendar.events.readonly"},
    ("calendars/google/writing.py", "*", "*"): {f"{GOOGLE}calendar.events.owned"},
    ("vendors/microsoft/api.py", "GET", "'/me?$select=id,displayName,mail,userPrincipalName'"): {"User.Read"},
    # The doctor's question, with a token that is none, to hear that it is refused.
    ("vendors/microsoft/api.py", "GET", "'/organization?$select=id'"): set(),
    ("providers/microsoft_teams/provider.py", "*", "*"): {"OnlineMeetings.ReadWrite"},
    ("calendars/outlook/__init__.py", "GET", "path"): {"Calendars.Read"},
    ("calendars/outlook/push.py", "*", "*"): {"Calendars.Read"},
    ("calendars/outlook/writing.py", "*", "*"): {"Calendars.ReadWrite"},
}
#: Of the walk to a grant itself: no call to an API needs it.
FOR_THE_GRANT = {"offline_access"}


def names_of(*scopes: Any) -> set[str]:
    return {one if isinstance(one, str) else one[0] for one in scopes}


ASKED = {
    "zoom": names_of(*ZoomVendor.default_scopes, *zoom.MANAGING.values()),
    "google": names_of(*Google.sign_in_scopes, *GoogleMeet.scopes, *GoogleCalendar.scopes, *GoogleCalendar.writing[:1]),
    "microsoft": names_of(
        *Microsoft.sign_in_scopes, *MicrosoftTeams.scopes, *OutlookCalendar.scopes, *OutlookCalendar.writing[:1]
    ),
}
FOLDERS = {
    "zoom": ("vendors/zoom", "providers/zoom"),
    "google": ("vendors/google", "providers/google_meet", "calendars/google"),
    "microsoft": ("vendors/microsoft", "providers/microsoft_teams", "calendars/outlook"),
}
DOCUMENT = {"zoom": "docs/zoom-marketplace.md", "google": "docs/google-verification.md"}


def calls_of(vendor: str) -> Iterator[tuple[str, str, str]]:
    """Each call in the code that names its method, with the argument that is its path."""
    for folder in FOLDERS[vendor]:
        for file in sorted((ROOT / "integrations" / folder).glob("*.py")):
            name = file.relative_to(ROOT / "integrations").as_posix()
            for node in ast.walk(ast.parse(file.read_text())):
                arguments = node.args if isinstance(node, ast.Call) else []
                where = [n for n, one in enumerate(arguments) if isinstance(one, ast.Constant) and one.value in METHODS]
                if where:
                    after = [ast.unparse(one) for one in arguments[where[0] + 1 :]]
                    is_host = after and ("HOST" in after[0] or ".googleapis.com" in after[0])
                    path = after[1] if is_host else after[0]
                    yield name, str(ast.literal_eval(arguments[where[0]])), path


def needed_for(call: tuple[str, str, str]) -> set[str] | None:
    return NEEDS.get(call, NEEDS.get((call[0], "*", "*")))


@pytest.mark.parametrize("vendor", FOLDERS)
def test_each_call_is_known_and_each_scope_is_used(vendor: str) -> None:
    """Red? A new call: look up which scope its reference wants, and write it into NEEDS."""
    calls = list(calls_of(vendor))
    assert len(calls) >= 3
    assert [call for call in calls if needed_for(call) is None] == []
    used = set().union(*(needed_for(call) or set() for call in calls))
    assert used | (FOR_THE_GRANT & ASKED[vendor]) == ASKED[vendor]


@pytest.mark.parametrize("vendor", DOCUMENT)
def test_what_is_submitted_for_review_is_what_is_asked_for(vendor: str) -> None:
    text = (ROOT / DOCUMENT[vendor]).read_text()
    rows = re.findall(r"^\| `([^`]+)` \| `(?:GET|POST|PATCH|DELETE)[^|]*\| ([^|]+) \|$", text, re.MULTILINE)
    assert {scope for scope, _reason in rows} == ASKED[vendor]
    assert all(len(reason) > 40 for _scope, reason in rows)


def test_the_permissions_at_microsoft_are_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    assert [scope for scope in ASKED["microsoft"] if f"`{scope}`" not in text] == []


def test_zoom_is_asked_for_no_more_where_it_only_creates() -> None:
    assert names_of(*ZoomVendor.default_scopes) == {"user:read:user", "meeting:write:meeting"}
