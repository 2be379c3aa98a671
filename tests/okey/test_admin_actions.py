"""What administrators do to many rows: asked first, done once by however many, noted in each row's history."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from integrations.models import Connection, ProviderAccount
from meetings.models import Invitation, LinkJob, Meeting
from okey.contacts.models import Contact
from okey.lib import admin_actions
from okey.owners import support
from okey.owners.models import Owner
from tests.marked_rows import make
from tests.okey.test_admin_everything import url_of


def act(client: Client, model: Any, action: str, *rows: Any, **more: str) -> str:
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}
    return client.post(url_of(model), chosen, follow=True).content.decode()


def notes(row: Any) -> list[str]:
    return [one.get_change_message() for one in LogEntry.objects.filter(object_id=str(row.pk)).order_by("pk")]


@pytest.fixture
def live(db: None) -> ProviderAccount:
    account: ProviderAccount = make(
        ProviderAccount, state="live", revoke_after=None, due_at=timezone.now() + timedelta(hours=20)
    )
    return account


@pytest.fixture
def job(alice: Owner) -> LinkJob:
    contact = Contact.objects.create(owner=alice, name="Ann", email="ann@example.com")
    starts = timezone.now() + timedelta(days=1)
    meeting = Meeting.objects.create(
        owner=alice, contact=contact, title="Call", starts_at=starts, minutes=30, ends_at=starts, provider="zoom"
    )
    return LinkJob.objects.create(meeting=meeting, problem="refused", detail="Zoom said no")


def test_access_is_given_and_withdrawn_once_and_noted(admin_client: Client, alice: Owner, bob: Owner) -> None:
    Owner.objects.filter(pk=bob.pk).update(meeting_providers_enabled=False)
    question = act(admin_client, Owner, "withdraw_access", alice, bob)
    assert "2 rows are chosen" in question
    assert f"{alice.name} ({alice.email})" in question
    assert Owner.objects.get(pk=alice.pk).meeting_providers_enabled

    for _administrator in range(2):
        done = act(admin_client, Owner, "withdraw_access", alice, bob, apply="1")

    assert "2 were left as they are" in done
    assert not Owner.objects.filter(pk__in=[alice.pk, bob.pk], meeting_providers_enabled=True).exists()
    assert (notes(alice), notes(bob)) == (["Withdrew meeting-provider access."], [])
    assert "Done: 1." in act(admin_client, Owner, "give_access", bob, apply="1")
    assert notes(bob) == ["Gave meeting-provider access."]


def test_so_many_at_once(admin_client: Client, alice: Owner, bob: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_actions, "AT_ONCE", 1)
    assert "Choose 1 at most" in act(admin_client, Owner, "withdraw_access", alice, bob, apply="1")
    assert Owner.objects.get(pk=alice.pk).meeting_providers_enabled
    monkeypatch.setattr(admin_actions, "AT_ONCE", 2)
    monkeypatch.setattr(admin_actions, "NAMED", 1)
    assert "and 1 more" in act(admin_client, Owner, "withdraw_access", alice, bob)


def test_an_account_is_made_due_for_a_refresh_once(admin_client: Client, live: ProviderAccount) -> None:
    ended = make(ProviderAccount, state="needs_reconnect", lost_why="refused", due_at=None, revoke_after=None)
    for _administrator in range(2):
        act(admin_client, ProviderAccount, "refresh_all_now", live, ended, apply="1")
    live.refresh_from_db()
    ended.refresh_from_db()
    assert live.due_at is not None
    assert live.due_at <= timezone.now()
    assert ended.due_at is None
    assert (notes(live), notes(ended)) == (["Asked for a refresh."], [])


def test_an_account_that_is_worked_on_is_left(admin_client: Client, live: ProviderAccount) -> None:
    soon = timezone.now() + timedelta(seconds=15)
    ProviderAccount.objects.filter(pk=live.pk).update(claim="9d0c0ea4-0000-4000-8000-000000000000", claimed_until=soon)
    button = url_of(ProviderAccount, live.pk, "actions/refresh_now")
    assert "it is under way" in admin_client.post(button, follow=True).content.decode()
    assert notes(live) == []


def test_a_link_is_tried_again_once_with_words_beside_it(admin_client: Client, job: LinkJob) -> None:
    row = admin_client.get(url_of(LinkJob, job.pk, "change")).content.decode()
    assert "Read what the provider said" in row
    assert "Zoom said no" in row
    assert str(job.pk) in admin_client.get(url_of(LinkJob) + "?wait=given_up").content.decode()
    for _administrator in range(2):
        act(admin_client, LinkJob, "retry_all", job, apply="1")
    job.refresh_from_db()
    assert (job.problem, job.attempts) == ("", 0)
    assert job.due_at is not None
    assert notes(job) == ["Asked for another try at the link."]
    assert str(job.pk) not in admin_client.get(url_of(LinkJob) + "?wait=given_up").content.decode()


def test_what_is_over_is_left(admin_client: Client, job: LinkJob) -> None:
    Meeting.objects.filter(pk=job.pk).update(ends_at=timezone.now() - timedelta(hours=1))
    button = url_of(LinkJob, job.pk, "actions/retry")
    assert "There is no link to make" in admin_client.post(button, follow=True).content.decode()
    assert notes(job) == []


def test_a_disconnect_is_noted(admin_client: Client, alice: Owner) -> None:
    one = Connection.objects.create(owner=alice, provider="jitsi")
    for _administrator in range(2):
        admin_client.post(url_of(Connection, one.pk, "actions/disconnect"), {"apply": "1"})
    assert notes(one) == ["Disconnected."]


def test_support_acts_on_nothing(alice: Owner, job: LinkJob, live: ProviderAccount) -> None:
    support.make()
    support.set_to(alice, is_support=True)
    Owner.objects.filter(pk=alice.pk).update(is_staff=True)
    client = Client()
    client.force_login(Owner.objects.get(pk=alice.pk))
    assert client.post(url_of(LinkJob, job.pk, "actions/retry")).status_code == 403
    assert client.post(url_of(ProviderAccount, live.pk, "actions/refresh_now")).status_code == 403
    for model, action, row in ((LinkJob, "retry_all", job), (Owner, "withdraw_access", alice)):
        act(client, model, action, row, apply="1")
    assert Owner.objects.get(pk=alice.pk).meeting_providers_enabled
    assert not LogEntry.objects.exists()


def test_mails_that_were_given_up_are_sent_again_once(admin_client: Client, job: LinkJob) -> None:
    coming = {"meeting": job.meeting, "left_at": None}
    gone, well = (
        make(Invitation, **coming, contact=make(Contact, owner=job.meeting.owner), failed_at=failed_at)
        for failed_at in (timezone.now(), None)
    )
    assert "Then send it again" in admin_client.get(url_of(Invitation, gone.pk, "change")).content.decode()
    for _administrator in range(2):
        act(admin_client, Invitation, "send_all_again", gone, well, apply="1")
    gone.refresh_from_db()
    assert gone.failed_at is None
    assert gone.due_at <= timezone.now()
    assert (notes(gone), notes(well)) == (["Had the mail to the client sent again."], [])
