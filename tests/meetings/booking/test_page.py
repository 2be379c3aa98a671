"""The booking page: a month, a day's times, in the client's zone; and nothing else of the owner."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meetings.models import DateOverride, Meeting, MeetingSettings
from okey.owners.models import Owner
from tests.meetings.booking.cast import FIRST, NOW, bookable
from tests.meetings.page_cast import connect_zoom, contact_of, meeting_of

pytestmark = pytest.mark.django_db

PAGE = "/book/alice-archer/"


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def page_on(alice: Owner) -> None:
    bookable(alice)


def page(client: Client, **query: str) -> str:
    response = client.get(PAGE, query)
    assert response.status_code == 200
    return response.content.decode()


def times(html: str) -> list[str]:
    return re.findall(r'details/\?at=[^"]+">([^<]+)</a>', html)


# --- What it shows ----------------------------------------------------------------------------------------


def test_it_shows_the_owner_and_the_next_day_with_free_times(client: Client) -> None:
    html = page(client)
    for words in (
        "Book a meeting with Alice Archer",
        ">AA<",
        "30 minutes.",
        "November 2026",
        "Wednesday 25 November 2026",
    ):
        assert words in html
    assert times(html)[0] == "09:00"
    assert times(html)[-1] == "16:30"


def test_it_shows_nothing_else_of_the_owner(client: Client, alice: Owner) -> None:
    connect_zoom(alice)
    meeting_of(alice, title="Secret talks", contact=contact_of(alice, "Ann Lee"))
    html = page(client)
    for hidden in ("example.com", "zoom", "Zoom", "Secret", "Ann", str(alice.pk), "/settings/", "/contacts/"):
        assert hidden not in html


def test_an_owner_without_a_name_is_not_named_by_their_address(client: Client, alice: Owner) -> None:
    Owner.objects.filter(pk=alice.pk).update(name=" ")
    html = page(client)
    assert "Book a meeting with O-Key" in html
    assert "alice@" not in html


def test_a_day_of_another_month_is_shown_with_its_month(client: Client) -> None:
    html = page(client, day="2026-12-07")
    assert "December 2026" in html
    assert 'aria-label="Monday 7 December, 16 free times" aria-current="date"' in html
    assert len(times(html)) == 16


def test_a_month_opens_at_its_first_free_day(client: Client) -> None:
    assert "Tuesday 1 December 2026" in page(client, month="2026-12")


def test_days_without_free_times_are_no_links(client: Client, alice: Owner) -> None:
    DateOverride.objects.create(owner=alice, date=FIRST.date())
    html = page(client)
    assert "day=2026-11-25" not in html
    assert "Thursday 26 November 2026" in html


def test_a_taken_time_is_not_shown(client: Client, alice: Owner) -> None:
    meeting_of(alice, hours=17)  # 9:00 in Berlin
    assert times(page(client))[0] == "09:30"


@pytest.mark.parametrize(
    "query",
    [
        {"day": "2026-13-45"},
        {"day": "x" * 500},
        {"day": "\0"},
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"month": "9999-12"},
        {"month": "0001-01"},
        {"month": "2026-99"},
        {"day": "٢٠٢٦-١٢-٠١"},
        {"month": "' OR 1=1"},
    ],
)
def test_days_and_months_that_are_none_show_some_that_are(client: Client, query: dict[str, str]) -> None:
    assert "2026" in page(client, **query) or "January 2027" in page(client, **query)


def test_paging_ends_where_the_horizon_does(client: Client, alice: Owner) -> None:
    html = page(client)
    assert 'rel="prev"' not in html
    assert "month=2026-12" in html
    assert 'rel="next"' not in page(client, month="2027-01")
    assert "January 2027" in page(client, month="2027-06"), "60 days ahead is the end"


def test_a_month_without_free_times_names_the_next_one(client: Client, alice: Owner) -> None:
    for day in range(24, 31):
        DateOverride.objects.create(owner=alice, date=datetime(2026, 11, day).date())  # noqa: DTZ001
    html = page(client, month="2026-11")
    assert "No free time this month" in html
    assert "Tue 1 Dec 2026, 09:00–09:30" in html


def test_where_nothing_is_free_it_says_whom_to_ask(client: Client, alice: Owner) -> None:
    MeetingSettings.objects.create(owner=alice, has_own_hours=True)
    html = page(client)
    assert "No free times" in html
    assert "or ask Alice Archer directly" in html


def test_a_month_with_few_free_days_is_shown_with_the_next(client: Client, alice: Owner) -> None:
    assert 'id="next-month"' not in page(client), "four days are enough"
    DateOverride.objects.create(owner=alice, date=FIRST.date())
    html = page(client)
    assert re.search(r'id="next-month">December 2026', html)
    assert "Thursday 26 November 2026" in html
    assert "day=2026-12-01&amp;month=2026-11" in html, "picked, the two stay side by side"
    picked = page(client, day="2026-12-01", month="2026-11")
    assert re.search(r'id="month">November 2026', picked)
    assert "Tuesday 1 December 2026" in picked


def test_a_day_without_free_times_names_the_next_one(client: Client) -> None:
    html = page(client, day="2026-11-28")
    assert "There is no free time on this day." in html
    assert "Next free: Mon 30 Nov 2026, 09:00–09:30" in html


def test_times_are_grouped_by_the_part_of_the_day(client: Client) -> None:
    html = page(client)
    assert re.findall(r'class="times__part"[^>]*>([^<]+)<', html) == ["Morning", "Afternoon"]
    assert "your time is" not in html


# --- Clocks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("languages", "first"),
    [
        ("", "09:00"),
        ("en-US,en;q=0.9", "9:00\N{NO-BREAK SPACE}AM"),
        ("en-GB", "09:00"),
        ("de-DE,de;q=0.9,en-US;q=0.8", "09:00"),
        ("tlh,en-US;q=0.5", "9:00\N{NO-BREAK SPACE}AM"),
        ("*", "09:00"),
        ("x" * 500, "09:00"),
    ],
)
def test_times_are_written_as_the_readers_language_does(client: Client, languages: str, first: str) -> None:
    assert times(client.get(PAGE, headers={"Accept-Language": languages}).content.decode())[0] == first


def test_the_switch_stays_switched(client: Client) -> None:
    html = page(client, clock="12", zone="Europe/Berlin", day="2026-11-25")
    assert times(html)[0] == "9:00\N{NO-BREAK SPACE}AM"
    links = re.findall(r'href="(/book/[^"]*|\?[^"]*)"', html)
    assert all("clock=" in link for link in links if "zone=" in link), "also where no cookie is kept"
    assert 'href="?clock=24&amp;zone=Europe%2FBerlin&amp;day=2026-11-25"' in html
    assert client.cookies["okey_clock"].value == "12"
    assert times(page(client))[0] == "9:00\N{NO-BREAK SPACE}AM", "on the next visit"
    assert times(page(client, clock="24"))[0] == "09:00"
    assert client.cookies["okey_clock"].value == "24"


@pytest.mark.parametrize("clock", ["13", "", "\0", "x" * 500])
def test_a_clock_that_is_none_switches_nothing(client: Client, clock: str) -> None:
    assert times(page(client, clock=clock))[0] == "09:00"
    assert not client.cookies


def test_in_a_frame_the_switch_sets_no_cookie(client: Client) -> None:
    response = client.get(f"{PAGE}embed/", {"clock": "12"})
    assert times(response.content.decode())[0] == "9:00\N{NO-BREAK SPACE}AM"
    assert not response.cookies


# --- Zones ------------------------------------------------------------------------------------------------


def test_times_are_the_clients(client: Client) -> None:
    html = page(client, zone="America/New_York", day="2026-11-25")
    assert times(html)[0] == "03:00"
    assert "America/New York (GMT\N{MINUS SIGN}5)" in html
    assert "time zone. Choose yours." not in html
    assert "data-guess-zone" not in html
    assert re.findall(r'class="times__part"[^>]*>([^<]+)<', html) == ["Night", "Morning"]
    assert "03:00–05:30 your time is 09:00–11:30 for Alice Archer." in html


def test_days_are_the_clients_too(client: Client) -> None:
    html = page(client, zone="Pacific/Auckland")
    assert "Wednesday 25 November 2026" in html
    assert times(html)[0] == "21:00"
    assert "Thursday 26 November, 16 free times" in html, "some before midnight, some after"


def test_without_a_zone_it_is_the_owners_and_a_script_may_guess(client: Client) -> None:
    html = page(client)
    assert "This is Alice Archer’s time zone. Choose yours." in html
    assert 'data-guess-zone="Europe/Berlin"' in html


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "\0", "<script>alert(1)</script>", "x" * 500])
def test_an_unknown_zone_is_named_and_the_owners_shown(client: Client, zone: str) -> None:
    html = page(client, zone=zone)
    assert "There is no time zone “" in html
    assert "Times are shown for Europe/Berlin (GMT+1)." in html
    assert "<script>alert" not in html
    assert times(html)[0] == "09:00"


def test_a_time_that_the_clients_clocks_show_twice_says_which(client: Client, alice: Owner, traveller: Any) -> None:
    traveller.move_to(datetime(2026, 10, 28, tzinfo=ZoneInfo("UTC")))
    # On 1 November New York's clocks go back at 2:00, when it is 7:00 in Berlin.
    DateOverride.objects.create(owner=alice, date=datetime(2026, 11, 1).date(), starts="06:00", ends="09:00")  # noqa: DTZ001
    shown = times(page(client, zone="America/New_York", day="2026-11-01"))
    assert shown[:3] == ["01:00 EDT", "01:30 EDT", "01:00 EST"]


# --- Costs and privacy ------------------------------------------------------------------------------------


def queries(client: Client, **query: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        page(client, **query)
    return len(captured)


def test_the_number_of_queries_is_the_same_with_1_and_2000_meetings(client: Client, alice: Owner) -> None:
    meeting = meeting_of(alice, hours=30)
    before = queries(client)
    rows = [
        Meeting(
            owner=alice,
            contact=meeting.contact,
            title=f"Meeting {number}",
            starts_at=NOW + timedelta(hours=number),
            ends_at=NOW + timedelta(hours=number, minutes=10),
            minutes=10,
            timezone="UTC",
        )
        for number in range(1, 2000)
    ]
    Meeting.objects.bulk_create(rows)
    assert queries(client) == before <= 11, "one of them for the types of meeting"


def test_nothing_here_is_kept_or_indexed_and_no_cookie_is_set(client: Client) -> None:
    response = client.get(PAGE)
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Cache-Control"] == "no-store, private"
    assert not response.cookies


def test_a_signed_in_owner_sees_it_as_clients_do(alice_client: Client, charlie_client: Client) -> None:
    for client in (alice_client, charlie_client):
        html = page(client)
        assert "Book a meeting with Alice Archer" in html
        assert "Charlie" not in html


@pytest.mark.usefixtures("clock_stands")
def test_whoever_tries_many_names_is_told_to_wait(client: Client) -> None:
    answers = [client.get(f"/book/nobody-{number}/").status_code for number in range(61)]
    assert answers == [404] * 60 + [429]
    assert client.get("/book/nobody/")["Retry-After"]
    assert client.get(PAGE).status_code == 200
