"""A host deletes a meeting in Zoom: its owner hears of it once, and its client is led to no dead link."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import ProviderAccount, Rest
from meetings import scheduling
from meetings.models import LinkJob, Meeting, ProviderMeeting, ProviderNews
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.linking import Schedule, edit, job_of, make_due, work
from tests.meetings.watching.zooms_words import deleted, number_of, post, settle, work_all
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def mails() -> list[str]:
    return list(Mail.objects.filter(subject__startswith="Deleted at Zoom").values_list("subject", flat=True))


def delete_there(zoom: ZoomSimulator, meeting: Meeting, **more: object) -> None:
    number = number_of(meeting)
    zoom.as_host(number, "delete", silent=True)
    assert post(deleted(number, **more)) == 200  # type: ignore[arg-type]
    settle()


def test_the_owner_hears_and_the_page_offers_a_new_link(
    zoom: ZoomSimulator, alice_client: Client, meeting: Meeting
) -> None:
    delete_there(zoom, meeting)
    assert mails() == ["Deleted at Zoom: Kick-off"]
    text = Mail.objects.get(subject__startswith="Deleted at Zoom").text
    assert f"/meetings/{meeting.pk}/" in text
    assert "Your client has not been told" in text
    page = alice_client.get(f"/meetings/{meeting.pk}/").content.decode()
    assert "Make a new link" in page
    assert meeting.join_url not in page
    assert "was deleted at Zoom" in page, "the history says so"
    assert "Kick-off" in alice_client.get("/").content.decode().partition("Next")[0], "home says so"
    assert job_of(meeting).problem == LinkJob.Problem.GONE


def test_the_clients_page_leads_nowhere_until_there_is_a_new_link(
    zoom: ZoomSimulator, client: Client, alice_client: Client, meeting: Meeting
) -> None:
    token = meeting.invitations.get().token
    assert client.get(f"/m/{token}/join/").headers["Location"] == meeting.join_url
    delete_there(zoom, meeting)
    assert meeting.join_url not in client.get(f"/m/{token}/").content.decode()
    assert client.get(f"/m/{token}/join/").headers["Location"] == f"/m/{token}/"
    alice_client.post(f"/meetings/{meeting.pk}/new-link/")
    work_all()
    [there] = zoom.meetings()
    assert client.get(f"/m/{token}/join/").headers["Location"] == there["join_url"] != meeting.join_url


def test_the_link_is_dead_at_once_even_if_no_worker_comes_by(
    zoom: ZoomSimulator, client: Client, schedule: Schedule, meeting: Meeting, may_look: bool
) -> None:
    """By the fact itself, not by what a later step on the link says."""
    ProviderMeeting.objects.filter(meeting=meeting).update(gone_at=timezone.now())
    token = meeting.invitations.get().token
    assert client.get(f"/m/{token}/join/").headers["Location"] == f"/m/{token}/"


def test_twice_late_and_again_is_once(zoom: ZoomSimulator, meeting: Meeting) -> None:
    number = number_of(meeting)
    zoom.as_host(number, "delete", silent=True)
    message = deleted(number)
    assert [post(message), post(message), post(message, age=85 * 60)] == [200] * 3
    assert ProviderNews.objects.count() == 1
    settle()
    assert post(deleted(number, at=timezone.now() + timedelta(seconds=1))) == 200
    settle()
    assert len(mails()) == 1
    assert meeting.events.filter(kind="gone").count() == 1


def test_a_replay_after_its_row_went_changes_nothing(zoom: ZoomSimulator, alice: Owner, meeting: Meeting) -> None:
    message = deleted(number_of(meeting))
    zoom.as_host(number_of(meeting), "delete", silent=True)
    post(message)
    settle()
    ProviderNews.objects.all().delete()
    assert post(message, age=3 * 3600) == 200
    assert not ProviderNews.objects.exists()
    post(message)
    settle()
    assert len(mails()) == 1


def test_o_keys_own_cancellation_is_not_told_as_somebody_elses(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting, may_look: bool
) -> None:
    number = number_of(meeting)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    post(deleted(number))  # before O-Key's own call is recorded
    settle()
    post(deleted(number, at=timezone.now() + timedelta(seconds=2)))
    settle()
    assert mails() == []
    assert ProviderMeeting.objects.get(meeting=meeting).state == "ended"
    assert not meeting.events.filter(kind="gone").exists()
    assert len(zoom.meetings()) == (0 if may_look else 1)


def test_a_spare_that_o_key_removes_is_nobodys_business(
    zoom: ZoomSimulator, alice_client: Client, meeting: Meeting
) -> None:
    delete_there(zoom, meeting)
    old = number_of(meeting)
    alice_client.post(f"/meetings/{meeting.pk}/new-link/")
    work_all()
    post(deleted(old, at=timezone.now() + timedelta(seconds=5)))
    settle()
    assert len(mails()) == 1
    assert Meeting.objects.get().join_url == zoom.meetings()[0]["join_url"]


def test_what_is_not_ours_is_not_even_kept(zoom: ZoomSimulator, meeting: Meeting) -> None:
    assert post(deleted(91234567890)) == 200
    assert not ProviderNews.objects.exists()


@pytest.mark.parametrize("more", [{"host_id": "benBasic00000000000000"}, {}])
def test_anothers_meeting_of_that_number_is_not_ours(
    zoom: ZoomSimulator, meeting: Meeting, more: dict[str, str]
) -> None:
    message = deleted(number_of(meeting), **more)
    if not more:
        message["payload"]["account_id"] = "another-account"
    post(message)
    settle()
    assert mails() == []
    assert job_of(meeting).problem == ""


def test_one_that_comes_before_the_creates_answer_is_on_record_waits_for_it(
    zoom: ZoomSimulator, connection: object, schedule: Schedule
) -> None:
    meeting = schedule()
    zoom.fault("create", "drop_after")
    work(meeting)  # the answer is lost: the meeting is there, and O-Key does not know its number
    [there] = zoom.meetings()
    assert post(deleted(there["id"])) == 200
    assert ProviderNews.objects.filter(settled_at=None).count() == 1
    work_all()
    assert ProviderNews.objects.get().settled_at is None
    ProviderMeeting.objects.create(
        meeting=meeting, provider="zoom", account=ProviderAccount.objects.get(), external_id=str(there["id"])
    )
    Meeting.objects.update(join_url=there["join_url"])
    LinkJob.objects.update(sent_at=None, due_at=None)
    zoom.as_host(there["id"], "delete", silent=True)
    ProviderNews.objects.update(due_at=timezone.now())
    settle()
    assert len(mails()) == 1


def test_one_that_never_becomes_ours_is_given_up(zoom: ZoomSimulator, connection: object, schedule: Schedule) -> None:
    zoom.fault("create", "drop_after")
    work(schedule())
    [there] = zoom.meetings()
    post(deleted(there["id"]))
    ProviderNews.objects.update(due_at=timezone.now(), received_at=timezone.now() - timedelta(minutes=11))
    work_all()
    assert ProviderNews.objects.get().settled_at is not None


def test_a_move_in_o_key_makes_no_dead_link_work_again(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting, client: Client
) -> None:
    delete_there(zoom, meeting)
    edit(alice, meeting, starts_at=meeting.starts_at + timedelta(hours=1))
    make_due(meeting)
    work_all()
    assert job_of(meeting).problem == LinkJob.Problem.GONE
    token = meeting.invitations.get().token
    assert client.get(f"/m/{token}/join/").headers["Location"] == f"/m/{token}/"
    assert len(mails()) == 1


def test_after_it_is_over_nobody_is_mailed(zoom: ZoomSimulator, meeting: Meeting) -> None:
    past = timezone.now() - timedelta(hours=2)
    Meeting.objects.update(starts_at=past, ends_at=past + timedelta(minutes=30))
    delete_there(zoom, meeting)
    assert mails() == []


@pytest.mark.parametrize("may_look", ["looks"], indirect=True)
def test_a_message_that_zoom_itself_contradicts_is_not_believed(zoom: ZoomSimulator, meeting: Meeting) -> None:
    post(deleted(number_of(meeting)))
    for _ in range(4):
        settle()
    assert mails() == []
    assert zoom.calls("get") == 2, "it is asked twice: one of its machines may know later than another"


@pytest.mark.parametrize("may_look", ["looks"], indirect=True)
def test_where_zoom_does_not_answer_the_message_counts(zoom: ZoomSimulator, meeting: Meeting) -> None:
    zoom.fault("get", "status", status=503, times=None)
    post(deleted(number_of(meeting)))
    for _ in range(5):
        settle()
        Rest.objects.all().delete()
    assert len(mails()) == 1


def test_what_a_change_meets_at_zoom_is_told_the_same_way(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting, may_look: bool
) -> None:
    """No message came: O-Key's own update finds out."""
    if not may_look:
        return
    zoom.as_host(number_of(meeting), "delete", silent=True)
    edit(alice, meeting, title="Renamed")
    work_all()
    assert mails() == ["Deleted at Zoom: Renamed"]
