"""The form that schedules a meeting: what it offers, refuses and makes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from integrations.models import Connection, ProviderAccount
from meetings import scheduling
from meetings.models import LinkJob, Meeting
from meetings.planning.forms import ScheduleForm
from okey.contacts.editing import archive_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.page_cast import connect_jitsi, connect_zoom, contact_of, send_anyway

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # eleven in Berlin


@pytest.fixture(autouse=True)
def _eleven_in_berlin() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return contact_of(alice)


def page_for(contact: Contact) -> str:
    return f"/meetings/new/?contact={contact.pk}"


def answers(**changes: Any) -> dict[str, Any]:
    given = {
        "title": "Kick-off",
        "date": "2026-03-05",
        "time": "14:00",
        "minutes": "45",
        "provider": "none",
        "agenda": "Say hello",
        "request_key": str(uuid4()),
    }
    return given | changes


def form_of(client: Client, contact: Contact) -> ScheduleForm:
    form: ScheduleForm = client.get(page_for(contact)).context["form"]
    return form


def test_a_meeting_is_scheduled_in_the_owners_zone(alice_client: Client, alice: Owner, ann: Contact) -> None:
    connect_zoom(alice)

    response = alice_client.post(page_for(ann), answers(provider="zoom", agenda="One\r\nTwo"))

    meeting = Meeting.objects.get()
    assertRedirects(response, f"/meetings/{meeting.pk}/")
    assert meeting.starts_at == datetime(2026, 3, 5, 13, 0, tzinfo=UTC)
    assert (meeting.contact, meeting.minutes, meeting.provider) == (ann, 45, "zoom")
    assert (meeting.agenda, meeting.timezone, meeting.source) == ("One\nTwo", "Europe/Berlin", "crm")
    assert LinkJob.objects.get().due_at is not None


def test_no_video_link_is_a_choice(alice_client: Client, alice: Owner, ann: Contact) -> None:
    connect_zoom(alice)

    alice_client.post(page_for(ann), answers())

    meeting = Meeting.objects.get()
    assert (meeting.provider, meeting.no_link) == ("", "chosen")
    assert LinkJob.objects.get().due_at is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "   "),
        ("title", "x" * 201),
        ("title", "a\0b"),
        ("date", ""),
        ("date", "tomorrow"),
        ("date", "2026-03-01"),  # in the past
        ("date", "2031-12-01"),  # more than five years ahead
        ("date", "0001-01-01"),
        ("date", "9999-12-31"),
        ("time", ""),
        ("time", "25:00"),
        ("minutes", ""),
        ("minutes", "0"),
        ("minutes", "-5"),
        ("minutes", "1441"),
        ("minutes", "half"),
        ("minutes", "9" * 30),
        ("provider", ""),
        ("provider", "zoom"),  # not connected
        ("provider", "nonsense"),
        ("agenda", "x" * 1901),
        ("agenda", "a\0b"),
    ],
)
def test_a_wrong_answer_is_named_and_the_form_kept(alice_client: Client, ann: Contact, field: str, value: str) -> None:
    response = alice_client.post(page_for(ann), answers(**{field: value}))

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assertContains(response, "Say hello" if field != "agenda" else "Kick-off")
    assert Meeting.objects.count() == 0


def test_a_day_and_a_time_have_to_be_chosen(alice_client: Client, ann: Contact) -> None:
    response = alice_client.post(page_for(ann), answers(date="", time=""))

    assert response.context["form"].errors == {"date": ["Choose a date."], "time": ["Choose a time."]}


def test_earlier_today_is_a_wrong_time(alice_client: Client, ann: Contact) -> None:
    response = alice_client.post(page_for(ann), answers(date="2026-03-02", time="10:59"))

    assert response.context["form"].errors == {"time": ["This time is in the past."]}


def test_all_that_is_wrong_is_said_at_once(alice_client: Client, ann: Contact) -> None:
    response = alice_client.post(page_for(ann), answers(title="", date="2020-01-01", minutes="0", provider="zoom"))

    assert set(response.context["form"].errors) == {"title", "date", "minutes", "provider"}


def test_a_time_that_the_zone_skips_is_refused(alice_client: Client, ann: Contact) -> None:
    response = alice_client.post(page_for(ann), answers(date="2026-03-29", time="02:30"))

    assert list(response.context["form"].errors) == ["time"]
    assertContains(response, "02:30 does not exist")
    assert Meeting.objects.count() == 0


def test_of_a_time_that_comes_twice_the_first_is_taken(alice_client: Client, ann: Contact) -> None:
    send_anyway(alice_client, page_for(ann), answers(date="2026-10-25", time="02:30"))

    assert Meeting.objects.get().starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


# --- Sent twice -------------------------------------------------------------------------------------------


def test_two_clicks_are_one_meeting(alice_client: Client, ann: Contact) -> None:
    given = answers()

    first = alice_client.post(page_for(ann), given)
    second = alice_client.post(page_for(ann), given)

    assert Meeting.objects.count() == 1
    assert first["Location"] == second["Location"] == f"/meetings/{Meeting.objects.get().pk}/"


def test_the_second_click_finds_the_meeting_even_if_its_provider_was_disconnected_since(
    alice_client: Client, alice: Owner, ann: Contact
) -> None:
    connect_jitsi(alice)
    given = answers(provider="jitsi")
    first = alice_client.post(page_for(ann), given)
    Connection.objects.update(ended_at=NOW)

    second = alice_client.post(page_for(ann), given)

    assert first["Location"] == second["Location"]


@pytest.mark.parametrize(
    "changes", [{"title": "Another"}, {"time": "15:00"}, {"minutes": "30"}, {"agenda": ""}, {"title": ""}]
)
def test_another_meeting_in_a_form_that_was_sent_already_is_asked_about(
    alice_client: Client, ann: Contact, changes: dict[str, str]
) -> None:
    given = answers()
    alice_client.post(page_for(ann), given)
    first = Meeting.objects.get()

    response = alice_client.post(page_for(ann), given | changes)

    assert Meeting.objects.get() == first
    assertContains(response, "This form has scheduled “Kick-off” on Thu 5 Mar 2026, 14:00.", status_code=409)
    assertContains(response, f"/meetings/{first.pk}/", status_code=409)
    assertContains(response, "Schedule another", status_code=409)


def test_what_was_typed_is_scheduled_as_another_once_that_is_said(alice_client: Client, ann: Contact) -> None:
    given = answers()
    alice_client.post(page_for(ann), given)
    form = alice_client.post(page_for(ann), given | {"time": "15:00"}).context["form"]
    again = given | {"time": "15:00", "request_key": form["request_key"].value()}

    for _click in range(2):
        assert send_anyway(alice_client, page_for(ann), again).status_code == 302

    assert [one.starts_at.hour for one in Meeting.objects.order_by("starts_at")] == [13, 14]


def test_a_form_that_is_opened_has_its_own_key_and_going_back_the_one_that_was_sent(
    alice_client: Client, ann: Contact
) -> None:
    first, second = alice_client.get(page_for(ann)), alice_client.get(page_for(ann))

    assert first.context["form"]["request_key"].value() != second.context["form"]["request_key"].value()
    # Browsers forget a page to whose own address something is posted.
    assertContains(first, f'action="?contact={ann.pk}&amp;send=1"')
    # Asked for anew by a link; shown as it was by the browser's Back.
    assert "no-cache" in first["Cache-Control"]
    assert "no-store" not in first["Cache-Control"]


def test_a_form_without_a_key_makes_a_meeting_each_time(alice_client: Client, ann: Contact) -> None:
    for _number in range(2):
        send_anyway(alice_client, page_for(ann), answers(request_key=""))

    assert Meeting.objects.count() == 2


def test_a_wrong_form_without_a_key_is_shown_again_and_leads_to_no_other_meeting(
    alice_client: Client, ann: Contact
) -> None:
    alice_client.post(page_for(ann), answers(request_key=""))

    assert alice_client.post(page_for(ann), answers(request_key="", title="")).status_code == 200


def test_a_key_is_its_owners(alice_client: Client, charlie_client: Client, ann: Contact, charlie: Owner) -> None:
    given = answers()
    alice_client.post(page_for(ann), given)
    charlie_client.post(page_for(contact_of(charlie)), given)

    assert Meeting.objects.filter(owner=charlie).count() == 1


# --- The providers that are offered -----------------------------------------------------------------------


def test_the_default_is_preselected_and_marked(alice_client: Client, alice: Owner, ann: Contact) -> None:
    connect_jitsi(alice)
    connect_zoom(alice)

    form = form_of(alice_client, ann)

    assert form["provider"].value() == "zoom"
    assert list(form.fields["provider"].choices) == [
        ("zoom", "Zoom (default)"),
        ("jitsi", "Jitsi"),
        ("none", "No video link"),
    ]
    assert form.notice is None


def test_without_a_default_no_video_link_is_preselected(alice_client: Client, alice: Owner, ann: Contact) -> None:
    connect_jitsi(alice)

    page = alice_client.get(page_for(ann))

    assert page.context["form"]["provider"].value() == "none"
    assertContains(page, "You have no default provider")
    assertContains(page, "“No video link” is selected below.")
    assertContains(page, 'href="/settings/#providers"')


def test_with_nothing_connected_the_page_says_so(alice_client: Client, ann: Contact) -> None:
    page = alice_client.get(page_for(ann))

    assert list(page.context["form"].fields["provider"].choices) == [("none", "No video link")]
    assertContains(page, "No meeting provider is connected")
    assertContains(page, 'href="/settings/#providers"')


def test_one_that_needs_reconnecting_says_so(alice_client: Client, alice: Owner, ann: Contact) -> None:
    connect_zoom(alice, state=ProviderAccount.State.NEEDS_RECONNECT)

    page = alice_client.get(page_for(ann))

    assert page.context["form"]["provider"].value() == "zoom"
    assertContains(page, "Zoom (default, needs reconnecting)")
    assertContains(page, "Zoom needs reconnecting", count=1)


def test_without_access_nothing_is_offered(alice_client: Client, alice: Owner, ann: Contact) -> None:
    connect_zoom(alice)
    Owner.objects.update(meeting_providers_enabled=False)

    page = alice_client.get(page_for(ann))

    assert list(page.context["form"].fields["provider"].choices) == [("none", "No video link")]
    assertContains(page, "Ask your administrator")


# --- With whom --------------------------------------------------------------------------------------------


def test_without_a_contact_one_is_chosen_first(alice_client: Client, alice: Owner, charlie: Owner) -> None:
    ann, zoe = contact_of(alice), contact_of(alice, "Zoe Old")
    archive_contact(contact=zoe)
    contact_of(charlie, "Carl Strange")

    page = alice_client.get("/meetings/new/")

    assertContains(page, page_for(ann))
    assertNotContains(page, "Zoe")
    assertNotContains(page, "Carl")


def test_contacts_are_searched(alice_client: Client, alice: Owner) -> None:
    contact_of(alice)
    contact_of(alice, "Bert Moss")

    page = alice_client.get("/meetings/new/?q=bert")

    assertContains(page, "Bert Moss")
    assertNotContains(page, "Ann Lee")
    assertContains(alice_client.get("/meetings/new/?q=nobody"), "No contact found")


def test_without_contacts_the_first_is_added(alice_client: Client) -> None:
    assertContains(alice_client.get("/meetings/new/"), 'href="/contacts/new/"')


def test_an_archived_contact_is_restored_first(alice_client: Client, ann: Contact) -> None:
    archive_contact(contact=ann)

    for response in (alice_client.get(page_for(ann)), alice_client.post(page_for(ann), answers())):
        assertRedirects(response, ann.get_absolute_url(), fetch_redirect_response=False)
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize("contact", ["", "nonsense", str(UUID(int=1))])
def test_an_unknown_contact_is_not_found(alice_client: Client, contact: str) -> None:
    assert alice_client.get("/meetings/new/", {"contact": contact}).status_code == 404


def test_another_owners_contact_is_not_found(charlie_client: Client, ann: Contact) -> None:
    assert charlie_client.get(page_for(ann)).status_code == 404
    assert charlie_client.post(page_for(ann), answers()).status_code == 404
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize(("title", "kept"), [("Two\r\nlines", "Two lines"), ("\u200b", None)])
def test_a_title_is_one_line_that_can_be_seen(title: str, kept: str | None) -> None:
    plan = scheduling.Plan(title=title, starts_at=NOW + timedelta(days=1), minutes=30)
    if kept is None:
        with pytest.raises(ValidationError):
            plan.check()
    else:
        assert plan.one_line_title == kept
