"""The vendor interface over Zoom's OAuth and profile. https://developers.zoom.us/docs/integrations/oauth/"""

from collections.abc import Iterable
from typing import ClassVar

from integrations.providers.base import Grant, Identity, Probe
from integrations.vendors.base import Revoking, Vendor
from integrations.vendors.oauth import Endpoints, OAuthClient, grant_of
from integrations.vendors.zoom.api import ZoomApi
from integrations.vendors.zoom.errors import token_outcome

READ_USER = "user:read:user"
CREATE = "meeting:write:meeting"


class ZoomVendor(Vendor):
    """Zoom: one living grant a person, refresh tokens that work once, and the scopes that the app is set up with."""

    slug: ClassVar[str] = "zoom"
    name: ClassVar[str] = "Zoom"
    rotates = True
    ends_older_grants = True
    revokes = Revoking.GRANT
    identity_scope: ClassVar[str] = READ_USER

    def __init__(self, *, client_id: str, client_secret: str, oauth_base_url: str, api_base_url: str) -> None:
        self._is_configured = bool(client_id and client_secret)
        self._base_urls = (oauth_base_url, api_base_url)
        self._api = ZoomApi(base_url=api_base_url, deadline=self.deadline)
        self._oauth = OAuthClient(
            endpoints=Endpoints(*(f"{oauth_base_url}/oauth/{name}" for name in ("authorize", "token", "revoke"))),
            client_id=client_id,
            client_secret=client_secret,
            classify=token_outcome,
            deadline=self.deadline,
        )

    @property
    def is_configured(self) -> bool:
        return self._is_configured

    @property
    def base_urls(self) -> tuple[str, ...]:
        return self._base_urls

    def authorization_url(self, *, state: str, verifier: str, redirect_uri: str, scopes: Iterable[str] = ()) -> str:
        """No `scope`: Zoom grants what the app is set up with."""
        return self._oauth.authorization_url(state=state, verifier=verifier, redirect_uri=redirect_uri)

    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Grant:
        answer = self._oauth.exchange(code, verifier=verifier, redirect_uri=redirect_uri)
        return grant_of(answer, default_scopes=frozenset({READ_USER, CREATE}))

    def refresh(self, refresh_token: str) -> Grant:
        return grant_of(self._oauth.refresh(refresh_token), default_scopes=frozenset())

    def revoke(self, access_token: str) -> None:
        self._oauth.revoke(access_token)

    def identify(self, access_token: str) -> Identity:
        return self._api.me(access_token)

    def probe(self, *, redirect_uri: str) -> Probe:
        return self._oauth.probe(redirect_uri=redirect_uri)
