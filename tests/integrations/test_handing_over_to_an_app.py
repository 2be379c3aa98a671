"""The way back in a phone's browser: the code stays here, sealed; the app gets a handle that only its owner can use."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import authorization, phone_apps
from integrations.models import AuthorizationAttempt, Connection
from okey.owners.models import Owner
from tests.integrations.system_browser import APP, Page, SystemBrowser
from tests.integrations.walking import Clock, Results, Status, account, returned_query, to_the_end
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(zoom: ZoomSimulator, alice: Owner) -> AuthorizationAttempt:
    return authorization.begin(alice, "zoom", for_app=True)


@pytest.fixture
def back(zoom: ZoomSimulator, attempt: AuthorizationAttempt) -> str:
    """The callback's URL after Allow."""
    return zoom.approve(authorization.url_of(attempt))


def check_nothing_happened(zoom: ZoomSimulator) -> None:
    assert zoom.calls("exchange") == 0
    assert not Connection.objects.exists()


def test_the_browser_leads_back_to_the_app_with_a_handle_and_keeps_the_code(
    zoom: ZoomSimulator, attempt: AuthorizationAttempt, back: str
) -> None:
    page = SystemBrowser().open(back)
    assert page.status == 200
    assert page.link == page.goes_to
    assert set(page.told) == {"handle"}
    code = returned_query(back)["code"]
    assert "code" not in page.path
    assert code not in page.text
    attempt.refresh_from_db()
    assert attempt.status == Status.RETURNED
    assert attempt.opened("code") == code
    assert page.told["handle"] not in str(AuthorizationAttempt.objects.values())
    check_nothing_happened(zoom)


def test_going_back_in_history_shows_the_button_and_does_not_leave_again(back: str) -> None:
    browser = SystemBrowser()
    first = browser.open(back)
    again = browser.open(first.path)
    assert (again.link, again.goes_to) == (first.link, "")


def test_the_callback_opened_again_in_the_same_browser_leads_back_once_more(back: str) -> None:
    browser = SystemBrowser()
    assert browser.open(back).told == browser.open(back).told


def test_a_token_that_zoom_does_not_take_at_once_finishes_by_itself(
    zoom: ZoomSimulator, alice: Owner, back: str, clock: Clock
) -> None:
    zoom.fault("users_me", "status", status=401, body={"code": 124, "message": "Invalid access token."})
    attempt = phone_apps.complete(alice, SystemBrowser().open(back).told["handle"])
    assert (attempt.status, attempt.outcome) == (Status.EXCHANGED, "")
    assert to_the_end(attempt, clock).outcome == Results.CONNECTED
    assert zoom.calls("exchange") == 1


def test_the_owner_completes_with_the_handle(zoom: ZoomSimulator, alice: Owner, back: str) -> None:
    handle = SystemBrowser().open(back).told["handle"]
    attempt = phone_apps.complete(alice, handle)
    assert attempt.outcome == Results.CONNECTED
    assert Connection.objects.get(owner=alice).account == account()
    assert zoom.calls("exchange") == 1


def test_a_handle_is_good_for_one_exchange(zoom: ZoomSimulator, alice: Owner, back: str) -> None:
    handle = SystemBrowser().open(back).told["handle"]
    phone_apps.complete(alice, handle)
    with pytest.raises(phone_apps.HandleUsed) as used:
        phone_apps.complete(alice, handle)
    assert used.value.attempt.outcome == Results.CONNECTED
    assert zoom.calls("exchange") == 1


def test_somebody_elses_try_exchanges_nothing_and_does_not_spend_the_handle(
    zoom: ZoomSimulator, alice: Owner, charlie: Owner, back: str
) -> None:
    handle = SystemBrowser().open(back).told["handle"]
    with pytest.raises(phone_apps.UnknownHandle):
        phone_apps.complete(charlie, handle)
    check_nothing_happened(zoom)
    assert phone_apps.complete(alice, handle).outcome == Results.CONNECTED
    assert not Connection.objects.filter(owner=charlie).exists()


def test_no_handle_is_good_before_the_person_is_back(
    zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt
) -> None:
    handle = "a handle from nowhere"
    AuthorizationAttempt.objects.update(handle_hash=authorization.hashed(handle))
    for made_up in (handle, "another", ""):
        with pytest.raises(phone_apps.UnknownHandle):
            phone_apps.complete(alice, made_up)
    check_nothing_happened(zoom)


def test_an_attempt_of_the_web_has_no_handle(zoom: ZoomSimulator, alice: Owner, alice_client: Client) -> None:
    attempt = authorization.begin(alice, "zoom")
    page = SystemBrowser(alice_client).open(zoom.approve(authorization.url_of(attempt)))
    assert "Zoom is connected as jill@example.com." in page.text
    assert APP not in page.text


def test_a_handle_ends_with_its_ten_minutes(zoom: ZoomSimulator, alice: Owner, back: str) -> None:
    browser = SystemBrowser()
    page = browser.open(back)
    AuthorizationAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    with pytest.raises(phone_apps.HandleExpired):
        phone_apps.complete(alice, page.told["handle"])
    assert browser.open(page.path).told == {"error": "expired"}
    authorization.work(_due(AuthorizationAttempt.objects.get()).pk)
    with pytest.raises(phone_apps.HandleExpired):
        phone_apps.complete(alice, page.told["handle"])
    check_nothing_happened(zoom)


def _due(attempt: AuthorizationAttempt) -> AuthorizationAttempt:
    AuthorizationAttempt.objects.filter(pk=attempt.pk).update(due_at=timezone.now())
    return attempt


def test_without_the_entitlement_nothing_is_exchanged(zoom: ZoomSimulator, alice: Owner, back: str) -> None:
    handle = SystemBrowser().open(back).told["handle"]
    Owner.objects.update(meeting_providers_enabled=False)
    alice.refresh_from_db()
    with pytest.raises(authorization.NotEntitled):
        phone_apps.complete(alice, handle)
    check_nothing_happened(zoom)


# --- What went wrong, in words and for the app ------------------------------------------------------------


def check_leads_back(page: Page, error: str, words: str) -> None:
    assert page.status == 200
    assert words in page.text
    assert page.told == {"error": error}
    assert page.goes_to == page.link


def test_declining(zoom: ZoomSimulator, attempt: AuthorizationAttempt) -> None:
    page = SystemBrowser().open(zoom.decline(authorization.url_of(attempt)))
    check_leads_back(page, "declined", "You declined at Zoom.")


def test_coming_back_too_late(zoom: ZoomSimulator, back: str) -> None:
    AuthorizationAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    check_leads_back(SystemBrowser().open(back), "expired", "This took too long")
    check_nothing_happened(zoom)


@pytest.mark.parametrize("error", ["server_error", "x" * 5000, "\x00", "<script>", "🎉"])
def test_an_error_of_zooms(zoom: ZoomSimulator, back: str, error: str) -> None:
    browser = SystemBrowser()
    state = returned_query(back)["state"]
    answer = browser.client.get("/integrations/zoom/callback/", {"state": state, "error": error})
    check_leads_back(browser.open(answer["Location"]), "refused", "Zoom did not accept the way back.")
    check_nothing_happened(zoom)


def test_a_browser_that_is_signed_in_as_somebody_else(
    zoom: ZoomSimulator, charlie_client: Client, alice: Owner, back: str
) -> None:
    page = SystemBrowser(charlie_client).open(back)
    check_leads_back(page, "other_owner", "signed in to O-Key as another person")
    assert AuthorizationAttempt.objects.get().code is None
    check_nothing_happened(zoom)


def test_a_way_back_that_was_used(alice: Owner, back: str) -> None:
    browser = SystemBrowser()
    phone_apps.complete(alice, browser.open(back).told["handle"])
    check_leads_back(browser.open(back), "used", "used already")
    assert "jill@example.com" not in browser.open(back).text


# --- Another browser, another person ----------------------------------------------------------------------


def test_only_the_browser_that_brought_the_code_gets_the_handle(
    zoom: ZoomSimulator, attempt: AuthorizationAttempt, alice_client: Client, back: str
) -> None:
    # Alice may have sent her address to somebody whose Zoom must not become hers: the handle goes where the code came.
    SystemBrowser().open(back)
    state = returned_query(back)["state"]
    for client in (Client(), alice_client):
        answer = client.get("/integrations/zoom/callback/", {"state": state, "code": "made-up"}, follow=True)
        assert "handle=" not in answer.content.decode()
        assert client.get(f"/integrations/attempts/{attempt.pk}/app/").status_code == 404
    check_nothing_happened(zoom)


def test_the_page_is_nobody_elses(charlie_client: Client, attempt: AuthorizationAttempt, back: str) -> None:
    path = SystemBrowser().open(back).path
    assert charlie_client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["zoom/app/connected/", "zoom/app/x/", "nothing/app/declined/"])
def test_a_page_for_no_error_of_ours_is_not_found(client: Client, db: None, path: str) -> None:
    assert client.get(f"/integrations/{path}").status_code == 404


def test_whoever_has_no_app_signs_in_and_finishes_in_the_same_browser(
    zoom: ZoomSimulator, alice: Owner, back: str
) -> None:
    browser = SystemBrowser()
    page = browser.open(back)
    finish = page.path.replace("/app/", "/returned/")
    assert f'href="{finish}"' in page.text
    assert browser.open(finish).path.startswith(reverse("account_login"))
    browser.client.force_login(alice)
    assert "Zoom is connected as jill@example.com." in browser.open(finish).text
    with pytest.raises(phone_apps.HandleUsed):
        phone_apps.complete(alice, page.told["handle"])
