"""Waiting for an administrator of one's organization, whether or not Microsoft leads back."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from integrations import administrators, authorization, connections
from integrations.models import AuthorizationAttempt, Connection
from okey.owners.models import Owner
from tests.integrations.walking import events
from tests.microsoft_fixtures import PROVIDER, authorize, connect_teams
from tests.microsoft_simulator import MicrosoftSimulator

pytestmark = pytest.mark.django_db

Results = AuthorizationAttempt.Outcome
APPROVED = f"/integrations/{PROVIDER}/approved/"


def settings_page(client: Client) -> str:
    return client.get("/settings/").content.decode()


def wait_of(owner: Owner) -> administrators.Wait | None:
    return connections.entry(owner, PROVIDER).wait


def path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_where_microsoft_never_leads_back_the_owner_says_so_and_gets_a_text_to_forward(
    microsoft: MicrosoftSimulator, alice: Owner, alice_client: Client, client: Client
) -> None:
    page = alice_client.post(f"/integrations/{PROVIDER}/connect/")["Location"]
    shown = alice_client.get(page)
    assert "says that an administrator has to approve?" in shown.content.decode()
    assert "Need admin approval" in microsoft.stay(shown.context["authorization_url"], user="fred")

    attempt = AuthorizationAttempt.objects.get()
    answer = alice_client.post(f"/integrations/attempts/{attempt.pk}/administrator/")
    assert answer["Location"] == f"/settings/#provider-{PROVIDER}"
    text = settings_page(alice_client)
    assert "Waiting for your administrator" in text
    wait = wait_of(alice)
    assert wait is not None
    assert wait.link in wait.text
    assert "notice--bad" not in text
    assert "badge--bad" not in text

    back = microsoft.approve(wait.link, user="fiona")
    assert "Your organization allows O-Key now" in client.get(path(back)).content.decode()
    assert "Allowed by your administrator" in settings_page(alice_client)
    assert events(alice) == ["approved"]
    assert not Connection.objects.exists()

    connect_teams(microsoft, alice, "fred")
    assert wait_of(alice) is None
    assert "Allowed by your administrator" not in settings_page(alice_client)


@pytest.mark.parametrize("error", ["consent_required", "access_denied"])
def test_where_microsoft_leads_back_the_state_begins_by_itself(
    microsoft: MicrosoftSimulator, alice: Owner, alice_client: Client, error: str
) -> None:
    microsoft.change_tenant("adatum.example.com", approval=error)
    page = alice_client.post(f"/integrations/{PROVIDER}/connect/")["Location"]
    back = microsoft.approve(alice_client.get(page).context["authorization_url"], user="ada")
    text = alice_client.get(path(back), follow=True).content.decode()
    assert "An administrator of your organization has to allow O-Key first." in text
    assert "Waiting for your administrator" in text
    assert "AADSTS" not in text


def test_cancelling_is_no_waiting(microsoft: MicrosoftSimulator, alice: Owner, alice_client: Client) -> None:
    page = alice_client.post(f"/integrations/{PROVIDER}/connect/")["Location"]
    back = microsoft.decline(alice_client.get(page).context["authorization_url"])
    assert "You declined at Microsoft Teams." in alice_client.get(path(back), follow=True).content.decode()
    assert wait_of(alice) is None


def test_whoever_waits_can_connect_another_account_and_a_connection_that_works_shows_no_waiting(
    microsoft: MicrosoftSimulator, alice: Owner
) -> None:
    authorize(microsoft, alice, "ada")
    assert wait_of(alice) is not None
    connect_teams(microsoft, alice)
    assert wait_of(alice) is None
    authorize(microsoft, alice, "ada")
    assert wait_of(alice) is None


def test_an_approval_is_noted_once_and_a_refusal_not_at_all(
    microsoft: MicrosoftSimulator, alice: Owner, client: Client
) -> None:
    authorize(microsoft, alice, "ada")
    wait = wait_of(alice)
    assert wait is not None
    declined = client.get(path(microsoft.decline(wait.link)))
    assert "O-Key was not allowed." in declined.content.decode()
    assert events(alice) == []
    microsoft.change_user("ada", is_admin=True)
    back = path(microsoft.approve(wait.link, user="ada"))
    for _time in range(2):
        assert client.get(back).status_code == 200
    assert events(alice) == ["approved"]


def test_nothing_is_noted_for_whoever_does_not_wait_and_no_code_is_taken(
    microsoft: MicrosoftSimulator, alice: Owner, client: Client
) -> None:
    state = path(administrators.wait_for(alice.pk, PROVIDER).link).partition("state=")[2]
    answer = client.get(f"{APPROVED}?admin_consent=True&tenant=x&code=something&state={state}")
    assert answer.status_code == 200
    assert events(alice) == []
    assert microsoft.calls("exchange") == 0


def test_an_administrator_who_comes_back_to_the_callback_is_led_to_their_own_page(
    microsoft: MicrosoftSimulator, alice: Owner, client: Client
) -> None:
    authorize(microsoft, alice, "ada")
    wait = wait_of(alice)
    assert wait is not None
    microsoft.change_user("ada", is_admin=True)
    back = path(microsoft.approve(wait.link, user="ada")).replace("/approved/", "/callback/")
    answer = client.get(back, follow=True)
    assert "Your organization allows O-Key now" in answer.content.decode()
    assert events(alice) == ["approved"]
    unasked = client.get(f"/integrations/{PROVIDER}/callback/?admin_consent=True&tenant=x", follow=True)
    assert "does not know this way back" in unasked.content.decode()
    assert microsoft.calls("exchange") == 0


@pytest.mark.parametrize("state", ["", "made-up", "made:up"])
def test_a_way_back_that_nobody_asked_for_is_told_so(microsoft: MicrosoftSimulator, client: Client, state: str) -> None:
    answer = client.get(APPROVED, {"admin_consent": "True", "state": state})
    assert (answer.status_code, "does not know this way back" in answer.content.decode()) == (400, True)


def test_a_state_is_for_one_provider_and_only_some_have_administrators(
    microsoft: MicrosoftSimulator, client: Client
) -> None:
    for provider in ("zoom", "google_meet", "jitsi", "nothing"):
        assert client.get(f"/integrations/{provider}/approved/").status_code == 404


def test_only_the_owner_says_that_they_wait(
    microsoft: MicrosoftSimulator, alice: Owner, bob_client: Client, alice_client: Client
) -> None:
    attempt = authorization.begin(alice, PROVIDER)
    page = f"/integrations/attempts/{attempt.pk}/administrator/"
    assert bob_client.post(page).status_code == 404
    assert alice_client.get(page).status_code == 405
    assert wait_of(alice) is None


def test_an_attempt_that_is_over_begins_no_waiting(
    microsoft: MicrosoftSimulator, alice: Owner, alice_client: Client
) -> None:
    attempt = authorize(microsoft, alice)
    alice_client.post(f"/integrations/attempts/{attempt.pk}/administrator/")
    attempt.refresh_from_db()
    assert attempt.outcome == Results.CONNECTED
