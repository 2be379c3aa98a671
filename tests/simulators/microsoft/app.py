"""An app that uses Microsoft, for the simulator's own tests: nothing but requests."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.microsoft_simulator import MicrosoftSimulator

TIMEOUT = 15
GRAPH = "https://graph.microsoft.com/"
MEETINGS = "OnlineMeetings.ReadWrite"
SCOPES = f"openid profile email offline_access User.Read {MEETINGS}"
CONTOSO = "c0000000-0000-4000-8000-000000000001"
FABRIKAM = "f0000000-0000-4000-8000-000000000002"
CARLA = "11111111-1111-4111-8111-111111111111"
GUEST = "44444444-4444-4444-8444-444444444444"


class App:
    def __init__(self, microsoft: MicrosoftSimulator) -> None:
        self.microsoft = microsoft
        self.http = requests.Session()
        self.http.trust_env = False

    def authorize_url(self, authority: str = "organizations", **changes: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": self.microsoft.client_id,
            "redirect_uri": self.microsoft.redirect_uris[0],
            "response_mode": "query",
            "state": "some state",
            "scope": SCOPES,
            "prompt": "select_account",
        }
        return f"{self.microsoft.url}/{authority}/oauth2/v2.0/authorize?{urlencode(asked | changes)}"

    def authorize(self, authority: str = "organizations", **changes: str) -> requests.Response:
        return self.http.get(self.authorize_url(authority, **changes), allow_redirects=False, timeout=TIMEOUT)

    def code(self, user: str = "carla", authority: str = "organizations", **changes: str) -> str:
        return callback(self.microsoft.approve(self.authorize_url(authority, **changes), user=user))["code"]

    def token(self, authority: str = "organizations", secret: str | None = None, **form: str) -> requests.Response:
        given = {"client_id": self.microsoft.client_id, "client_secret": secret or self.microsoft.client_secret}
        url = f"{self.microsoft.url}/{authority}/oauth2/v2.0/token"
        return self.http.post(url, data=given | form, timeout=TIMEOUT)

    def exchange(self, code: str, authority: str = "organizations", **more: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.microsoft.redirect_uris[0]}
        return self.token(authority, **(form | more))

    def refresh(self, tokens: dict[str, Any], authority: str = "organizations", **more: str) -> requests.Response:
        return self.token(authority, grant_type="refresh_token", refresh_token=tokens["refresh_token"], **more)

    def connect(self, user: str = "carla", authority: str = "organizations", **changes: str) -> dict[str, Any]:
        answer = self.exchange(self.code(user, authority, **changes), authority)
        assert answer.status_code == 200, answer.text
        tokens = answer.json()
        assert isinstance(tokens, dict)
        return tokens

    def api(self, tokens: dict[str, Any], method: str, path: str, data: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        url = f"{self.microsoft.url}/v1.0/{path}"
        return self.http.request(method, url, json=data, headers=headers, timeout=TIMEOUT)

    def create(self, tokens: dict[str, Any], **changes: Any) -> requests.Response:
        return self.api(tokens, "POST", "me/onlineMeetings/createOrGet", meeting(**changes))

    def change(self, tokens: dict[str, Any], meeting_id: str, **values: Any) -> requests.Response:
        return self.api(tokens, "PATCH", f"me/onlineMeetings/{meeting_id}", values)


def meeting(**changes: Any) -> dict[str, Any]:
    """With None, a value is left out."""
    data = {
        "externalId": "okey-1",
        "subject": "Talk",
        "startDateTime": "2040-05-01T10:00:00Z",
        "endDateTime": "2040-05-01T10:30:00Z",
    }
    return {name: value for name, value in (data | changes).items() if value is not None}


def callback(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def claims(tokens: dict[str, Any]) -> dict[str, Any]:
    middle = tokens["id_token"].split(".")[1]
    found = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    assert isinstance(found, dict)
    return found


def scopes(tokens: dict[str, Any]) -> set[str]:
    return {scope.removeprefix(GRAPH) for scope in tokens["scope"].split()}


def graph_error(answer: requests.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["innerError"]["request-id"] == answer.headers["request-id"]
    return answer.status_code, error["code"]


def aadsts(answer: requests.Response) -> tuple[int, str, int]:
    """HTTP status, `error`, and the number."""
    data = answer.json()
    [code] = data["error_codes"]
    assert data["error_description"].startswith(f"AADSTS{code}: ")
    return answer.status_code, data["error"], code
