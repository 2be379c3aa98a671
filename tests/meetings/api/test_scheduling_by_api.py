"""A program schedules: the record is there at once, and the answer says what is true of the link."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import Connection, ProviderAccount
from meetings import merging
from meetings.models import Invitation, LinkJob, Meeting, MeetingSettings
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import TOMORROW_AT_TEN, read, scheduled, wanted
from tests.meetings.page_cast import connect_jitsi, connect_zoom
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db


def test_a_meeting_with_the_default_provider_and_the_usual_length(program: Caller, alice: Owner, ann: Contact) -> None:
    connect_zoom(alice)
    MeetingSettings.objects.create(owner=alice, slot_minutes=45)
    response = program.post(
        "/meetings", wanted(ann, "2026-03-03T10:30+01:00", title=" Kick \n off", agenda="What we want")
    )
    said, meeting = read(response, 201), Meeting.objects.get()
    assert response["Location"].endswith(f"/api/v1/meetings/{meeting.pk}")
    assert (said["id"], said["revision"], said["status"]) == (str(meeting.pk), 1, "scheduled")
    assert (said["title"], said["agenda"], said["minutes"]) == ("Kick off", "What we want", 45)
    assert (said["starts_at"], said["ends_at"]) == ("2026-03-03T09:30:00Z", "2026-03-03T10:15:00Z")
    assert (said["source"], meeting.source) == ("automation", Meeting.Source.AUTOMATION)
    assert said["contact"] == {"id": str(ann.pk), "name": "Ann Lee", "email": "ann@example.com"}
    assert LinkJob.objects.get().due_at is not None


@pytest.mark.parametrize("address", ["lee@work.example", "ANN@example.com"])
def test_the_invitation_goes_to_the_address_that_is_named(
    program: Caller, alice: Owner, ann: Contact, address: str
) -> None:
    double = add_contact(owner=alice, name="A. Lee", email="lee@work.example")
    merging.merge(owner=alice, contact_id=double.pk, into_id=ann.pk)
    body = {name: value for name, value in wanted(ann).items() if name != "contact_id"}
    said = read(program.post("/meetings", {**body, "contact": {"name": "Lee", "email": address}}), 201)
    assert said["contact"]["id"] == str(ann.pk)
    assert Invitation.objects.get().email == address.lower()


def test_a_link_that_is_not_there_is_not_promised(program: Caller, alice: Owner, ann: Contact) -> None:
    connect_zoom(alice)
    link = read(program.post("/meetings", wanted(ann)), 201)["link"]
    assert (link["status"], link["label"], link["join_url"]) == ("on_its_way", "On its way", None)
    assert "being made" in link["text"]


def test_the_clients_page_is_named_and_nothing_else_of_the_invitation(program: Caller, ann: Contact) -> None:
    said = read(program.post("/meetings", wanted(ann)), 201)
    assert said["client_page"].endswith(f"/m/{Invitation.objects.get().token}/")
    Invitation.objects.update(revoked_at=timezone.now())
    assert read(program.get(f"/meetings/{said['id']}"))["client_page"] is None


@pytest.mark.parametrize(("provider", "kept"), [("jitsi", "jitsi"), ("none", ""), (None, "zoom")])
def test_another_provider_than_the_default_or_none(
    program: Caller, alice: Owner, ann: Contact, provider: str | None, kept: str
) -> None:
    connect_zoom(alice)
    connect_jitsi(alice)
    assert read(program.post("/meetings", wanted(ann, provider=provider)), 201)["provider"] == kept


def test_without_a_default_there_is_no_link_and_a_next_step(program: Caller, ann: Contact) -> None:
    link = read(program.post("/meetings", wanted(ann)), 201)["link"]
    assert link["status"] == "no_link"
    (step,) = link["next_steps"]
    assert (step["action"], step["method"]) == ("open_settings", "GET")
    assert step["url"] == "http://testserver.localhost:8000/settings/#providers"


def test_the_contact_is_mailed_unless_the_program_does_that_itself(program: Caller, ann: Contact) -> None:
    program.post("/meetings", wanted(ann))
    program.post("/meetings", wanted(ann, TOMORROW_AT_TEN + timedelta(hours=1), invite_by_mail=False))
    assert list(Invitation.objects.order_by("meeting__starts_at").values_list("is_mailed", flat=True)) == [True, False]


def test_an_owner_who_may_not_use_providers_gets_meetings_without_links(
    program: Caller, alice: Owner, ann: Contact
) -> None:
    connect_zoom(alice)
    Owner.objects.update(meeting_providers_enabled=False)
    assert read(program.post("/meetings", wanted(ann)), 201)["link"]["status"] == "no_link"
    later = wanted(ann, TOMORROW_AT_TEN + timedelta(hours=1), provider="zoom")
    problem(program.post("/meetings", later), 403, "not_entitled")
    assert Meeting.objects.count() == 1


def test_a_time_that_is_not_offered_is_refused_with_the_next_that_are(program: Caller, ann: Contact) -> None:
    read(program.post("/meetings", wanted(ann)), 201)
    refused = problem(program.post("/meetings", wanted(ann)), 409, "slot_taken")
    assert refused["next_free"][0] == {"starts_at": "2026-03-03T09:30:00Z", "ends_at": "2026-03-03T10:00:00Z"}
    assert Meeting.objects.count() == 1
    read(program.post("/meetings", wanted(ann, refused["next_free"][0]["starts_at"])), 201)


def test_any_time_is_taken_when_the_program_says_so(program: Caller, ann: Contact) -> None:
    for _twice in range(2):
        read(program.post("/meetings", wanted(ann, "2026-03-08T04:07:00+01:00", any_time=True)), 201)
    assert Meeting.objects.count() == 2


def test_a_join_link_is_answered_only_while_it_opens_the_meeting(program: Caller, alice: Owner, ann: Contact) -> None:
    connect_zoom(alice)
    said = scheduled(alice, ann)
    Meeting.objects.update(join_url="https://zoom.us/j/1?pwd=x", passcode="1234")
    LinkJob.objects.update(due_at=None)
    ready = read(program.get(f"/meetings/{said['id']}"))["link"]
    assert (ready["status"], ready["join_url"], ready["passcode"]) == ("ready", "https://zoom.us/j/1?pwd=x", "1234")
    LinkJob.objects.update(problem=LinkJob.Problem.GONE)
    gone = read(program.get(f"/meetings/{said['id']}"))["link"]
    assert (gone["status"], gone["join_url"], gone["passcode"]) == ("needs_attention", None, "")


def test_a_lost_connection_is_said_with_what_the_owner_can_do(program: Caller, alice: Owner, ann: Contact) -> None:
    connect_zoom(alice, state=ProviderAccount.State.NEEDS_RECONNECT)
    link = read(program.post("/meetings", wanted(ann)), 201)["link"]
    assert link["status"] == "needs_attention"
    assert link["next_steps"][0]["label"] == "Reconnect Zoom"
    assert Connection.objects.count() == 1


def test_the_owners_language_and_zone_are_spoken(program: Caller, alice: Owner, ann: Contact) -> None:
    said = scheduled(alice, ann, provider="none")
    cancelled = read(program.post(f"/meetings/{said['id']}/cancel"))
    assert "Mon 2 Mar 2026, 07:00" in cancelled["link"]["text"]
