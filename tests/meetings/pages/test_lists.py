"""Lists of meetings: the owner's own page, a contact's card, and the count on the settings page."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects, assertTemplateUsed

from integrations.models import ProviderAccount
from okey.owners.models import Owner
from tests.meetings.page_cast import LINK, connect_zoom, contact_of, meeting_of, ready_meeting


def titles(client: Client, query: str = "") -> list[str]:
    return [row.meeting.title for row in client.get(f"/meetings/{query}").context["rows"]]


def headings(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/meetings/{query}").content.decode()
    return re.findall(r'<tr class="table__day"><th [^>]*>([^<]*)</th></tr>', page)


def some_meetings(owner: Owner) -> None:
    meeting_of(owner, title="Later", hours=48)
    meeting_of(owner, title="Sooner", hours=1)
    meeting_of(owner, title="Now", hours=-0.25)
    meeting_of(owner, title="Yesterday", hours=-24)
    meeting_of(owner, title="Long ago", hours=-240)
    meeting_of(owner, title="Off", hours=24, cancelled_at=timezone.now())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Now", "Sooner", "Later"]),
        ("?show=nonsense", ["Now", "Sooner", "Later"]),
        ("?show=past", ["Yesterday", "Long ago"]),
        ("?show=all", ["Later", "Off", "Sooner", "Now", "Yesterday", "Long ago"]),
    ],
)
def test_the_list_is_in_order(alice_client: Client, alice: Owner, query: str, expected: list[str]) -> None:
    some_meetings(alice)

    assert titles(alice_client, query) == expected


@time_machine.travel(datetime(2026, 8, 3, 12, tzinfo=UTC), tick=False)
def test_each_day_has_its_heading_and_what_goes_on_is_marked(alice_client: Client, alice: Owner) -> None:
    some_meetings(alice)

    assert headings(alice_client) == ["Today, Mon 3 Aug 2026", "Wed 5 Aug 2026"]
    assert headings(alice_client, "?show=past") == ["Yesterday, Sun 2 Aug 2026", "Fri 24 Jul 2026"]
    assert headings(alice_client, "?show=all")[:2] == ["Wed 5 Aug 2026", "Tomorrow, Tue 4 Aug 2026"]
    assert headings(alice_client, "?show=asked") == []
    page = alice_client.get("/meetings/").content.decode()
    assert page.count(">Now</span>") == 1
    assert "15:00–15:30" in page
    assert "Mon 3 Aug 2026, </span>" not in page, "said by the heading"


@time_machine.travel(datetime(2026, 8, 3, 12, tzinfo=UTC), tick=False)
def test_who_meets_past_midnight_reads_both_days(alice_client: Client, alice: Owner) -> None:
    meeting_of(alice, hours=9.75)

    assert headings(alice_client) == ["Today, Mon 3 Aug 2026"]
    assertContains(alice_client.get("/meetings/"), "Tue 4 Aug, 00:15")


def test_only_my_meetings_are_listed(charlie_client: Client, alice: Owner) -> None:
    some_meetings(alice)

    assert titles(charlie_client, "?show=all") == []


@pytest.mark.parametrize("query", ["über", "ÜBER", "ann kick", "ann@client", "lee"])
def test_the_title_and_the_contact_are_searched(alice_client: Client, alice: Owner, query: str) -> None:
    meeting_of(alice, title="Über Kick-off")
    meeting_of(alice, title="Other", contact=contact_of(alice, "Bert Moss"))

    assert titles(alice_client, f"?q={query}") == ["Über Kick-off"]


def test_a_search_that_finds_nothing_offers_to_look_everywhere(alice_client: Client, alice: Owner) -> None:
    meeting_of(alice, hours=-24)

    page = alice_client.get("/meetings/?q=kick")

    assertContains(page, "No meeting found")
    assertContains(page, 'href="?show=all&amp;q=kick"')
    assert titles(alice_client, "?show=all&q=kick") == ["Kick-off"]
    assert alice_client.get("/meetings/", {"q": "\0%_'\"", "show": "all"}).status_code == 200


def test_a_search_as_one_types_gets_the_results_only(alice_client: Client, alice: Owner) -> None:
    response = alice_client.get("/meetings/?q=kick", headers={"HX-Request": "true"})

    assertTemplateUsed(response, "meetings/pages/parts/results.html")
    assertNotContains(response, "<html")
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize(
    ("show", "words"), [("upcoming", "Nothing is coming up"), ("past", "No past meetings"), ("all", "No meetings yet")]
)
def test_an_empty_list_says_so(alice_client: Client, show: str, words: str) -> None:
    assertContains(alice_client.get(f"/meetings/?show={show}"), words)


def test_rows_show_the_link(alice_client: Client, alice: Owner) -> None:
    ready_meeting(alice, connect_zoom(alice))

    page = alice_client.get("/meetings/")

    assertContains(page, "badge--good")
    assertContains(page, f'href="{LINK}" target="_blank" rel="noopener noreferrer"')


def test_a_cancelled_row_opens_nothing(alice_client: Client, alice: Owner) -> None:
    ready_meeting(alice, connect_zoom(alice), cancelled_at=timezone.now())

    page = alice_client.get("/meetings/?show=all")

    assertContains(page, "Cancelled")
    assertNotContains(page, LINK)


def test_the_list_is_paged_and_keeps_the_search(alice_client: Client, alice: Owner) -> None:
    for number in range(30):
        meeting_of(alice, title=f"Weekly {number}", hours=number + 1)

    page = alice_client.get("/meetings/?q=weekly&page=2")

    assert len(page.context["rows"]) == 5
    assertContains(page, "?page=1&amp;q=weekly")
    assert alice_client.get("/meetings/?page=99").status_code == 200


def test_the_list_needs_a_sign_in(client: Client, db: None) -> None:
    assertRedirects(client.get("/meetings/"), "/accounts/login/?next=/meetings/", fetch_redirect_response=False)


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(database) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_list_takes_the_same_queries_for_one_row_and_fifty(alice_client: Client, alice: Owner) -> None:
    connection = connect_zoom(alice)
    ready_meeting(alice, connection)
    with_one = queries_of(alice_client, "/meetings/")
    for number in range(49):
        ready_meeting(alice, connection, revision=2, contact=contact_of(alice, f"P{number} X"))

    assert queries_of(alice_client, "/meetings/") == with_one


# --- A contact's card -------------------------------------------------------------------------------------


def test_a_contacts_page_shows_its_meetings(alice_client: Client, alice: Owner) -> None:
    some_meetings(alice)
    meeting_of(alice, title="With another", contact=contact_of(alice, "Bert Moss"))

    page = alice_client.get(contact_of(alice).get_absolute_url())

    text = page.content.decode()
    order = ["Now", "Sooner", "Later", "Off", "Yesterday", "Long ago"]
    places = [text.index(f">{title}</a>") for title in order]
    assert places == sorted(places)
    assertNotContains(page, "With another")


def test_a_contacts_page_shows_ten_and_leads_to_all(alice_client: Client, alice: Owner) -> None:
    for number in range(12):
        meeting_of(alice, title=f"Weekly {number}.", hours=number - 6)

    page = alice_client.get(contact_of(alice).get_absolute_url())

    assert page.content.decode().count("table__main") == 10
    assertContains(page, "/meetings/?show=all&amp;q=ann%40client.example")
    assert len(titles(alice_client, "?show=all&q=ann%40client.example")) == 12


def test_a_contact_without_meetings_offers_to_schedule(alice_client: Client, alice: Owner) -> None:
    contact = contact_of(alice)

    page = alice_client.get(contact.get_absolute_url())

    assertContains(page, "No meetings yet")
    assertContains(page, f'/meetings/new/?contact={contact.pk}"', count=2)
    assertContains(page, f"/meetings/new/?contact={contact.pk}&amp;at=", count=4)


def test_a_contacts_page_takes_the_same_queries_for_one_meeting_and_fifty(alice_client: Client, alice: Owner) -> None:
    connection = connect_zoom(alice)
    ready_meeting(alice, connection)
    ready_meeting(alice, connection, hours=-2)
    address = contact_of(alice).get_absolute_url()
    with_one = queries_of(alice_client, address)
    for number in range(49):
        ready_meeting(alice, connection, hours=number % 5 + 1)
        ready_meeting(alice, connection, hours=-number - 2)

    assert queries_of(alice_client, address) == with_one


# --- The count on the settings page -----------------------------------------------------------------------


def waiting(owner: Owner, provider: str = "zoom") -> str:
    template = Template("{% load waiting_meetings %}{% waiting_meetings owner provider %}")
    return template.render(Context({"owner": owner, "provider": provider})).strip()


def due() -> dict[str, Any]:
    return {"due_at": timezone.now()}


def test_nothing_is_said_where_no_meeting_waits(alice: Owner) -> None:
    connection = connect_zoom(alice)
    ready_meeting(alice, connection)
    meeting_of(alice, job={"problem": "refused"})
    meeting_of(alice, job=due(), hours=-5)
    meeting_of(alice, job=due(), cancelled_at=timezone.now())
    meeting_of(alice, job=due(), provider="jitsi")

    assert waiting(alice) == ""


def test_the_meetings_that_get_their_link_now_are_counted(alice: Owner, charlie: Owner) -> None:
    connect_zoom(alice)
    for _number in range(3):
        meeting_of(alice, job=due())
    meeting_of(charlie, job=due())

    assert "3 meetings are getting their Zoom link now." in waiting(alice)


def test_meetings_that_zoom_cannot_be_asked_for_now_are_not_promised_now(alice: Owner) -> None:
    connect_zoom(alice)
    meeting_of(alice, job=due() | {"problem": "unavailable"})

    assert "1 meeting waits for its Zoom link; O-Key keeps trying." in waiting(alice)


@pytest.mark.parametrize("is_held", [True, False])
def test_meetings_that_wait_for_a_connection_say_so(alice: Owner, is_held: bool) -> None:
    if is_held:
        connect_zoom(alice, state=ProviderAccount.State.NEEDS_RECONNECT)
    meeting_of(alice, job=due())

    assert "as soon as Zoom is connected again" in waiting(alice)


def test_the_number_alone(alice: Owner) -> None:
    meeting_of(alice, job=due())
    template = Template("{% load waiting_meetings %}{% waiting_meetings_count owner 'zoom' as n %}{{ n }}")

    assert template.render(Context({"owner": alice})) == "1"
