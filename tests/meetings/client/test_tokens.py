"""Whose token opens what."""

import pytest
from django.test import Client
from django.utils import timezone

from meetings.models import Invitation
from tests.meetings.linking import Schedule

pytestmark = pytest.mark.django_db


def test_its_token_opens_the_meeting_without_signing_in(schedule: Schedule, client: Client) -> None:
    token = schedule(provider="").invitations.get().token
    assert "Kick-off" in client.get(f"/m/{token}/").content.decode()


@pytest.mark.parametrize("token", ["x" * 32, "%00", "a%00b", "%FF%FE", "é", "x" * 2000, "..", "%2F%2F"])
def test_any_other_opens_nothing(schedule: Schedule, client: Client, token: str) -> None:
    schedule(provider="")
    assert client.get(f"/m/{token}/").status_code == 404


def test_a_revoked_one_opens_nothing(schedule: Schedule, client: Client) -> None:
    invitation = schedule(provider="").invitations.get()
    Invitation.objects.update(revoked_at=timezone.now())
    assert client.get(f"/m/{invitation.token}/").status_code == 404


@pytest.mark.parametrize("path", ["state/", "join/", "meeting.ics", "cancel/", "ask/"])
def test_a_wrong_one_opens_none_of_the_pages(schedule: Schedule, client: Client, path: str) -> None:
    invitation = schedule(provider="").invitations.get()
    Invitation.objects.update(revoked_at=timezone.now())
    for token in ("x" * 32, invitation.token):
        response = client.get(f"/m/{token}/{path}")
        assert response.status_code == 404
        assert "There is no meeting here" in response.content.decode()
        assert response["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("path", ["cancel/", "ask/"])
def test_a_revoked_one_changes_nothing(schedule: Schedule, client: Client, path: str) -> None:
    meeting = schedule(provider="")
    Invitation.objects.update(revoked_at=timezone.now())
    token = meeting.invitations.get().token
    assert client.post(f"/m/{token}/{path}", {"message": "Now?"}).status_code == 404
    meeting.refresh_from_db()
    assert not meeting.is_cancelled


def test_one_opens_its_own_meeting_only(schedule: Schedule, client: Client) -> None:
    mine, other = schedule(provider=""), schedule(provider="", title="Somebody else’s")
    client.post(f"/m/{mine.invitations.get().token}/cancel/")
    other.refresh_from_db()
    assert not other.is_cancelled


@pytest.mark.usefixtures("clock_stands")
def test_whoever_tries_many_is_told_to_wait_and_a_right_one_still_opens(schedule: Schedule, client: Client) -> None:
    token = schedule(provider="").invitations.get().token
    answers = [client.get(f"/m/{number:032}/").status_code for number in range(31)]
    assert answers == [404] * 30 + [429]
    assert client.get("/m/wrong/")["Retry-After"]
    assert client.get(f"/m/{token}/").status_code == 200
