"""What administrators see of connections and meetings, and the one thing that they may do there."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from integrations.models import AuthorizationAttempt, Connection, ConnectionEvent, ProviderAccount
from meetings.models import LinkJob, Meeting, MeetingEvent
from okey.contacts.editing import add_contact
from okey.mails.models import Mail
from okey.owners.models import Owner

pytestmark = pytest.mark.django_db

LISTS = (Connection, ProviderAccount, AuthorizationAttempt, ConnectionEvent, Meeting, LinkJob, MeetingEvent, Mail)
SECRET = "eyJ-the-secret-itself"


def connect(owner: Owner) -> Connection:
    account = ProviderAccount(vendor="zoom", external_id=str(owner.pk), email=f"zoom-{owner.email}", state="live")
    account.scopes = "meeting:write:meeting user:read:user"
    account.tokens = account.seal("tokens", json.dumps({"access_token": SECRET, "refresh_token": SECRET}))
    account.last_error = "HTTP 503"
    account.save()
    return Connection.objects.create(owner=owner, provider="zoom", account=account, is_default=True)


def fill(owner: Owner) -> Connection:
    """A row in every list."""
    connected = connect(owner)
    contact = add_contact(owner=owner, name="Ann", email="ann@example.com")
    now = timezone.now()
    meeting = Meeting.objects.create(
        owner=owner, contact=contact, title="Call", starts_at=now, minutes=30, ends_at=now + timedelta(minutes=30)
    )
    LinkJob.objects.create(meeting=meeting)
    MeetingEvent.objects.create(meeting=meeting, kind="scheduled", text="Scheduled.")
    ConnectionEvent.objects.create(owner=owner, provider="zoom", kind="connected", text="Connected.")
    attempt = AuthorizationAttempt(owner=owner, provider="zoom", state_hash=str(owner.pk))
    attempt.secrets = attempt.seal("secrets", SECRET)
    attempt.save()
    Mail.objects.create(to=owner.email, subject="Subject", text=SECRET)
    return connected


def url_of(model: Any, *parts: object) -> str:
    return "/".join(["/admin", model._meta.app_label, model._meta.model_name, *map(str, parts)]) + "/"


@pytest.mark.parametrize("model", LISTS)
def test_lists_and_rows_show_no_secret_and_can_be_searched(alice: Owner, admin_client: Client, model: Any) -> None:
    fill(alice)
    pages = [url_of(model), url_of(model) + "?q=zoom", url_of(model, model.objects.first().pk, "change")]
    for page in pages:
        answer = admin_client.get(page)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert SECRET not in text
        assert "Sealed" not in text


@pytest.mark.parametrize("model", LISTS)
def test_nothing_can_be_written_there(alice: Owner, admin_client: Client, model: Any) -> None:
    fill(alice)
    row = model.objects.first()
    assert admin_client.get(url_of(model, "add")).status_code == 403
    assert admin_client.post(url_of(model, row.pk, "change"), {}).status_code == 403
    assert admin_client.post(url_of(model, row.pk, "delete"), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_no_admin_form_has_a_field_for_a_sealed_column() -> None:
    for model in (ProviderAccount, AuthorizationAttempt):
        fields = site.get_model_admin(model).fields or ()
        assert not {"tokens", "secrets", "code"} & set(fields)


def test_a_connected_account_is_listed_with_all_that_support_asks_for(alice: Owner, admin_client: Client) -> None:
    connect(alice)
    text = admin_client.get(url_of(Connection)).content.decode()
    for words in ("zoom-alice@example.com", "Connected", "meeting:write:meeting", "HTTP 503", str(alice)):
        assert words in text
    assert "zoom-alice" not in admin_client.get(url_of(Connection) + "?q=nobody").content.decode()


def listed(client: Client, query: str = "") -> list[str]:
    """Whose rows the list shows, in its order."""
    return [str(row.owner) for row in client.get(url_of(Connection) + query).context["cl"].result_list]


def test_the_list_names_providers_and_counts_scopes(alice: Owner, bob: Owner, admin_client: Client) -> None:
    connect(alice)
    Connection.objects.create(owner=bob, provider="personal_link", link="https://example.com/bob")
    text = admin_client.get(url_of(Connection)).content.decode()
    assert '<span title="meeting:write:meeting user:read:user">2</span>' in text
    assert ">Personal link</td>" in text
    assert ">personal_link</td>" not in text
    assert listed(admin_client, "?provider=personal_link") == [str(bob)]


def test_the_filter_is_by_the_status_that_is_shown(
    alice: Owner, bob: Owner, charlie: Owner, admin: Owner, admin_client: Client
) -> None:
    connect(alice)
    Connection.objects.create(owner=bob, provider="jitsi")
    connect(charlie)
    ProviderAccount.objects.filter(external_id=str(charlie.pk)).update(scopes="user:read:user")
    lost = connect(admin)
    ProviderAccount.objects.filter(external_id=str(admin.pk)).update(state="needs_reconnect")
    assert set(listed(admin_client, "?status=connected")) == {str(alice), str(bob)}
    assert set(listed(admin_client, "?status=needs_reconnecting")) == {str(charlie), str(admin)}
    assert listed(admin_client, "?status=not_connected") == []
    Connection.objects.filter(pk=lost.pk).update(ended_at=timezone.now(), is_default=False)
    assert listed(admin_client, "?status=not_connected") == [str(admin)]


@pytest.mark.parametrize("model", LISTS)
def test_the_newest_come_first(model: Any) -> None:
    first = str(site.get_model_admin(model).ordering[0])
    assert first.startswith("-") or "descending=True" in first


def test_administrators_disconnect_after_they_have_read_whom(alice: Owner, bob: Owner, admin_client: Client) -> None:
    one = connect(alice)
    connect(bob)
    chosen = {"action": "disconnect_all", "_selected_action": [str(one.pk)]}
    question = admin_client.post(url_of(Connection), chosen).content.decode()
    assert "Alice Archer (alice@example.com): Zoom, zoom-alice@example.com" in question
    assert "bob@example.com" not in question
    assert Connection.objects.active().count() == 2
    done = admin_client.post(url_of(Connection), {**chosen, "apply": "1"}, follow=True).content.decode()
    assert "1 account was disconnected." in done
    assert [left.owner for left in Connection.objects.active()] == [bob]
    again = admin_client.post(url_of(Connection), chosen, follow=True).content.decode()
    assert "They had ended already." in again


def test_one_row_is_asked_about_too(alice: Owner, admin_client: Client) -> None:
    one = connect(alice)
    button = url_of(Connection, one.pk, "actions/disconnect")
    assert button in admin_client.get(url_of(Connection, one.pk, "change")).content.decode()
    for question in (admin_client.get(button), admin_client.get(button + "?apply=1"), admin_client.post(button)):
        assert "Alice Archer (alice@example.com)" in question.content.decode()
    assert Connection.objects.active().exists()
    assert "Disconnected." in admin_client.post(button, {"apply": "1"}, follow=True).content.decode()
    ended = admin_client.post(button, {"apply": "1"}, follow=True).content.decode()
    assert "It had ended already." in ended
    assert button not in ended
    assert set(Connection.objects.values_list("ended_why", "is_default")) == {("admin", False)}
    assert ProviderAccount.objects.filter(revoke_after=None).count() == 0


def test_an_owner_hears_once_that_an_administrator_disconnected(alice: Owner, admin_client: Client) -> None:
    one = connect(alice)
    for _ in range(2):
        admin_client.post(url_of(Connection, one.pk, "actions/disconnect"), {"apply": "1"})
    assert [event.text for event in ConnectionEvent.objects.all()] == ["Disconnected by an administrator."]
    mail = Mail.objects.get()
    assert (mail.to, mail.subject) == (alice.email, "Zoom was disconnected from your O-Key by an administrator")
    assert "the Zoom account zoom-alice@example.com" in mail.text
    assert mail.text.startswith("Hello Alice Archer,")


def test_owners_have_no_business_there(alice: Owner, alice_client: Client) -> None:
    mine = connect(alice)
    for path in (url_of(Connection), url_of(Connection, mine.pk, "change")):
        assert alice_client.get(path).status_code in {302, 403}
    assert alice_client.post(url_of(Connection, mine.pk, "actions/disconnect"), {"apply": "1"}).status_code in {
        302,
        403,
    }
    assert Connection.objects.active().exists()


def test_1_row_and_50_rows_take_the_same_queries(
    alice: Owner, admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connect(alice)
    admin_client.get(url_of(Connection))
    with CaptureQueriesContext(connection) as one:
        admin_client.get(url_of(Connection))
    for number in range(49):
        connect(Owner.objects.create_user(f"owner{number}@example.com", name=f"Owner {number}"))
    with django_assert_num_queries(len(one)):
        assert "50 connected accounts" in admin_client.get(url_of(Connection)).content.decode()


def test_the_index_offers_no_lists_that_mislead(admin_client: Client) -> None:
    text = admin_client.get("/admin/").content.decode()
    assert "Connected accounts" in text
    assert "/admin/auth/group/" not in text
    assert "/admin/account/emailaddress/" not in text
