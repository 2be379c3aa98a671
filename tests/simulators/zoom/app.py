"""An app that uses Zoom, for the simulator's own tests: nothing but requests."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.zoom_simulator import ZoomSimulator

TIMEOUT = 15


class App:
    def __init__(self, zoom: ZoomSimulator) -> None:
        self.zoom = zoom
        self.http = requests.Session()
        self.http.trust_env = False

    def authorize_url(self, **changes: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": self.zoom.client_id,
            "redirect_uri": self.zoom.redirect_uris[0],
            "state": "some state",
        }
        return f"{self.zoom.url}/oauth/authorize?{urlencode(asked | changes)}"

    def code(self, user: str = "jill", scopes: list[str] | None = None, **changes: str) -> str:
        return callback(self.zoom.approve(self.authorize_url(**changes), user=user, scopes=scopes))["code"]

    def token(self, secret: str | None = None, **form: str) -> requests.Response:
        auth = (self.zoom.client_id, secret or self.zoom.client_secret)
        return self.http.post(f"{self.zoom.url}/oauth/token", data=form, auth=auth, timeout=TIMEOUT)

    def exchange(self, code: str, **more: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.zoom.redirect_uris[0]}
        return self.token(**(form | more))

    def refresh(self, pair: dict[str, Any]) -> requests.Response:
        return self.token(grant_type="refresh_token", refresh_token=pair["refresh_token"])

    def revoke(self, pair: dict[str, Any]) -> requests.Response:
        auth = (self.zoom.client_id, self.zoom.client_secret)
        form = {"token": pair["access_token"]}
        return self.http.post(f"{self.zoom.url}/oauth/revoke", data=form, auth=auth, timeout=TIMEOUT)

    def connect(self, user: str = "jill", scopes: list[str] | None = None) -> dict[str, Any]:
        answer = self.exchange(self.code(user, scopes))
        assert answer.status_code == 200, answer.text
        pair = answer.json()
        assert isinstance(pair, dict)
        return pair

    def api(self, pair: dict[str, Any], method: str, path: str, data: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {pair['access_token']}"}
        url = f"{self.zoom.url}/v2/{path}"
        return self.http.request(method, url, json=data, headers=headers, timeout=TIMEOUT)

    def create(self, pair: dict[str, Any], **changes: Any) -> requests.Response:
        return self.api(pair, "POST", "users/me/meetings", meeting(**changes))


def meeting(**changes: Any) -> dict[str, Any]:
    return {"topic": "Talk", "type": 2, "start_time": "2040-05-01T10:00:00Z", "duration": 30} | changes


def callback(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def error(answer: requests.Response) -> tuple[int, int, str]:
    """An API refusal: status, Zoom's code, Zoom's words."""
    return answer.status_code, answer.json()["code"], answer.json()["message"]


def oauth_error(answer: requests.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["error"], answer.json()["reason"]
