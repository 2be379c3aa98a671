"""The vendor interface over Zoom's OAuth and profile. https://developers.zoom.us/docs/integrations/oauth/"""

from collections.abc import Iterable
from typing import ClassVar

from integrations.providers.base import Identity
from integrations.vendors.base import Revoking
from integrations.vendors.oauth import Endpoints, OAuthClient, OAuthVendor
from integrations.vendors.zoom.api import ZoomApi
from integrations.vendors.zoom.errors import token_outcome

READ_USER = "user:read:user"
CREATE = "meeting:write:meeting"


class ZoomVendor(OAuthVendor):
    """Zoom: one living grant a person, refresh tokens that work once, and the scopes that the app is set up with."""

    slug: ClassVar[str] = "zoom"
    name: ClassVar[str] = "Zoom"
    rotates = True
    ends_older_grants = True
    revokes = Revoking.GRANT
    identity_scope: ClassVar[str] = READ_USER
    default_scopes = (READ_USER, CREATE)

    def __init__(self, *, client_id: str, client_secret: str, oauth_base_url: str, api_base_url: str) -> None:
        self._api = ZoomApi(base_url=api_base_url, deadline=self.deadline)
        oauth = OAuthClient(
            endpoints=Endpoints(*(f"{oauth_base_url}/oauth/{name}" for name in ("authorize", "token", "revoke"))),
            client_id=client_id,
            client_secret=client_secret,
            classify=token_outcome,
            deadline=self.deadline,
        )
        super().__init__(oauth=oauth, base_urls=(oauth_base_url, api_base_url))

    def authorization_url(
        self, *, state: str, verifier: str, redirect_uri: str, scopes: Iterable[str] = (), claims: str = ""
    ) -> str:
        """No `scope`: Zoom grants what the app is set up with. It demands no claims."""
        return self._oauth.authorization_url(state=state, verifier=verifier, redirect_uri=redirect_uri)

    def identify(self, access_token: str) -> Identity:
        return self._api.me(access_token)
