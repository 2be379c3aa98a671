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
