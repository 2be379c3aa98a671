"""The vendor interface over Google's OAuth. https://developers.google.com/identity/protocols/oauth2/web-server"""

from collections.abc import Iterable
from typing import ClassVar

from integrations.providers.base import Grant, Identity, Probe
from integrations.vendors.base import Revoking, Vendor
from integrations.vendors.google.api import GoogleApi
from integrations.vendors.google.errors import token_outcome
from integrations.vendors.oauth import Endpoints, OAuthClient, grant_of

#: How Google spells `email` in its answers.
EMAIL = "https://www.googleapis.com/auth/userinfo.email"


class Google(Vendor):
    """Google: refresh tokens that stay, up to a hundred beside each other; revoking ends all that a person granted.

    `base_url`: of a stand-in that plays all of Google's hosts; empty for the real ones.
    """

    slug: ClassVar[str] = "google"
    name: ClassVar[str] = "Google"
    rotates = False
    ends_older_grants = False
    revokes = Revoking.PERSON
    identity_scope: ClassVar[str] = "openid"
    sign_in_scopes = ("openid", EMAIL)

    def __init__(self, *, client_id: str, client_secret: str, base_url: str = "") -> None:
        self._is_configured = bool(client_id and client_secret)
        accounts, tokens = base_url or "https://accounts.google.com", base_url or "https://oauth2.googleapis.com"
        self._base_urls = (accounts, tokens)
        self._api = GoogleApi(base_url=base_url, deadline=self.deadline)
        self._oauth = OAuthClient(
            endpoints=Endpoints(f"{accounts}/o/oauth2/v2/auth", f"{tokens}/token", f"{tokens}/revoke"),
            client_id=client_id,
            client_secret=client_secret,
            classify=token_outcome,
            deadline=self.deadline,
            in_body=True,
            # Without these two an answer has no refresh token; the last keeps what was granted before.
            parameters={"access_type": "offline", "prompt": "consent", "include_granted_scopes": "true"},
        )

    @property
    def is_configured(self) -> bool:
        return self._is_configured

    @property
    def base_urls(self) -> tuple[str, ...]:
        return self._base_urls

    def authorization_url(self, *, state: str, verifier: str, redirect_uri: str, scopes: Iterable[str] = ()) -> str:
        asked = [*self.sign_in_scopes, *scopes]
        return self._oauth.authorization_url(state=state, verifier=verifier, redirect_uri=redirect_uri, scopes=asked)

    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Grant:
        answer = self._oauth.exchange(code, verifier=verifier, redirect_uri=redirect_uri)
        return grant_of(answer, default_scopes=frozenset())

    def refresh(self, refresh_token: str) -> Grant:
        return grant_of(self._oauth.refresh(refresh_token), default_scopes=frozenset())

    def revoke(self, access_token: str) -> None:
        self._oauth.revoke(access_token)

    def identify(self, access_token: str) -> Identity:
        return self._api.me(access_token)

    def probe(self, *, redirect_uri: str) -> Probe:
        return self._oauth.probe(redirect_uri=redirect_uri)
