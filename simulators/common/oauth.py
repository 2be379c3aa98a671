"""OAuth grammar that vendors share: the parameters of an authorization, PKCE, who the client is."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode

from simulators.common.messages import Request

CHALLENGE_METHODS = ("S256", "plain")


@dataclass
class AuthorizationRequest:
    """The parameters of an authorization; the consent page carries them in hidden fields."""

    response_type: str
    client_id: str
    redirect_uri: str
    state: str
    code_challenge: str
    code_challenge_method: str

    @property
    def has_known_challenge(self) -> bool:
        return not self.code_challenge or (self.code_challenge_method or "plain") in CHALLENGE_METHODS

    def answer_url(self, answer: dict[str, str]) -> str:
        if self.state:
            answer["state"] = self.state
        return self.redirect_uri + ("&" if "?" in self.redirect_uri else "?") + urlencode(answer)


def verifies(challenge: str, method: str, verifier: str) -> bool:
    """Whether this verifier was challenged; without a challenge any does."""
    if not challenge:
        return True
    if method != "S256":
        return hmac.compare_digest(verifier.encode(), challenge.encode())
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"="), challenge.encode())


def is_client(client_id: str, secret: str, given: tuple[str, str]) -> bool:
    known = hmac.compare_digest(given[0].encode(), client_id.encode())
    right = hmac.compare_digest(given[1].encode(), secret.encode())
    return known and right


def credentials(request: Request) -> tuple[str, str]:
    """Client id and secret, from the body or by Basic."""
    form = request.form
    if "client_id" in form:
        return form["client_id"], form.get("client_secret", "")
    return request.basic_credentials
