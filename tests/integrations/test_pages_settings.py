"""The section "Connected meeting providers" and what its buttons do."""

from typing import Any

import pytest
from django.test import Client

from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from okey.owners.models import Owner

pytestmark = pytest.mark.django_db


def connect(owner: Owner, provider: str = "zoom", **more: Any) -> Connection:
    account = None
    if provider == "zoom":
        account = ProviderAccount(vendor="zoom", external_id=f"z-{owner.pk}", email="jill@example.com", state="ended")
        account.save()
        account.tokens = account.seal("tokens", '{"access_token": "a", "refresh_token": "r"}')
        ProviderAccount.objects.filter(pk=account.pk).update(
            tokens=account.tokens, state="live", scopes="meeting:write:meeting user:read:user"
        )
    return Connection.objects.create(owner=owner, provider=provider, account=account, **more)


def page(client: Client) -> str:
    return client.get("/settings/").content.decode()


def test_nothing_connected_offers_every_provider(alice_client: Client) -> None:
    text = page(alice_client)
    for label in ("Connect Zoom", "Connect Jitsi", "Set your own link"):
        assert label in text
    assert "History" not in text
    assert text.count("Not connected") == 3


def test_a_connection_shows_account_since_and_permissions(alice: Owner, alice_client: Client) -> None:
    connect(alice, is_default=True)
    text = page(alice_client)
    for words in ("jill@example.com", "Since", "meeting:write:meeting", "Disconnect Zoom", "Reconnect", "Default"):
        assert words in text


def test_while_o_key_asks_again_by_itself_settings_say_so_and_no_page_asks_to_act(
    alice: Owner, alice_client: Client
) -> None:
    connect(alice)
    ProviderAccount.objects.update(state="needs_reconnect", lost_why="doubted")
    text = page(alice_client)
    assert "Zoom refuses O-Key’s permission at the moment. O-Key asks again by itself for about two hours" in text
    assert "Reconnect Zoom" in text
    assert "Zoom needs reconnecting" not in text
    ProviderAccount.objects.update(lost_why="refused")
    assert "Zoom needs reconnecting" in page(alice_client)


def test_a_dead_grant_needs_reconnecting(alice: Owner, alice_client: Client) -> None:
    connect(alice)
    ProviderAccount.objects.update(state="needs_reconnect")
    assert "Needs reconnecting" in page(alice_client)
    assert "Reconnect Zoom" in page(alice_client)


def test_a_missing_permission_is_named(alice: Owner, alice_client: Client) -> None:
    connect(alice)
    ProviderAccount.objects.update(scopes="user:read:user")
    assert "meeting:write:meeting" in page(alice_client)
    assert "Needs reconnecting" in page(alice_client)


def test_sharing_is_said_but_not_with_whom(alice: Owner, bob: Owner, alice_client: Client) -> None:
    mine = connect(alice)
    Connection.objects.create(owner=bob, provider="zoom", account=mine.account)
    assert "Somebody else in O-Key uses this Zoom account too." in page(alice_client)
    assert bob.email not in page(alice_client)


def test_the_first_is_the_default_and_another_can_become_it(alice: Owner, alice_client: Client) -> None:
    alice_client.post("/integrations/jitsi/connect/")
    jitsi = Connection.objects.get(provider="jitsi")
    assert jitsi.is_default
    zoom = connect(alice)
    answer = alice_client.post(f"/integrations/connections/{zoom.pk}/default/", follow=True)
    assert "Zoom is now your default." in answer.content.decode()
    assert Connection.objects.get(is_default=True) == zoom


def test_disconnecting_names_the_consequences_and_leaves_no_default(alice: Owner, alice_client: Client) -> None:
    zoom = connect(alice, is_default=True)
    connect(alice, "jitsi")
    url = f"/integrations/connections/{zoom.pk}/disconnect/"
    text = alice_client.get(url).content.decode()
    for words in ("Existing meetings keep their join links", "no Zoom link until", "no other provider takes over"):
        assert words in text
    text = alice_client.post(url, follow=True).content.decode()
    assert "Zoom is disconnected." in text
    assert "You have no default provider" in text
    assert not Connection.objects.filter(is_default=True).exists()
    assert ProviderAccount.objects.get().revoke_after is not None
    assert alice_client.get(url)["Location"] == "/settings/#providers"


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://example.com/room",
        "javascript:alert(1)",
        "https://",
        "room",
        "https://me:secret@example.com/",
        "https://example.com/\0",
        "https://example.com/\u202eroom",
        "https://[::1]:99999/",
    ],
)
def test_a_personal_link_that_is_not_https_names_the_field(alice_client: Client, link: str) -> None:
    answer = alice_client.post("/integrations/personal_link/link/", {"link": link})
    assert answer.status_code == 400
    assert 'id="link-error"' in answer.content.decode()
    assert not Connection.objects.exists()


def test_a_personal_link_without_its_beginning_gets_it(alice_client: Client) -> None:
    alice_client.post("/integrations/personal_link/link/", {"link": "meet.example.com/alice"})
    assert Connection.objects.get().link == "https://meet.example.com/alice"


def test_a_personal_link_is_kept_and_can_be_changed(alice_client: Client) -> None:
    for link in ("https://meet.example.com/alice", "https://meet.example.com/other"):
        assert alice_client.post("/integrations/personal_link/link/", {"link": link}).status_code == 302
        assert link in page(alice_client)
    assert Connection.objects.count() == 1


def test_strangers_get_404(alice: Owner, charlie_client: Client) -> None:
    mine = connect(alice)
    attempt = AuthorizationAttempt.objects.create(owner=alice, provider="zoom", state_hash="x")
    for path in (f"connections/{mine.pk}/disconnect/", f"attempts/{attempt.pk}/", f"attempts/{attempt.pk}/status/"):
        assert charlie_client.get(f"/integrations/{path}").status_code == 404
    for path in (
        f"connections/{mine.pk}/disconnect/",
        f"connections/{mine.pk}/default/",
        f"attempts/{attempt.pk}/answer/",
    ):
        assert charlie_client.post(f"/integrations/{path}").status_code == 404


@pytest.mark.parametrize("path", ["zoom/connect/", "connections/{}/default/"])
def test_changes_are_posts(alice: Owner, alice_client: Client, path: str) -> None:
    assert alice_client.get(f"/integrations/{path.format(connect(alice).pk)}").status_code == 405


def test_an_unknown_provider_is_404(alice_client: Client) -> None:
    assert alice_client.post("/integrations/nothing/connect/").status_code == 404
    assert alice_client.get("/integrations/jitsi/callback/").status_code == 404


def test_the_diary_says_what_happened(alice_client: Client) -> None:
    assert "Nothing has happened yet" in alice_client.get("/integrations/jitsi/diary/").content.decode()
    alice_client.post("/integrations/jitsi/connect/")
    assert "History" in page(alice_client)
    assert "Switched on." in alice_client.get("/integrations/jitsi/diary/").content.decode()
