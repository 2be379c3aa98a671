"""Hours and the booking page by tools: what the pages write, with the scope “connect”."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from meetings.booking import settings as booking_settings
from okey.api.models import Scope
from okey.owners.models import Owner
from tests.meetings.assistant.assistant import Assistant, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

MORNING = {"starts": "09:00", "ends": "12:00"}


def test_the_week_is_shown_and_replaced(assistant: Assistant) -> None:
    before = assistant.call("show_hours")
    assert before["weekly"][0] == {"weekday": 0, "starts": "09:00", "ends": "17:00"}
    week = [{"weekday": 1, **MORNING}, {"weekday": 1, "starts": "13:00", "ends": "00:00"}]
    assert "Saved" in assistant.call("set_weekly_hours", weekly=week)["says"]
    assert assistant.call("show_hours") == before | {"weekly": week}
    assert assistant.call("find_free_times", limit=1)["slots"][0]["starts_local"].startswith("2026-08-04T09:00")


def test_where_the_owner_changes_them_they_are(assistant: Assistant, alice_client: Client) -> None:
    assistant.call("set_weekly_hours", weekly=[])
    shown, nothing = assistant.call("show_hours")["settings"], assistant.call("find_free_times", limit=1)["note"]
    assert nothing.endswith(shown)
    page = alice_client.get(urlsplit(shown).path).content.decode()
    assert "Weekly hours" in page
    assert 'name="notice_minutes"' in page


def dates_after(assistant: Assistant, **change: Any) -> Any:
    assistant.call("set_dates", **change)
    return assistant.call("show_hours")["dates"]


def test_dates_have_hours_of_their_own_or_none_or_the_usual_again(assistant: Assistant) -> None:
    off = dates_after(assistant, first="2026-08-03", last="2026-08-04")
    assert off == [{"date": f"2026-08-0{day}", "starts": None, "ends": None} for day in (3, 4)]
    said = dates_after(assistant, first="2026-08-04", ranges=[MORNING])
    assert said == [off[0], {"date": "2026-08-04", **MORNING}]
    assert dates_after(assistant, first="2026-08-03", as_usual=True) == said[1:]


def test_booking_is_switched(assistant: Assistant, alice: Owner) -> None:
    assert booking_settings.url_of(alice) == ""
    assistant.call("switch_booking", is_page_on=True, is_bot_on=False)
    said = assistant.call("show_hours")
    assert (said["is_page_on"], said["is_bot_on"]) == (True, False)
    assert said["booking_page"].endswith(booking_settings.url_of(alice))
    assistant.call("switch_booking")
    assert assistant.call("show_hours") == said


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("set_weekly_hours", {"weekly": [{"weekday": 0, "starts": "12:00", "ends": "09:00"}]}, "ends after it starts"),
        ("set_weekly_hours", {"weekly": [{"weekday": 0, **MORNING}] * 2}, "do not overlap"),
        ("set_weekly_hours", {"weekly": [{"weekday": 7, **MORNING}]}, "weekday"),
        ("set_dates", {"first": "2026-08-02"}, "`first`: This date is in the past"),
        ("set_dates", {"first": "2026-02-30"}, "`first`: there is no such date"),
        ("set_dates", {"first": "2026-08-05", "last": "2026-08-04"}, "`last`"),
        ("set_dates", {"first": "2026-08-05", "last": "2026-08-04", "as_usual": True}, "`last`"),
        ("set_dates", {"first": "2026-08-05", "ranges": [MORNING], "as_usual": True}, "`ranges`"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(
    assistant: Assistant, tool: str, arguments: dict[str, Any], words: str
) -> None:
    before = assistant.call("show_hours")
    assert words in assistant.refusal(tool, **arguments)
    assert assistant.call("show_hours") == before


def test_whoever_may_only_schedule_changes_none_of_it(alice: Owner) -> None:
    assistant = Assistant(make_token(alice, Scope.READ, Scope.SCHEDULE))
    assert not set(assistant.tools()) & {"show_hours", "set_weekly_hours", "set_dates", "switch_booking"}
    for tool, arguments in {
        "set_weekly_hours": {"weekly": []},
        "set_dates": {"first": "2026-08-03"},
        "switch_booking": {"is_page_on": True},
    }.items():
        assert "lacks the scope “connect”" in assistant.refusal(tool, **arguments)
    assert booking_settings.url_of(alice) == ""
