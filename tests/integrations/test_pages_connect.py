"""Connecting in the browser's eyes: the pages on the way out and back."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from integrations.models import AuthorizationAttempt, Connection
from okey.owners.models import Owner
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db
SETTINGS = "/settings/#providers"


def start(client: Client) -> tuple[str, str]:
    """Click Connect. Returns the attempt's page and the authorization URL that it shows."""
    answer = client.post("/integrations/zoom/connect/")
    assert answer.status_code == 303
    page = client.get(answer["Location"]).content.decode()
    found = re.search(r'href="(http[^"]*oauth/authorize[^"]*)"', page)
    assert found, page
    return answer["Location"], found[1].replace("&amp;", "&")


def come_back(client: Client, url: str) -> str:
    """Follow the provider's redirect to the end. Returns the last page's text."""
    parts = urlsplit(url)
    answer = client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 302
    assert "code" not in answer["Location"]
    return client.get(answer["Location"], follow=True).content.decode()


@pytest.fixture
def zoom_user(zoom: ZoomSimulator, zoom_settings: Settings) -> ZoomSimulator:
    return zoom


def test_connecting_ends_in_settings_with_the_accounts_email(zoom: ZoomSimulator, alice_client: Client) -> None:
    _page, url = start(alice_client)
    text = come_back(alice_client, zoom.approve(url, user="jill"))
    assert "Zoom is connected as jill@example.com." in text
    assert "It is your default" in text
    assert "meeting:write:meeting" in text


def test_the_authorization_url_asks_for_no_scope_and_carries_a_challenge(
    zoom: ZoomSimulator, alice_client: Client
) -> None:
    query = parse_qs(urlsplit(start(alice_client)[1]).query)
    assert set(query) == {
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "code_challenge",
        "code_challenge_method",
    }


def test_the_popups_script_gets_the_address_as_json(zoom: ZoomSimulator, alice_client: Client) -> None:
    made = alice_client.post("/integrations/zoom/connect/", headers={"Accept": "application/json"}).json()
    assert made["authorization_url"].startswith(zoom.url)
    text = come_back(alice_client, zoom.approve(made["authorization_url"]))
    assert "data-closes-window" in text
    assert "you can close this one" in text
    status = alice_client.get(made["page"] + "status/", headers={"HX-Request": "true"})
    assert status["HX-Redirect"] == made["page"] + "over/"
    assert "Zoom is connected as" in alice_client.get(status["HX-Redirect"], follow=True).content.decode()


def test_a_slow_page_that_is_led_back_several_times_says_the_outcome_once(
    zoom: ZoomSimulator, alice_client: Client
) -> None:
    made = alice_client.post("/integrations/zoom/connect/", headers={"Accept": "application/json"}).json()
    come_back(alice_client, zoom.approve(made["authorization_url"]))
    for _time in range(3):
        assert alice_client.get(made["page"] + "over/").status_code == 302
    text = alice_client.get("/settings/").content.decode()
    assert text.count("Zoom is connected as jill@example.com.") == 1


def test_declining_is_a_neutral_notice_in_settings(zoom: ZoomSimulator, alice_client: Client) -> None:
    text = come_back(alice_client, zoom.decline(start(alice_client)[1]))
    assert "You declined at Zoom." in text
    assert "notice--info" in text
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("query", "words", "status"),
    [
        ("", "One more step to connect Zoom", 200),  # Zoom's own "Add" leads here: nothing is wrong
        ("?code=abc", "One more step to connect Zoom", 200),
        ("?code=abc&state=made-up", "O-Key does not know this way back from Zoom.", 400),
    ],
)
def test_a_way_back_without_an_attempt_is_a_page_with_a_button(
    zoom: ZoomSimulator, alice_client: Client, query: str, words: str, status: int
) -> None:
    answer = alice_client.get(f"/integrations/zoom/callback/{query}", follow=True)
    text = answer.content.decode()
    assert answer.status_code == status
    assert words in text
    assert 'action="/integrations/zoom/connect/"' in text
    assert zoom.calls("exchange") == 0


def test_an_expired_attempt_says_so_and_exchanges_nothing(zoom: ZoomSimulator, alice_client: Client) -> None:
    page, url = start(alice_client)
    back = zoom.approve(url)
    attempt = AuthorizationAttempt.objects.get()
    AuthorizationAttempt.objects.update(created_at=attempt.created_at - attempt.LIFETIME)
    assert "This took too long" in alice_client.get(page).content.decode()
    assert "This took too long" in come_back(alice_client, back)
    assert zoom.calls("exchange") == 0
    assert AuthorizationAttempt.objects.get().code is None


def test_a_reload_of_a_spent_way_back_shows_its_outcome(zoom: ZoomSimulator, alice_client: Client) -> None:
    back = zoom.approve(start(alice_client)[1])
    come_back(alice_client, back)
    text = come_back(alice_client, back)
    assert "This address has been used already." in text
    assert "Zoom is connected as jill@example.com." in text
    assert "Go to settings" in text
    assert zoom.calls("exchange") == 1


def test_another_owners_way_back_is_refused_and_not_exchanged(
    zoom: ZoomSimulator, alice_client: Client, charlie_client: Client
) -> None:
    back = zoom.approve(start(alice_client)[1])
    assert "This was started by somebody else." in come_back(charlie_client, back)
    assert zoom.calls("exchange") == 0
    assert AuthorizationAttempt.objects.get().code is None
    assert "This was started by somebody else." in come_back(alice_client, back)
    assert not Connection.objects.exists()


def test_whoever_is_not_signed_in_signs_in_first(zoom: ZoomSimulator, alice_client: Client, alice: Owner) -> None:
    back = urlsplit(zoom.approve(start(alice_client)[1]))
    visitor = Client()
    answer = visitor.get(f"{back.path}?{back.query}", follow=True)
    final = answer.redirect_chain[-1][0]
    assert final.startswith(reverse("account_login"))
    assert "code" not in final
    visitor.force_login(alice)
    assert (
        "Zoom is connected as" in visitor.get(parse_qs(urlsplit(final).query)["next"][0], follow=True).content.decode()
    )


def test_a_stranger_who_signs_in_gets_nothing_and_the_code_is_dropped(
    zoom: ZoomSimulator, alice_client: Client, charlie: Owner
) -> None:
    back = urlsplit(zoom.approve(start(alice_client)[1]))
    visitor = Client()
    final = visitor.get(f"{back.path}?{back.query}", follow=True).redirect_chain[-1][0]
    visitor.force_login(charlie)
    answer = visitor.get(parse_qs(urlsplit(final).query)["next"][0])
    assert "This was started by somebody else." in answer.content.decode()
    assert AuthorizationAttempt.objects.get().code is None
    assert zoom.calls("exchange") == 0


def test_a_permission_that_came_back_in_another_browser_is_not_finished_from_here(
    zoom: ZoomSimulator, alice_client: Client, alice: Owner
) -> None:
    # Alice may have sent her address to somebody who has no account here: their Zoom must not become hers.
    page, url = start(alice_client)
    back = urlsplit(zoom.approve(url))
    somebody = Client()
    somebody.get(f"{back.path}?{back.query}")
    state = parse_qs(back.query)["state"][0]
    for _ in range(2):  # before the second time, she knocks with a code of her own
        answer = alice_client.get(f"{page}returned/")
        assert answer.status_code == 400
        assert "arrived in another browser" in answer.content.decode()
        alice_client.get(f"{back.path}", {"state": state, "code": "made-up"})
    assert zoom.calls("exchange") == 0
    assert not Connection.objects.exists()
    somebody.force_login(alice)  # it was herself, there
    somebody.get(f"{page}returned/")
    assert Connection.objects.filter(owner=alice).exists()


@pytest.mark.parametrize("kind", ["status", "xml", "bad_json", "drop_before", "drop_after", "empty"])
def test_zoom_failing_at_the_exchange_is_said_and_nothing_is_shown_as_connected(
    zoom: ZoomSimulator, alice_client: Client, kind: str
) -> None:
    back = zoom.approve(start(alice_client)[1])
    zoom.fault("exchange", kind)
    text = come_back(alice_client, back)
    assert "Zoom is not available at the moment, try again." in text
    assert "Connect Zoom" in text
    assert not Connection.objects.exists()


def test_a_wrong_client_secret_is_the_administrators_matter(
    zoom: ZoomSimulator, zoom_settings: Settings, alice_client: Client
) -> None:
    back = zoom.approve(start(alice_client)[1])
    zoom_settings.ZOOM_CLIENT_SECRET = "wrong"
    text = come_back(alice_client, back)
    assert "Zoom isn’t set up correctly here; your administrator has been told." in text
    assert "invalid_client" in AuthorizationAttempt.objects.get().detail


def test_while_zoom_cannot_say_whose_account_it_is_the_page_waits(zoom: ZoomSimulator, alice_client: Client) -> None:
    page, url = start(alice_client)
    zoom.fault("users_me", "status", status=503)
    assert "Finishing…" in come_back(alice_client, zoom.approve(url))
    assert "still asking whose account it is" in alice_client.get("/settings/").content.decode()
    assert "Finishing…" in alice_client.get(page + "status/").content.decode()


def test_another_zoom_user_asks_before_it_replaces(zoom: ZoomSimulator, alice_client: Client) -> None:
    come_back(alice_client, zoom.approve(start(alice_client)[1], user="jill"))
    page, url = start(alice_client)
    assert "Use len@example.com instead?" in come_back(alice_client, zoom.approve(url, user="len"))
    text = alice_client.post(page + "answer/", {"answer": "replace"}, follow=True).content.decode()
    assert "Zoom is connected as len@example.com." in text
    assert "Default" in text


def test_a_provider_that_is_not_set_up_is_shown_only_to_who_has_connected_it(
    zoom: ZoomSimulator, zoom_settings: Settings, alice: Owner, alice_client: Client
) -> None:
    secret, zoom_settings.ZOOM_CLIENT_ID = zoom_settings.ZOOM_CLIENT_ID, ""
    assert "Zoom" not in alice_client.get("/settings/").content.decode()
    assert alice_client.post("/integrations/zoom/connect/")["Location"] == SETTINGS
    zoom_settings.ZOOM_CLIENT_ID = secret
    connect_zoom(zoom, alice)
    zoom_settings.ZOOM_CLIENT_ID = ""
    assert "Zoom is not set up on this O-Key any more" in alice_client.get("/settings/").content.decode()


def test_without_the_entitlement_the_section_says_whom_to_ask_and_every_path_refuses(
    alice: Owner, alice_client: Client
) -> None:
    connection = Connection.objects.create(owner=alice, provider="jitsi")
    Owner.objects.update(meeting_providers_enabled=False)
    text = alice_client.get("/settings/").content.decode()
    assert "Meeting-provider access is switched off" in text
    assert "Connect Zoom" not in text
    for path in ("zoom/connect/", "jitsi/connect/", f"connections/{connection.pk}/default/"):
        assert alice_client.post(f"/integrations/{path}")["Location"] == SETTINGS
    assert (
        alice_client.post("/integrations/personal_link/link/", {"link": "https://example.com/a"})["Location"]
        == SETTINGS
    )
    assert not AuthorizationAttempt.objects.exists()
    assert Connection.objects.filter(is_default=True).count() == 0
