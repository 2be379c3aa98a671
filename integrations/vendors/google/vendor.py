"""The vendor interface over Google's OAuth. https://developers.google.com/identity/protocols/oauth2/web-server"""

from typing import ClassVar

from integrations.providers.base import Identity
from integrations.vendors.base import Revoking
from integrations.vendors.google.api import GoogleApi
from integrations.vendors.google.errors import token_outcome
from integrations.vendors.oauth import Endpoints, OAuthClient, OAuthVendor

#: How Google spells `email` in its answers.
EMAIL = "https://www.googleapis.com/auth/userinfo.email"


class Google(OAuthVendor):
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
        accounts, tokens = base_url or "https://accounts.google.com", base_url or "https://oauth2.googleapis.com"
        self._api = GoogleApi(base_url=base_url, deadline=self.deadline)
        oauth = OAuthClient(
            endpoints=Endpoints(f"{accounts}/o/oauth2/v2/auth", f"{tokens}/token", f"{tokens}/revoke"),
            client_id=client_id,
            client_secret=client_secret,
            classify=token_outcome,
            deadline=self.deadline,
            in_body=True,
            # Without these two an answer has no refresh token; the last keeps what was granted before.
            parameters={"access_type": "offline", "prompt": "consent", "include_granted_scopes": "true"},
        )
        super().__init__(oauth=oauth, base_urls=(accounts, tokens))

    def identify(self, access_token: str) -> Identity:
        return self._api.me(access_token)
