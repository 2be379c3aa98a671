"""The client's page of a meeting: times, the way in, and honest words in every state."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from meetings import scheduling
from meetings.invitations import inviting
from meetings.models import Invitation, LinkJob, Meeting
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable
from tests.meetings.linking import edit
from tests.meetings.page_cast import LINK, connect_jitsi, connect_zoom, meeting_of, ready_meeting

pytestmark = pytest.mark.django_db

#: A Tuesday; in Berlin it is 11:00.
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ON_ITS_WAY = "The link is on its way. It appears here by itself."
NEEDS_ATTENTION = "The link is not ready yet. Alice Archer sees that in O-Key and can put it right"


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def invited(meeting: Meeting, **fields: Any) -> str:
    """The address of the client's page."""
    inviting.invite(meeting)
    Invitation.objects.filter(meeting=meeting).update(**fields)
    return f"/m/{Invitation.objects.get(meeting=meeting).token}/"


@pytest.fixture
def ready(alice: Owner) -> Meeting:
    return ready_meeting(alice, connect_zoom(alice))


def page(client: Client, address: str, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


# --- What it shows ----------------------------------------------------------------------------------------


def test_it_shows_with_whom_when_and_the_way_in(client: Client, ready: Meeting) -> None:
    address = invited(ready)
    html = page(client, address)
    for words in ("Kick-off", "Alice Archer", ">AA<", "Wed 25 Nov 2026, 11:00–11:30", "30 minutes"):
        assert words in html
    assert f'href="{address}join/"' in html
    assert 'value="abc"' in html, "the passcode"


def test_joining_is_the_one_primary_button(client: Client, alice: Owner, ready: Meeting) -> None:
    bookable(alice)
    html = page(client, invited(ready))
    assert "Move it now" in html
    assert html.count("button--primary") == 1


def test_it_shows_nothing_else_of_the_owner_and_nothing_of_the_provider(client: Client, ready: Meeting) -> None:
    Meeting.objects.update(agenda="Our secret offer")
    html = page(client, invited(ready))
    for hidden in (
        "alice@example.com",
        "alice@zoom.example",
        "zoom.us",
        "Our secret offer",
        "/contacts/",
        "/settings/",
    ):
        assert hidden not in html


def test_it_shows_the_time_in_the_contacts_zone_and_the_owners(client: Client, ready: Meeting) -> None:
    Contact.objects.update(timezone=ZoneInfo("Asia/Tokyo"))
    html = page(client, invited(ready))
    assert "Wed 25 Nov 2026, 19:00–19:30" in html
    assert "Asia/Tokyo (GMT+9)" in html
    assert "For Alice Archer: Wed 25 Nov 2026, 11:00–11:30, Europe/Berlin (GMT+1)" in html


def test_without_a_known_zone_it_names_the_owners(client: Client, ready: Meeting) -> None:
    html = page(client, invited(ready))
    assert "This is Alice Archer’s time zone." in html
    assert "For Alice Archer:" not in html


def test_the_client_chooses_another_zone(client: Client, ready: Meeting) -> None:
    html = page(client, invited(ready), zone="America/New_York")
    assert "Wed 25 Nov 2026, 05:00–05:30" in html
    assert "This is Alice Archer’s time zone." not in html


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "\0", "", "x" * 500])
def test_a_zone_that_is_none_changes_nothing(client: Client, ready: Meeting, zone: str) -> None:
    assert "11:00–11:30" in page(client, invited(ready), zone=zone)


def test_a_title_typed_by_a_stranger_is_not_shown_to_an_unconfirmed_address(client: Client, ready: Meeting) -> None:
    html = page(client, invited(ready, is_address_confirmed=False))
    assert "Kick-off" not in html
    assert "Meeting with Alice Archer" in html


# --- States -----------------------------------------------------------------------------------------------


def test_while_the_link_is_on_its_way_the_page_looks_again(client: Client, alice: Owner) -> None:
    connect_zoom(alice)
    address = invited(meeting_of(alice, job={"due_at": timezone.now()}))
    html = page(client, address)
    assert ON_ITS_WAY in html
    assert "/join/" not in html
    assert 'hx-trigger="every 2s"' in html
    assert f'hx-get="{address}state/?since=' in html


def test_the_open_page_hears_only_of_news(client: Client, alice: Owner) -> None:
    connect_zoom(alice)
    meeting = meeting_of(alice, job={"due_at": timezone.now()})
    address = invited(meeting)
    query = client.get(address).context["query"]
    assert client.get(f"{address}state/?{query}", headers={"HX-Request": "true"}).status_code == 204
    Meeting.objects.update(join_url=LINK)
    news = client.get(f"{address}state/?{query}", headers={"HX-Request": "true"})
    assert f'href="{address}join/"' in news.content.decode()
    assert client.get(f"{address}state/?{query}").status_code == 302, "opened as a page"


@pytest.mark.parametrize(
    ("job", "fields", "connected", "words"),
    [
        ({"problem": LinkJob.Problem.REFUSED}, {}, True, NEEDS_ATTENTION),
        ({"problem": LinkJob.Problem.GONE}, {"join_url": LINK}, True, NEEDS_ATTENTION),
        ({}, {}, False, NEEDS_ATTENTION),
        ({}, {"provider": ""}, True, "This meeting has no video link. If you expected one, ask Alice Archer."),
        ({}, {"cancelled_at": NOW, "join_url": LINK}, True, "This meeting is cancelled."),
        ({}, {"hours": -1}, True, "This meeting is over."),
        ({}, {"hours": -3, "join_url": LINK}, True, "This meeting is over."),
    ],
    ids=["refused", "deleted", "disconnected", "none wanted", "cancelled", "over", "long over"],
)
def test_where_there_is_no_way_in_it_says_why(
    client: Client, alice: Owner, job: dict[str, Any], fields: dict[str, Any], connected: bool, words: str
) -> None:
    if connected:
        connect_zoom(alice)
    address = invited(meeting_of(alice, job=job, **fields))
    html = page(client, address)
    assert words in html
    assert "/join/" not in html
    joined = client.get(f"{address}join/")
    assert joined["Location"] == address, "the way in leads to the words"


def test_a_meeting_that_runs_over_can_still_be_joined(client: Client, alice: Owner) -> None:
    meeting = ready_meeting(alice, connect_zoom(alice), hours=-1)
    address = invited(meeting)
    assert "If the meeting still goes on, you can join." in page(client, address)
    assert client.get(f"{address}join/")["Location"] == LINK


def test_a_moved_meeting_says_when_it_was_to_be(client: Client, alice: Owner, ready: Meeting) -> None:
    address = invited(ready)
    edit(alice, ready, starts_at=ready.starts_at + timedelta(hours=3))
    html = page(client, address)
    assert "Wed 25 Nov 2026, 14:00–14:30" in html
    assert "It was to be on Wed 25 Nov 2026, 11:00–11:30." in html


def test_an_owner_whose_account_is_closed_is_named_so(client: Client, alice: Owner, ready: Meeting) -> None:
    address = invited(ready)
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    assert "Alice Archer does not use O-Key any more." in page(client, address)


# --- Joining and calendars --------------------------------------------------------------------------------


def test_join_leads_to_the_link_of_now_and_tells_no_referrer(client: Client, ready: Meeting) -> None:
    address = invited(ready)
    Meeting.objects.update(join_url="https://zoom.us/j/999")
    response = client.get(f"{address}join/")
    assert (response.status_code, response["Location"]) == (302, "https://zoom.us/j/999")
    assert response["Referrer-Policy"] == "no-referrer"


def test_the_calendar_file_holds_the_same_entry_as_the_mails(client: Client, ready: Meeting) -> None:
    address = invited(ready)
    response = client.get(f"{address}meeting.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(response.content)
    (event,) = calendar.walk("VEVENT")
    assert event["UID"] == str(Invitation.objects.get().pk)
    assert event["DTSTART"].dt == ready.starts_at.replace(microsecond=0)
    assert event["URL"].endswith(address)
    assert "METHOD" not in calendar, "a copy, not a message"
    assert "ORGANIZER" not in event


def test_web_calendars_get_the_page_and_not_the_link(client: Client, ready: Meeting) -> None:
    html = page(client, invited(ready))
    assert (
        "https://calendar.google.com/calendar/render?action=TEMPLATE&amp;text=Kick-off&amp;dates=20261125T100000Z"
        in html
    )
    assert "https://outlook.live.com/calendar/0/deeplink/compose?" in html
    assert "https://outlook.office.com/calendar/0/deeplink/compose?" in html
    assert "startdt=2026-11-25T10%3A00%3A00Z" in html


@pytest.mark.parametrize("path", ["", "state/"])
def test_times_are_written_as_the_readers_language_does(client: Client, ready: Meeting, path: str) -> None:
    language = {"Accept-Language": "en-US", "HX-Request": "true"}
    html = client.get(invited(ready) + path, headers=language).content.decode()
    assert "Wed 25 Nov 2026, 11:00\N{NO-BREAK SPACE}AM–11:30\N{NO-BREAK SPACE}AM" in html


def test_the_clock_can_be_switched_and_stays_so(client: Client, ready: Meeting) -> None:
    address = invited(ready)
    assert 'href="?clock=12"' in page(client, address)
    assert "11:00\N{NO-BREAK SPACE}AM" in client.get(address, {"clock": "12"}).content.decode()
    assert "11:00\N{NO-BREAK SPACE}AM" in page(client, f"{address}cancel/")


def test_a_wish_is_shown_until_the_owner_answers(client: Client, alice: Owner, ready: Meeting) -> None:
    address = invited(ready)
    scheduling.note_wish(owner=alice, meeting_id=ready.pk, words="Friday <b>after</b> 3?")
    html = page(client, address)
    assert "You asked Alice Archer for another time" in html
    assert "“Friday &lt;b&gt;after&lt;/b&gt; 3?” There is no answer yet." in html
    scheduling.answer_wish(owner=alice, meeting_id=ready.pk, word="")
    assert "You asked" not in page(client, address)


# --- Privacy ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "state/", "join/", "meeting.ics", "cancel/", "ask/"])
def test_nothing_here_is_kept_indexed_or_told_to_other_sites(client: Client, ready: Meeting, path: str) -> None:
    response = client.get(invited(ready) + path)
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Cache-Control"] == "no-store, private"
    policy = "same-origin" if path in {"cancel/", "ask/"} else "no-referrer"
    assert response["Referrer-Policy"] == policy


@pytest.mark.parametrize("path", ["", "join/", "meeting.ics"])
def test_reading_needs_no_cookie_and_sets_none(client: Client, ready: Meeting, path: str) -> None:
    client.get(invited(ready) + path)
    assert not client.cookies


def test_the_owner_sees_the_clients_page_as_the_client_does(alice_client: Client, ready: Meeting) -> None:
    Contact.objects.update(timezone=ZoneInfo("Asia/Tokyo"))
    assert "Wed 25 Nov 2026, 19:00–19:30" in page(alice_client, invited(ready))


def test_the_number_of_queries_does_not_grow_with_the_owners_meetings(
    client: Client, alice: Owner, ready: Meeting, django_assert_max_num_queries: Any
) -> None:
    address = invited(ready)
    connect_jitsi(alice)
    for _ in range(20):
        invited(meeting_of(alice))
    with django_assert_max_num_queries(5):
        client.get(address)


def test_a_cancelled_meeting_is_gone_from_the_page_at_once(client: Client, alice: Owner, ready: Meeting) -> None:
    address = invited(ready)
    scheduling.cancel(owner=alice, meeting_id=ready.pk)
    html = page(client, address)
    assert "This meeting is cancelled." in html
    assert "Add to your calendar" not in html


@pytest.mark.parametrize("path", ["", "ask/", "cancel/"])
def test_where_no_title_may_be_shown_it_says_once_with_whom(client: Client, ready: Meeting, path: str) -> None:
    html = page(client, invited(ready, is_address_confirmed=False) + path)
    body = re.sub(r"<[^>]+>", "", html.partition("<body")[2])
    assert body.count("Meeting with Alice Archer") == 1
    assert "Meeting with Alice Archer with" not in body


# --- What the owner says with what they do ----------------------------------------------------------------


def test_it_has_the_owners_word_with_a_move(client: Client, ready: Meeting, alice: Owner) -> None:
    address = invited(ready)
    later = scheduling.Plan(title="Kick-off", starts_at=ready.starts_at + timedelta(hours=1), minutes=30)
    scheduling.reschedule(owner=alice, meeting_id=ready.pk, plan=later, word="The train is <late>.\nSorry.")

    html = page(client, address)
    assert "What Alice Archer says:" in html
    assert "The train is &lt;late&gt;.\nSorry." in html


def test_it_has_the_owners_word_with_a_cancellation(client: Client, ready: Meeting, alice: Owner) -> None:
    address = invited(ready)
    scheduling.cancel(owner=alice, meeting_id=ready.pk, word="I am ill.")

    assert "I am ill." in page(client, address)
