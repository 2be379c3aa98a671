"""What is offered where nothing fits: the wished day near the wanted part of it first, and nobody's night."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from meetings.hours import availability
from meetings.models import WorkingHours
from okey.owners.models import Owner
from tests.meetings.bot.talking import Talk

pytestmark = pytest.mark.django_db


def times(talk: Talk) -> list[str]:
    return [one for one in talk.buttons if one[:3] in {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}]


def test_an_evening_that_is_not_worked_gives_the_latest_of_that_day_and_then_of_the_next(talk: Talk) -> None:
    assert "outside Alice Archer’s hours: 09:00 to 17:00" in talk.say("tuesday evening")
    expected = ["Tue 3 Mar, 15:30", "Tue 3 Mar, 16:00", "Tue 3 Mar, 16:30", "Wed 4 Mar, 16:00", "Wed 4 Mar, 16:30"]
    assert times(talk) == expected


def test_a_time_before_the_hours_gives_the_first_of_that_day(talk: Talk) -> None:
    talk.say("tuesday before 8am")
    assert times(talk)[:3] == ["Tue 3 Mar, 09:00", "Tue 3 Mar, 09:30", "Tue 3 Mar, 10:00"]


def test_a_day_that_is_not_worked_keeps_the_hours_and_begins_with_the_nearest_days(talk: Talk) -> None:
    assert "no hours on Sat 7 Mar" in talk.say("saturday afternoon")
    assert times(talk)[0] == "Fri 6 Mar, 12:00"
    assert {one[:9] for one in times(talk)} == {"Fri 6 Mar", "Mon 9 Mar"}


@pytest.mark.parametrize("text", ["after lunch", "tomorrow after lunch", "tomorrow afternoon", "tomorrow at 3pm"])
def test_a_client_overseas_is_not_offered_the_night(alice: Owner, clock: object, text: str) -> None:
    talk = Talk(alice)
    answer = talk.hear(text, device_zone=ZoneInfo("America/New_York"))
    assert "03:00 to 11:00 in America/New York" in answer.text
    assert "Tue 3 Mar, 10:30" in times(talk)
    assert all("07:00" <= one[-5:] < "22:00" for one in times(talk)), times(talk)


@pytest.mark.parametrize("text", ["tomorrow", "as soon as possible", "next week"])
def test_where_no_hour_is_said_the_night_comes_last(alice: Owner, clock: object, text: str) -> None:
    talk = Talk(alice)
    talk.hear(text, device_zone=ZoneInfo("America/New_York"))
    assert times(talk)
    assert all("07:00" <= one[-5:] < "22:00" for one in times(talk)), times(talk)


def test_who_asks_for_the_night_gets_it(alice: Owner, clock: object) -> None:
    talk = Talk(alice)
    talk.hear("tomorrow before 6am", device_zone=ZoneInfo("America/New_York"))
    assert times(talk)[0] == "Tue 3 Mar, 03:00"


def test_where_there_is_nothing_but_the_night_it_is_offered(alice: Owner, clock: object) -> None:
    talk = Talk(alice)
    talk.hear("tomorrow", device_zone=ZoneInfo("Pacific/Honolulu"))
    assert times(talk)[0] == "Mon 2 Mar, 03:00"


def test_the_night_of_one_day_never_comes_before_the_waking_hours_of_another(alice: Owner, clock: object) -> None:
    settings = availability.settings_of(alice)
    settings.has_own_hours = True
    settings.save()
    hours = ((1, time(9), time(11)), (2, time(14), time(17)))
    WorkingHours.objects.bulk_create(
        WorkingHours(owner=alice, weekday=weekday, starts=starts, ends=ends) for weekday, starts, ends in hours
    )
    talk = Talk(alice)
    talk.hear("tuesday morning", device_zone=ZoneInfo("America/New_York"))  # 03:00 to 05:00 there
    assert times(talk)[0] == "Wed 4 Mar, 08:00"


def test_other_times_go_on_from_the_closest(talk: Talk) -> None:
    talk.say("tuesday evening", "other times")
    assert times(talk)[0] == "Thu 5 Mar, 15:30"
