"""The consent page and what comes back from it."""

import pytest
import requests

from tests.simulators.zoom.app import TIMEOUT, App, callback
from tests.zoom_simulator import ZoomSimulator


def test_allow_comes_back_with_a_code_and_the_state(app: App, zoom: ZoomSimulator) -> None:
    url = zoom.approve(app.authorize_url(state="a b&c"))
    assert url.startswith(zoom.redirect_uris[0] + "?")
    assert callback(url)["state"] == "a b&c"
    assert callback(url)["code"] in zoom.secrets()


def test_decline_comes_back_with_access_denied(app: App, zoom: ZoomSimulator) -> None:
    assert callback(zoom.decline(app.authorize_url())) == {"error": "access_denied", "state": "some state"}


def test_without_a_state_none_comes_back(app: App, zoom: ZoomSimulator) -> None:
    assert callback(zoom.approve(app.authorize_url(state=""))).keys() == {"code"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "another"}, "4,702"),
        ({"redirect_uri": "http://testserver.localhost:8000/integrations/zoom/callback"}, "4,709"),
        ({"redirect_uri": "https://evil.example.com/"}, "4,709"),
        ({"response_type": "token"}, "4,700"),
        ({"code_challenge": "x", "code_challenge_method": "S512"}, "4,700"),
    ],
)
def test_a_wrong_request_gets_an_error_page_and_no_way_back(app: App, changes: dict[str, str], code: str) -> None:
    answer = app.http.get(app.authorize_url(**changes), allow_redirects=False, timeout=TIMEOUT)
    assert answer.status_code == 400
    assert f"Error code: {code}" in answer.text


def test_the_consent_page_offers_all_users_and_scopes_and_escapes_what_it_is_given(app: App) -> None:
    page = app.http.get(app.authorize_url(state='"><script>alert(1)</script>'), timeout=TIMEOUT).text
    assert "<script>" not in page
    assert "<title>Allow this app? · Zoom (simulator)</title>" in page
    for text in ("jill@example.com", "may not host meetings", "Basic, pending", "meeting:read:list_meetings"):
        assert text in page


def test_a_forged_consent_is_checked_again(app: App, zoom: ZoomSimulator) -> None:
    form = {"decision": "allow", "user": "jillLicensed0000000000", "redirect_uri": "https://evil.example.com/"}
    answer = requests.post(f"{zoom.url}/oauth/authorize", data=form, allow_redirects=False, timeout=TIMEOUT)
    assert answer.status_code == 400
