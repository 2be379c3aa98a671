"""What a model has to read before it does anything, and with each answer."""

import json
from typing import Any

import pytest

from meetings.assistant.server import INSTRUCTIONS
from okey.api.models import Scope
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.assistant.assistant import Assistant, make_token
from tests.meetings.assistant.test_looking import schedule

pytestmark = pytest.mark.django_db

#: Characters of JSON; four are about a token.
ALL_TOOLS, ONE_TOOL, ONE_LINE = 24_500, 4_000, 450
#: And what the scope “connect” brings, which nobody is given who does not ask for it.
HOURS_TOOLS = 7_500


def properties(schema: Any) -> dict[str, Any]:
    found: dict[str, Any] = schema["properties"]
    return found


def test_the_tools_are_read_in_a_few_thousand_tokens(assistant: Assistant, alice: Owner) -> None:
    sizes = {name: len(json.dumps(tool)) for name, tool in assistant.tools().items()}
    usual = Assistant(make_token(alice, Scope.READ, Scope.SCHEDULE)).tools()
    assert max(sizes.values()) < ONE_TOOL, sizes
    assert sum(sizes[name] for name in usual) + len(INSTRUCTIONS) < ALL_TOOLS, sizes
    assert sum(sizes[name] for name in sizes.keys() - usual.keys()) < HOURS_TOOLS, sizes


def test_every_tool_says_what_it_does_and_every_id_where_it_comes_from(assistant: Assistant) -> None:
    for name, tool in assistant.tools().items():
        assert 40 < len(tool["description"]) < 350, name
        assert 5 < len(tool["title"]) < 30, name
        for argument, schema in properties(tool["inputSchema"]).items():
            assert not argument.endswith("_id") or "from " in schema["description"], (name, argument)
        assert tool["inputSchema"]["additionalProperties"] is False


def test_whoever_gets_a_meeting_gets_the_state_of_its_link(assistant: Assistant) -> None:
    for name, tool in assistant.tools().items():
        said = json.dumps(tool["outputSchema"])
        assert ('"link_status"' in said) == ("meeting" in name or "link" in name), name


def test_clients_are_told_what_changes_something_and_reaches_people(assistant: Assistant) -> None:
    hints = {name: tool["annotations"] for name, tool in assistant.tools().items()}
    changing = {"add_contact", "restore_contact", "schedule_meeting", "reschedule_meeting", "cancel_meeting"}
    changing |= {"offer_one_booking", "answer_request", "withdraw_offer"}
    settling = {"set_weekly_hours", "set_dates", "switch_booking"}
    assert {name for name, hint in hints.items() if not hint["readOnlyHint"]} == changing | settling
    assert {name for name, hint in hints.items() if hint["openWorldHint"]} == changing - {
        "add_contact",
        "restore_contact",
        "offer_one_booking",
        "withdraw_offer",
    }
    assert {name for name, hint in hints.items() if hint.get("destructiveHint")} == {
        "cancel_meeting",
        "reschedule_meeting",  # it writes over what was agreed
        "answer_request",
        "withdraw_offer",
        *settling,
    }
    assert {name for name, hint in hints.items() if hint.get("idempotentHint") is False} == {
        "schedule_meeting",
        "offer_one_booking",  # another link each time
    }


def test_answers_are_as_long_as_what_was_asked_for(assistant: Assistant, alice: Owner, ann: Contact) -> None:
    for number in range(30):
        schedule(alice, ann, title=f"Meeting {number}")
        add_contact(owner=alice, name=f"Ann {number}", email=f"ann{number}@example.com")
    for tool, name in {"list_meetings": "meetings", "find_contacts": "contacts"}.items():
        answer = assistant.call(tool)
        assert (len(answer[name]), answer["more"]) == (10, True)
        assert len(json.dumps(answer[name])) < 10 * ONE_LINE
        assert len(assistant.call(tool, limit=25)[name]) == 25
        assert "`int` <= 25" in assistant.refusal(tool, limit=1000)
