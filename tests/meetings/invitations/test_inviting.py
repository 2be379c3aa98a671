"""An invitation is made with its meeting, whoever schedules."""

import pytest
from django.urls import reverse

from meetings.invitations import inviting
from meetings.models import Invitation
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.linking import Schedule

pytestmark = pytest.mark.django_db


def test_a_meeting_comes_with_an_invitation_that_is_due(schedule: Schedule, ann: Contact) -> None:
    invitation = schedule(provider="").invitations.get()
    assert (invitation.contact, invitation.email, invitation.is_mailed) == (ann, "ann@example.com", True)
    assert invitation.due_at is not None
    assert len(invitation.token) == 32


def test_without_a_mail_there_is_still_a_page_and_nothing_is_due(schedule: Schedule) -> None:
    meeting = schedule(provider="", by_mail=False)
    assert meeting.invitations.get().due_at is None
    inviting.owe(meeting)
    assert meeting.invitations.get().due_at is None


def test_only_its_owner_revokes_it(schedule: Schedule, alice: Owner, charlie: Owner) -> None:
    invitation = schedule(provider="").invitations.get()
    with pytest.raises(Invitation.DoesNotExist):
        inviting.revoke(owner=charlie, invitation_id=invitation.pk)
    assert inviting.revoke(owner=alice, invitation_id=invitation.pk).due_at is None


def test_the_address_of_the_page_is_short(schedule: Schedule) -> None:
    token = schedule(provider="").invitations.get().token
    assert reverse("client_meeting", args=[token]) == f"/m/{token}/"
