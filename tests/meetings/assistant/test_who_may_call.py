"""Whose token reaches what: nothing without one, nothing beyond its scopes, nothing of another owner's."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from meetings.types import single_use
from okey.api import limiting, tokens
from okey.api.models import ApiToken, Scope
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.assistant.assistant import Assistant, in_a_year, make_token
from tests.meetings.assistant.test_looking import schedule
from tests.okey.api.caller import Caller

pytestmark = pytest.mark.django_db

LIST = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
CONTACT_TOOLS: dict[str, dict[str, Any]] = {
    "schedule_meeting": {"title": "Kick-off", "starts_at": in_a_year(), "any_time": True},
    "restore_contact": {},
}
MEETING_TOOLS: dict[str, dict[str, Any]] = {
    "get_join_link": {},
    "reschedule_meeting": {"title": "Mine now"},
    "cancel_meeting": {},
    "answer_request": {"approve": True},
}
SCOPES = {
    "find_contacts": Scope.READ,
    "find_free_times": Scope.READ,
    "list_types": Scope.READ,
    "list_meetings": Scope.READ,
    "get_join_link": Scope.READ,
    "list_connections": Scope.READ,
    "add_contact": Scope.SCHEDULE,
    "restore_contact": Scope.SCHEDULE,
    "schedule_meeting": Scope.SCHEDULE,
    "reschedule_meeting": Scope.SCHEDULE,
    "answer_request": Scope.SCHEDULE,
    "cancel_meeting": Scope.SCHEDULE,
    "offer_one_booking": Scope.SCHEDULE,
    "withdraw_offer": Scope.SCHEDULE,
    "list_offers": Scope.READ,
    "show_hours": Scope.CONNECT,
    "set_weekly_hours": Scope.CONNECT,
    "set_dates": Scope.CONNECT,
    "switch_booking": Scope.CONNECT,
}


def test_a_stranger_reaches_no_meeting_and_no_contact(charlie: Owner, alice: Owner, ann: Contact) -> None:
    meeting = schedule(alice, ann)
    stranger = Assistant(make_token(charlie))
    for tool, arguments in MEETING_TOOLS.items():
        words = stranger.refusal(tool, meeting_id=str(meeting.pk), **arguments)
        assert words == stranger.refusal(tool, meeting_id="00000000-0000-0000-0000-000000000000", **arguments)
    for tool, arguments in CONTACT_TOOLS.items():
        assert "no contact of the owner’s" in stranger.refusal(tool, contact_id=str(ann.pk), **arguments)
    offer = single_use.make(alice, None)
    assert "no such link" in stranger.refusal("withdraw_offer", offer_id=str(offer.pk))
    assert stranger.call("list_offers")["offers"] == []
    assert stranger.call("find_contacts")["contacts"] == []
    assert stranger.call("list_meetings", show="all")["meetings"] == []
    assert stranger.call("add_contact", name="Ann", email="ann@example.com")["is_new"]
    meeting.refresh_from_db()
    assert (meeting.title, meeting.is_cancelled) == ("Kick-off", False)


def test_every_tool_names_the_scope_that_the_token_lacks(alice: Owner, ann: Contact) -> None:
    meeting = schedule(alice, ann)
    whole = {
        "add_contact": {"name": "Zoe", "email": "zoe@example.com"},
        "set_weekly_hours": {"weekly": []},
        "withdraw_offer": {"offer_id": str(single_use.make(alice, None).pk)},
        "set_dates": {"first": in_a_year()[:10]},
        **{name: {"contact_id": str(ann.pk), **arguments} for name, arguments in CONTACT_TOOLS.items()},
        **{name: {"meeting_id": str(meeting.pk), **arguments} for name, arguments in MEETING_TOOLS.items()},
    }
    assert set(Assistant(make_token(alice)).tools()) == set(SCOPES)
    for scope in Scope:
        listed = Assistant(make_token(alice, scope)).tools()
        assert set(listed) == {tool for tool, needed in SCOPES.items() if needed is scope}
    for tool, scope in SCOPES.items():
        others = [one for one in Scope if one is not scope]
        words = Assistant(make_token(alice, *others)).refusal(tool, **whole.get(tool, {}))
        assert f"lacks the scope “{scope.value}”" in words
        assert "http://testserver.localhost:8000/settings/api-tokens/" in words
        Assistant(make_token(alice, scope)).call(tool, **whole.get(tool, {}))


@pytest.mark.parametrize("secret", ["", "okey_wrong", "okey_\xff"])
def test_without_a_token_that_works_not_even_the_tools_are_listed(alice: Owner, secret: str) -> None:
    refused(Assistant(secret))


def test_a_revoked_token_is_refused_at_once(alice: Owner) -> None:
    token, secret = tokens.make(owner=alice, name="Assistant", scopes=tuple(Scope))
    assert Assistant(secret).post(LIST).status_code == 200
    tokens.revoke(owner=alice, token_id=token.pk)
    refused(Assistant(secret))


def test_an_expired_token_is_refused(alice: Owner) -> None:
    secret = make_token(alice)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    refused(Assistant(secret))


def test_an_owner_who_may_not_sign_in_is_refused(alice: Owner) -> None:
    secret = make_token(alice)
    Owner.objects.update(is_active=False)
    refused(Assistant(secret))


def test_a_session_is_no_token(alice_client: Client) -> None:
    refused(Assistant(client=alice_client))


def refused(assistant: Assistant) -> None:
    response = assistant.post(LIST)
    assert response.status_code == 401
    error = ', error="invalid_token"' if assistant.secret else ""
    metadata = "http://testserver.localhost:8000/.well-known/oauth-protected-resource/mcp"
    said = f'Bearer realm="O-Key"{error}, resource_metadata="{metadata}", scope="read schedule"'
    assert response["WWW-Authenticate"] == said
    assert json.loads(response.content)["code"] == "not_authenticated"


def test_calls_count_with_those_of_the_rest_api(alice: Owner, bob: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "CALLS_A_MINUTE", 2)
    assistant = Assistant(make_token(alice))
    assert Caller(alice).get("/me").status_code == 200
    response = assistant.post(LIST)
    assert int(response["RateLimit-Remaining"]) == 0
    refusal = assistant.post(LIST)
    assert (refusal.status_code, 1 <= int(refusal["Retry-After"]) <= 61) == (429, True)
    assert Assistant(make_token(bob)).post(LIST).status_code == 200


def test_whoever_tries_tokens_out_is_slowed_down(alice: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "REFUSALS_A_MINUTE", 1)
    Assistant("okey_wrong").post(LIST)
    assert Assistant("okey_other").post(LIST).status_code == 429
    assert Assistant(make_token(alice)).post(LIST).status_code == 200
