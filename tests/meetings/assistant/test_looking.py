"""Listing meetings and connections, and asking for a meeting's link."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Connection, ProviderAccount
from meetings import scheduling
from meetings.invitations import inviting
from meetings.models import Invitation, Meeting
from meetings.scheduling import Plan
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.assistant.assistant import Assistant
from tests.meetings.linking import work
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db
SETTINGS = "http://testserver.localhost:8000/settings/#providers"


def schedule(owner: Owner, contact: Contact, **changes: Any) -> Meeting:
    starts_at = (timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    plan = {"title": "Kick-off", "starts_at": starts_at, "minutes": 30, "provider": "", **changes}
    return scheduling.schedule(owner=owner, contact=contact, plan=Plan(**plan))


# --- The link --------------------------------------------------------------------------------------------


def test_a_ready_link_is_given_with_the_contacts_page(
    zoom: ZoomSimulator, assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule(alice, ann, provider="zoom"))
    link = assistant.call("get_join_link", meeting_id=str(meeting.pk))
    assert (link["link_status"], link["join_url"]) == ("ready", meeting.join_url)
    assert link["passcode"] == meeting.passcode
    token = Invitation.objects.get().token
    assert link["client_page"] == f"http://testserver.localhost:8000/m/{token}/"
    assert link["page"] == f"http://testserver.localhost:8000/meetings/{meeting.pk}/"


def test_a_link_that_is_not_there_is_not_promised(
    zoom: ZoomSimulator, assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule(alice, ann, provider="zoom")
    link = assistant.call("get_join_link", meeting_id=str(meeting.pk))
    assert link["link_status"] == "on_its_way"
    assert "join_url" not in link
    assert "being made" in link["link_says"]


def test_a_lost_connection_names_the_address_where_it_is_mended(
    zoom: ZoomSimulator, assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule(alice, ann, provider="zoom")
    ProviderAccount.objects.update(state=ProviderAccount.State.NEEDS_RECONNECT)
    link = assistant.call("get_join_link", meeting_id=str(meeting.pk), wait_seconds=10)
    assert link["link_status"] == "needs_attention"
    assert SETTINGS in link["link_says"]
    assert "join_url" not in link


def test_a_cancelled_meeting_says_so_and_gives_no_link(
    zoom: ZoomSimulator, assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule(alice, ann, provider="zoom"))
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    link = assistant.call("get_join_link", meeting_id=str(meeting.pk))
    assert (link["status"], link["link_status"]) == ("cancelled", "no_link")
    assert "join_url" not in link


def test_a_closed_client_page_is_not_given(assistant: Assistant, alice: Owner, ann: Contact) -> None:
    meeting = schedule(alice, ann)
    inviting.revoke(owner=alice, invitation_id=Invitation.objects.get().pk)
    assert "client_page" not in assistant.call("get_join_link", meeting_id=str(meeting.pk))


@pytest.mark.parametrize("meeting_id", ["", "x", "00000000-0000-0000-0000-000000000000", "\0", "🎉"])
def test_an_id_of_no_meeting_says_where_ids_come_from(assistant: Assistant, meeting_id: str) -> None:
    words = assistant.refusal("get_join_link", meeting_id=meeting_id)
    assert "list_meetings" in words or "NUL" in words


# --- Lists -----------------------------------------------------------------------------------------------


def test_the_list_gives_local_and_universal_time_and_the_links_state(
    assistant: Assistant, alice: Owner, ann: Contact, monday: object
) -> None:
    meeting = schedule(alice, ann)
    assert assistant.call("list_meetings") == {
        "meetings": [
            {
                "id": str(meeting.pk),
                "title": "Kick-off",
                "contact": "Ann Lee",
                "starts_local": "2026-08-04T09:00+02:00",
                "starts_utc": "2026-08-04T07:00Z",
                "minutes": 30,
                "status": "scheduled",
                "link_status": "no_link",
            }
        ],
        "time_zone": "Europe/Berlin",
    }


def test_lists_are_of_upcoming_past_or_all_meetings(assistant: Assistant, alice: Owner, ann: Contact) -> None:
    coming = schedule(alice, ann)
    over = schedule(alice, ann, title="Long ago")
    ended = timezone.now() - timedelta(days=1)
    Meeting.objects.filter(pk=over.pk).update(starts_at=ended - timedelta(hours=1), ends_at=ended)
    cancelled = schedule(alice, ann, title="Not held")
    scheduling.cancel(owner=alice, meeting_id=cancelled.pk)

    def titles(**arguments: str) -> list[str]:
        return [line["title"] for line in assistant.call("list_meetings", **arguments)["meetings"]]

    assert titles() == [coming.title]
    assert titles(show="past") == ["Long ago"]
    assert sorted(titles(show="all")) == ["Kick-off", "Long ago", "Not held"]
    assert titles(show="all", query="ann held") == ["Not held"]
    assert "Invalid arguments" in assistant.refusal("list_meetings", show="today")


def test_a_list_costs_the_same_with_one_and_with_twenty_meetings(
    assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    schedule(alice, ann)
    of_one = assistant.queries("list_meetings", limit=25)
    for number in range(19):
        schedule(alice, ann, title=f"Meeting {number}")
    assert assistant.queries("list_meetings", limit=25) == of_one


def test_nobody_elses_meetings_are_listed(assistant: Assistant, bob: Owner) -> None:
    contact = Contact.objects.create(owner=bob, name="Cy", email="cy@example.com")
    schedule(bob, contact)
    assert assistant.call("list_meetings", show="all")["meetings"] == []


# --- Connections -----------------------------------------------------------------------------------------


def test_connections_say_what_is_connected_and_where_to_connect(assistant: Assistant, alice: Owner) -> None:
    Connection.objects.create(owner=alice, provider="jitsi", is_default=True)
    listed = assistant.call("list_connections")
    by_slug = {one["provider"]: one for one in listed["connections"]}
    assert by_slug["jitsi"] == {"provider": "jitsi", "name": "Jitsi", "status": "connected", "is_default": True}
    assert by_slug["zoom"]["status"] == "not_connected"
    assert listed["settings"] == SETTINGS
    assert "note" not in listed


def test_connections_say_when_a_meeting_would_get_no_link(assistant: Assistant, alice: Owner) -> None:
    assert f"can connect one at {SETTINGS}" in assistant.call("list_connections")["note"]
    Connection.objects.create(owner=alice, provider="jitsi")
    assert "no default provider" in assistant.call("list_connections")["note"]
    Owner.objects.update(meeting_providers_enabled=False)
    assert "switched off" in assistant.call("list_connections")["note"]


def test_a_connection_names_its_account_and_no_secret(zoom: ZoomSimulator, assistant: Assistant, alice: Owner) -> None:
    connect_zoom(zoom, alice)
    listed = assistant.call("list_connections")
    assert listed["connections"][0]["account"] == "jill@example.com"
    assert not [secret for secret in zoom.secrets() if secret in str(listed)]
