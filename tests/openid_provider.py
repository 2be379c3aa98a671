"""An organisation's OpenID Connect provider on this machine: it answers rightly, or as a test wants it to.

In a thread of the test, so its clock is the test's. It shares no code with the product.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

CLIENT, SECRET = "okey-at-acme", "a secret: with a colon"
KEY, OTHER_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


class OpenIdProvider:
    """`person`: the claims of whoever is signed in there. `document`, `token`: what is said instead, by name."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {
            "sub": "person-7", "email": "wilma@acme.example", "email_verified": True, "name": "Wilma  Acme",
        }  # fmt: skip
        self.document: dict[str, Any] = {}
        #: Of the ID token, instead of the right ones; None leaves it out.
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"kid": "1", "alg": "ES256"}
        self.key: Any = KEY
        #: The whole answer of `document`, `token`, `keys`, `userinfo`: (status, body).
        self.says: dict[str, tuple[int, bytes]] = {}
        self.userinfo: dict[str, Any] = {}
        #: What is held until the provider is closed.
        self.holds = ""
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._let_go = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._let_go.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def visit(self, url: str) -> str:
        """What a person's browser does there: the address that it is led back to."""
        answer = requests.get(url, allow_redirects=False, timeout=60)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def answer(self, path: str, query: dict[str, str], form: dict[str, str], headers: Any) -> tuple[int, Any, str]:
        """Status, JSON or bytes, and where to go."""
        name = path.rpartition("/")[2]
        self.asked.append(name)
        if self.holds == name:
            self._let_go.wait(120)
        if name in self.says:
            return *self.says[name], ""
        routes: dict[str, Callable[[], tuple[int, Any, str]]] = {
            "openid-configuration": lambda: (200, self._document(), ""),
            "authorize": lambda: (302, b"", self._authorize(query)),
            "token": lambda: (*self._token(form, headers), ""),
            "keys": lambda: (200, {"keys": [_public(KEY)]}, ""),
            "userinfo": lambda: (200, self.userinfo, ""),
        }
        return routes[name]() if name in routes else (404, b"", "")

    def _document(self) -> dict[str, Any]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        found = {key: f"{self.issuer}/{path}" for key, path in names.items()}
        return {"issuer": self.issuer, "userinfo_endpoint": f"{self.issuer}/userinfo", **found, **self.document}

    def _authorize(self, query: dict[str, str]) -> str:
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = query
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"], "iss": self.issuer})

    def _token(self, form: dict[str, str], headers: Any) -> tuple[int, Any]:
        self.forms.append(form)
        if _client_of(form, headers) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        query = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if query is None or challenge != query["code_challenge"] or form["redirect_uri"] != query["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "at-acme-secret", "token_type": "Bearer", "id_token": self._id_token(query)}

    def _id_token(self, query: dict[str, str]) -> str:
        now = int(timezone.now().timestamp())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "auth_time": now, "exp": now + 300, "nonce": query["nonce"],
            **self.person, **self.claims,
        }  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        headers = {name: value for name, value in self.header.items() if name != "alg"}
        return jwt.encode(kept, self.key, algorithm=self.header["alg"], headers=headers)


def _public(key: Any) -> dict[str, Any]:
    found = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**found, "kid": "1", "use": "sig"}


def _client_of(form: dict[str, str], headers: Any) -> tuple[str, str]:
    if "client_id" in form:
        return form["client_id"], form.get("client_secret", "")
    kind, _, packed = headers.get("Authorization", "").partition(" ")
    assert kind == "Basic"
    client, _, secret = base64.b64decode(packed).decode().partition(":")
    return unquote(client), unquote(secret)


def _handler(provider: OpenIdProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            form = _flat(self.rfile.read(length).decode())
            status, body, place = provider.answer(parts.path, _flat(parts.query), form, self.headers)
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if place:
                self.send_header("Location", place)
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET  # noqa: N815 -- http.server's name

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
