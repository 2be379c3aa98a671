"""An app that uses Google, for the simulator's own tests: nothing but requests."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.google_simulator import GoogleSimulator

TIMEOUT = 15
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
CREATED = "https://www.googleapis.com/auth/meetings.space.created"
FREEBUSY = "https://www.googleapis.com/auth/calendar.freebusy"


class App:
    def __init__(self, google: GoogleSimulator) -> None:
        self.google = google
        self.http = requests.Session()
        self.http.trust_env = False

    def authorize_url(self, **changes: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": self.google.client_id,
            "redirect_uri": self.google.redirect_uris[0],
            "state": "some state",
            "scope": f"openid email {CREATED}",
            "access_type": "offline",
            "prompt": "consent",
        }
        return f"{self.google.url}/o/oauth2/v2/auth?{urlencode(asked | changes)}"

    def authorize(self, **changes: str) -> requests.Response:
        return self.http.get(self.authorize_url(**changes), allow_redirects=False, timeout=TIMEOUT)

    def code(self, user: str = "will", scopes: list[str] | None = None, **changes: str) -> str:
        return callback(self.google.approve(self.authorize_url(**changes), user=user, scopes=scopes))["code"]

    def token(self, secret: str | None = None, **form: str) -> requests.Response:
        given = {"client_id": self.google.client_id, "client_secret": secret or self.google.client_secret}
        return self.http.post(f"{self.google.url}/token", data=given | form, timeout=TIMEOUT)

    def exchange(self, code: str, **more: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.google.redirect_uris[0]}
        return self.token(**(form | more))

    def refresh(self, tokens: dict[str, Any]) -> requests.Response:
        return self.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    def revoke(self, token: str) -> requests.Response:
        return self.http.post(f"{self.google.url}/revoke", data={"token": token}, timeout=TIMEOUT)

    def connect(self, user: str = "will", scopes: list[str] | None = None, **changes: str) -> dict[str, Any]:
        answer = self.exchange(self.code(user, scopes, **changes))
        assert answer.status_code == 200, answer.text
        tokens = answer.json()
        assert isinstance(tokens, dict)
        return tokens

    def api(self, tokens: dict[str, Any], method: str, path: str, data: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return self.http.request(method, f"{self.google.url}/{path}", json=data, headers=headers, timeout=TIMEOUT)

    def create(self, tokens: dict[str, Any], **config: str) -> requests.Response:
        return self.api(tokens, "POST", "v2/spaces", {"config": config} if config else {})


def callback(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def scopes(tokens: dict[str, Any]) -> set[str]:
    return set(tokens["scope"].split())


def claims(tokens: dict[str, Any]) -> dict[str, Any]:
    middle = tokens["id_token"].split(".")[1]
    found = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    assert isinstance(found, dict)
    return found


def api_error(answer: requests.Response) -> tuple[int, str, str]:
    """HTTP status, Google's status, and the reason in the ErrorInfo, if any."""
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    details = error.get("details", [{}])
    return answer.status_code, error["status"], details[0].get("reason", "")


def oauth_error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]
