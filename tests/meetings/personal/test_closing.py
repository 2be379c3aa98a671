"""Closing an account: what ends at once, what follows, and that in the end the owner and their clients are nowhere."""

import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import CHANGE, LogEntry
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integrations import connections, upkeep
from integrations.models import Connection, ProviderAccount, WebhookDelivery
from meetings import scheduling
from meetings.booking import settings as booking_settings
from meetings.bot import messenger_keys
from meetings.bot.models import Conversation
from meetings.feed import feeds
from meetings.invitations import inviting
from meetings.links import making
from meetings.models import Invitation, LinkJob, Meeting
from meetings.personal import closing
from meetings.personal.models import Closing
from okey.api import tokens
from okey.contacts.models import Contact
from okey.lib import claims
from okey.mails.models import Mail
from okey.owners import support
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Endpoint, EventType
from tests.conftest import PASSWORD
from tests.dump import everything
from tests.meetings.linking import Schedule, work
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def take() -> bool:
    """What a worker does with a closing that is due. False: none is."""
    claim = claims.take_next(Closing, seconds=closing.LEASE_SECONDS)
    if claim is not None:
        closing.work_on(claim)
    return claim is not None


def work_through() -> None:
    """Workers of every lane, one after the other, until nothing is due."""
    for _round in range(60):
        Closing.objects.filter(settled_at=None).update(due_at=timezone.now())  # half a minute passes
        for meeting_id in LinkJob.objects.filter(due_at__lte=timezone.now()).values_list("pk", flat=True):
            making.work(meeting_id)
        for invitation_id in Invitation.objects.filter(due_at__lte=timezone.now()).values_list("pk", flat=True):
            inviting.work(invitation_id)
        if not take():
            return
    raise AssertionError("It does not come to an end.")


def close_by_page(client: Client, owner: Owner) -> Any:
    return client.post("/settings/data/close/", {"email": owner.email})


def test_the_page_says_what_happens_and_wants_the_address(
    alice: Owner, alice_client: Client, schedule: Schedule
) -> None:
    schedule(provider="")
    page = alice_client.get("/settings/data/close/").content.decode()
    assert "1 meeting that is still to come is cancelled" in page
    assert "After 30 days everything is deleted for good" in page
    refused = alice_client.post("/settings/data/close/", {"email": "somebody@example.com"}).content.decode()
    assert "This is not the address that you sign in with." in refused
    assert Owner.objects.get(pk=alice.pk).is_open
    assert "Your account is closed" in close_by_page(alice_client, alice).content.decode()
    assert not Owner.objects.get(pk=alice.pk).is_open
    assert Mail.objects.filter(to=alice.email, subject="Your O-Key account is closed").count() == 1


def test_the_only_administrator_stays(admin: Owner, admin_client: Client) -> None:
    assert "You are the only administrator" in close_by_page(admin_client, admin).content.decode()
    assert Owner.objects.get(pk=admin.pk).is_open


def test_support_is_no_administrator(admin: Owner) -> None:
    """It lets nobody in."""
    support.make()
    helper = Owner.objects.create_user("support@example.com", name="Sue Support", is_staff=True)
    support.set_to(helper, is_support=True)
    with pytest.raises(closing.LastAdministrator):
        closing.close(owner=admin)
    closing.close(owner=helper)
    Owner.objects.create_superuser("second@example.com", None, name="Second")
    assert closing.close(owner=admin)


def test_at_once_nobody_gets_in(alice: Owner, alice_client: Client, client: Client) -> None:
    other_browser = Client()
    other_browser.force_login(alice)
    _token, secret = tokens.make(owner=alice, name="Mine", scopes=["read"])
    booking_settings.change(owner=alice, is_page_on=True)
    page, feed = booking_settings.url_of(alice), feeds.url(feeds.switch_on(alice))
    endpoints.add(owner=alice, url="https://hooks.example.com/okey", events=list(EventType.values))
    messenger_keys.replace(alice)
    assert client.get(page).status_code == 200
    closing.close(owner=alice)
    for browser in (alice_client, other_browser):
        assert browser.get("/settings/")["Location"].startswith("/accounts/login/")
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert "is wrong" in answer.content.decode()
    with_token = {"authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/me", headers=with_token).status_code == 401
    unknown = client.get("/book/nobody-of-that-name/")
    gone = client.get(page)
    assert (gone.status_code, unknown.status_code) == (404, 404)
    assert client.get(feed).status_code == 404
    assert not Endpoint.objects.filter(owner=alice).exists()
    assert messenger_keys.of(alice) is None


def test_a_new_password_by_mail_opens_nothing(alice: Owner, client: Client) -> None:
    """O-Key still works for the owner while clients are told, so the account is active; nobody signs in to it."""
    closing.close(owner=alice)
    alice.refresh_from_db()
    assert alice.is_active
    alice.set_password(PASSWORD)
    alice.save()
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert answer["Location"] == "/accounts/inactive/"
    assert "_auth_user_id" not in client.session


def test_nothing_can_be_scheduled_any_more(alice: Owner, ann: Contact) -> None:
    closing.close(owner=alice)
    plan = scheduling.Plan(title="Late", starts_at=timezone.now() + timedelta(days=1), minutes=30)
    with pytest.raises(ValidationError, match="This account is closed"):
        scheduling.schedule(owner=alice, contact=ann, plan=plan)
    with pytest.raises(scheduling.SlotTaken):  # as clients know it who confirm a booking just now
        scheduling.schedule(owner=alice, contact=ann, plan=plan, must_be_offered=True)


def test_clients_and_zoom_hear_before_the_grant_is_given_back(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, managing: None
) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule())
    inviting.work(Invitation.objects.get().pk)
    closing.close(owner=alice)
    take()
    assert Meeting.objects.get().is_cancelled
    assert Connection.objects.active().exists(), "the cancellation has not reached Zoom yet"
    assert len(zoom.meetings()) == 1
    work_through()
    assert zoom.meetings() == []
    assert [one.subject for one in mail.outbox if "ancelled" in one.subject]
    assert not Connection.objects.active().exists()
    assert ProviderAccount.objects.get().revoke_after is not None
    assert not Owner.objects.get(pk=alice.pk).is_active
    assert meeting.pk == Meeting.objects.get().pk


def test_a_worker_that_dies_leaves_the_rest_to_the_next(
    alice: Owner, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "BATCH", 1)
    for hours in (30, 40, 50):
        schedule(provider="", starts_at=timezone.now() + timedelta(hours=hours))
    closing.close(owner=alice)
    first = claims.take_next(Closing, seconds=closing.LEASE_SECONDS)
    assert first is not None
    scheduling.cancel(owner=alice, meeting_id=Meeting.objects.earliest("starts_at").pk)  # and there it died
    Closing.objects.update(claimed_until=timezone.now())
    work_through()
    assert [one.revision for one in Meeting.objects.all()] == [2, 2, 2], "each cancelled once"
    closing.work_on(first)  # it only slept: what it would write is dropped
    assert Closing.objects.get().settled_at is not None
    cancelled = [one for one in mail.outbox if "ancelled" in one.subject]
    assert len(cancelled) <= 3


def test_a_provider_that_does_not_answer_is_waited_for_a_day_at_most(alice: Owner, schedule: Schedule) -> None:
    connections.connect(owner=alice, provider="jitsi")
    schedule(provider="jitsi")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        closing.close(owner=alice)
        take()
        LinkJob.objects.update(due_at=timezone.now() + timedelta(days=9))
        clock.shift(timedelta(minutes=1))
        take()
        assert Connection.objects.active().exists()
        clock.shift(closing.PATIENCE)
        take()
        assert not Connection.objects.active().exists()


def test_an_administrator_opens_it_again(alice: Owner, ann: Contact, schedule: Schedule, admin_client: Client) -> None:
    schedule(provider="")
    closing.close(owner=alice)
    work_through()
    page = f"/admin/personal/closing/{alice.pk}/"
    assert "Open the account again" in admin_client.get(page + "change/").content.decode()
    answer = admin_client.post(page + "actions/reopen/")
    assert answer["Location"] == f"/admin/owners/owner/{alice.pk}/change/"
    assert Owner.objects.get(pk=alice.pk).is_open
    assert not Closing.objects.exists()
    assert Contact.objects.filter(pk=ann.pk).exists()
    assert Meeting.objects.get().is_cancelled, "what was cancelled stays so"


def test_when_the_grace_time_is_over_it_is_too_late(alice: Owner) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        closing.close(owner=alice)
        clock.shift(timedelta(days=30))
        with pytest.raises(closing.TooLate):
            closing.reopen(owner_id=alice.pk)


def test_then_the_owner_and_their_clients_are_nowhere(
    alice: Owner,
    bob: Owner,
    zoom: ZoomSimulator,
    schedule: Schedule,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.OKEY_CLOSED_ACCOUNT_DAYS = 3
    connect_zoom(zoom, alice)
    account = ProviderAccount.objects.get()
    Owner.objects.filter(pk=alice.pk).update(name="Wilma Zamorin", email="wilma@zamorin.example")
    alice.refresh_from_db()
    ProviderAccount.objects.update(email="wilma@at-zoom.example", display_name="W. Zamorin")
    meeting = work(schedule(title="Budget of Quilla"))
    Contact.objects.update(name="Quilla Quint", email="quilla@quint.example")
    WebhookDelivery.objects.create(provider="zoom", external_id=account.external_id, signature_hash="x")
    Conversation.objects.create(owner=alice, state={"name": "Quilla"}).messages.create(by="client", text="I am Quilla")
    Contact.objects.create(owner=bob, name="Stays Here", email="stays@example.com")
    values = ("zamorin", "wilma", "quilla", "quint", account.external_id.casefold(), str(alice.pk), meeting.join_url)
    before = everything()
    assert [value for value in values[:5] if value not in before] == []
    with caplog.at_level(logging.INFO), time_machine.travel(timezone.now(), tick=False) as clock:
        closing.close(owner=alice)
        work_through()
        ProviderAccount.objects.update(tokens=None, due_at=None, revoke_after=None, state="ended")
        assert not take(), "nothing is due before its time"
        clock.shift(timedelta(days=3))
        work_through()
    assert not Owner.objects.filter(pk=alice.pk).exists()
    assert not Closing.objects.exists()
    after = everything()
    assert [value for value in values if value.casefold() in after] == []
    assert [value for value in values[:4] if value in caplog.text.casefold()] == []
    assert "stays@example.com" in after
    assert bob.email in after


def test_mails_of_others_with_a_longer_address_or_that_still_wait_stay(alice: Owner, bob: Owner) -> None:
    now = timezone.now()
    said = {
        "longer": ("Write to malice@example.com.", None),
        "longer behind": ("Write to alice@example.com.br today", None),
        "went out": ("Alice (ALICE@example.com) booked.", None),
        "at the end": ("Write to alice@example.com.", None),
        "waits": ("Alice (alice@example.com) booked.", now + timedelta(days=99)),
    }
    for subject, (text, due_at) in said.items():
        Mail.objects.create(to=bob.email, subject=subject, text=text, due_at=due_at)
    with time_machine.travel(now, tick=False) as clock:
        closing.close(owner=alice)
        work_through()
        clock.shift(timedelta(days=30))
        work_through()
    assert not Owner.objects.filter(pk=alice.pk).exists()
    left = Mail.objects.filter(to=bob.email).values_list("subject", flat=True)
    assert set(left) == {"longer", "longer behind", "waits"}


def test_deleting_goes_on_where_it_was_interrupted(
    alice: Owner, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule(provider="")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        closing.close(owner=alice)
        work_through()
        clock.shift(timedelta(days=30))
        assert take()
        assert Owner.objects.filter(pk=alice.pk).exists()
        claims.take_next(Closing, seconds=closing.LEASE_SECONDS)  # by a worker that dies of it
        assert not take()
        clock.shift(timedelta(seconds=closing.LEASE_SECONDS + 1))
        work_through()
    assert not Owner.objects.filter(pk=alice.pk).exists()


def test_what_an_administrator_did_stays_known_without_them(admin: Owner, alice: Owner, admin_client: Client) -> None:
    other = Owner.objects.create_superuser("second@example.com", name="Second")
    LogEntry.objects.log_actions(other.pk, [alice], CHANGE, change_message="Gave access.", single_object=True)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        closing.close(owner=other)
        work_through()
        clock.shift(timedelta(days=30))
        work_through()
    assert not Owner.objects.filter(pk=other.pk).exists()
    line = LogEntry.objects.get(change_message="Gave access.")
    assert str(line.user) == "A deleted account"
    assert not line.user.is_open
    assert "second@example.com" not in everything()
    page = admin_client.get("/admin/admin/logentry/").content.decode()
    assert "A deleted account" in page
    assert "accounts.invalid" not in admin_client.get("/admin/owners/owner/").content.decode()
    assert admin_client.get(f"/admin/owners/owner/{line.user.pk}/change/").status_code == 302


def test_deleting_waits_for_a_grant_to_be_given_back(
    alice: Owner, zoom: ZoomSimulator, settings: Settings, admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """The provider is away for a day, and a day is all that the grace time is."""
    settings.OKEY_CLOSED_ACCOUNT_DAYS = 1
    connect_zoom(zoom, alice)
    account = ProviderAccount.objects.get()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        closing.close(owner=alice)
        take()
        assert ProviderAccount.objects.get().revoke_after is not None
        clock.shift(timedelta(days=1))
        assert take()
        kept = ProviderAccount.objects.get()
        assert kept.tokens is not None
        assert Owner.objects.filter(pk=alice.pk).exists()
        page = admin_client.get(f"/admin/personal/closing/{alice.pk}/change/").content.decode()
        assert "has not taken its grant back" in page
        upkeep.work(account.pk)  # it answers again
        assert ProviderAccount.objects.get().tokens is None
        clock.shift(timedelta(seconds=closing.LOOK_AGAIN_SECONDS + 1))
        work_through()
    assert not Owner.objects.filter(pk=alice.pk).exists()
    assert not ProviderAccount.objects.exists()


def test_deleting_waits_for_a_grant_two_days_at_most(
    alice: Owner, zoom: ZoomSimulator, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OKEY_CLOSED_ACCOUNT_DAYS = 1
    connect_zoom(zoom, alice)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        closing.close(owner=alice)
        take()
        clock.shift(closing.GIVING_BACK - timedelta(minutes=1))
        take()
        assert Owner.objects.filter(pk=alice.pk).exists()
        clock.shift(timedelta(minutes=2))
        work_through()
    assert not Owner.objects.filter(pk=alice.pk).exists()
    assert "no provider has taken back" in caplog.text
