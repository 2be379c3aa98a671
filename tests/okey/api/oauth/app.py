"""An app of somebody else's: registers, sends its owner's browser to O-Key, and asks for tokens."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpResponse
from django.test import Client

BASE = "http://testserver.localhost:8000"
REDIRECT = "https://assistant.example/callback"
VERIFIER = "v" * 43


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class App:
    """`browser` is the owner's, who is signed in. None as a value leaves a parameter out."""

    browser: Client
    name: str = "Assistant"
    redirect: str = REDIRECT
    client_id: str = ""
    program: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        if not self.client_id:
            self.client_id = self.register(client_name=self.name, redirect_uris=[self.redirect]).json()["client_id"]

    def register(self, **metadata: Any) -> Any:
        return self.program.post("/oauth/register", json.dumps(metadata), content_type="application/json")

    def parameters(self, **changes: Any) -> dict[str, Any]:
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "state": "st-4te",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            "resource": f"{BASE}/mcp",
            "scope": "read schedule",
            **changes,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def look(self, **changes: Any) -> Any:
        """The consent page, or what comes in its place."""
        return self.browser.get("/oauth/authorize", self.parameters(**changes))

    def decide(self, *, decision: str = "allow", scopes: Any = ("read", "schedule"), **changes: Any) -> Any:
        return self.browser.post(
            "/oauth/authorize", {"decision": decision, "scopes": scopes}, query_params=self.parameters(**changes)
        )

    def code(self, **changes: Any) -> str:
        return said(self.decide(**changes))["code"]

    def token(self, **changes: Any) -> Any:
        asked = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.form("/oauth/token", **asked)

    def refresh(self, refresh_token: str, **changes: Any) -> Any:
        asked = {"grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": refresh_token, **changes}
        return self.form("/oauth/token", **asked)

    def form(self, path: str, **given: Any) -> Any:
        return self.program.post(
            path,
            "&".join(f"{name}={value}" for name, value in given.items() if value is not None),
            content_type="application/x-www-form-urlencoded",
        )

    def sign_in(self, **changes: Any) -> dict[str, Any]:
        """Everything, to the tokens."""
        answer = self.token(code=self.code(**changes))
        assert answer.status_code == 200, answer.content
        tokens: dict[str, Any] = answer.json()
        return tokens

    def me(self, access_token: str) -> HttpResponse:
        return self.program.get("/api/v1/me", headers={"Authorization": f"Bearer {access_token}"})


def said(response: HttpResponse) -> dict[str, str]:
    """What the browser carries back to the app."""
    assert response.status_code == 302, response.content
    assert response["Location"].startswith(REDIRECT + "?"), response["Location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}
