"""The vendor interface over Microsoft's OAuth. https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow

Only work and school accounts: `organizations`. A code must be redeemed where it was given, and a grant refreshes there.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import ClassVar
from urllib.parse import urlencode

from integrations.providers.base import Grant, Identity, Misconfigured, Outcome
from integrations.vendors.base import Revoking
from integrations.vendors.microsoft.api import GraphApi
from integrations.vendors.microsoft.errors import AppNotFound, return_outcome, token_outcome
from integrations.vendors.oauth import Endpoints, OAuthClient, OAuthVendor

AUTHORITY = "organizations"
GRAPH = "https://graph.microsoft.com/"
USER_READ = "User.Read"
#: What O-Key may ask for, as Microsoft writes it.
SCOPES = (USER_READ, "OnlineMeetings.ReadWrite", "Calendars.Read", "Calendars.ReadWrite")
_BY_LOWER = {scope.lower(): scope for scope in SCOPES}


class Microsoft(OAuthVendor):
    """Microsoft: each refresh gives a new token, and the old one lives on; nothing revokes, so tokens are destroyed.

    `base_url`: of a stand-in that plays all of Microsoft's hosts; empty for the real ones.
    """

    slug: ClassVar[str] = "microsoft"
    name: ClassVar[str] = "Microsoft"
    rotates = False
    ends_older_grants = False
    revokes = Revoking.NOTHING
    identity_scope: ClassVar[str] = USER_READ
    sign_in_scopes = ("offline_access", USER_READ)
    apps_page = "https://myapps.microsoft.com"
    asks_administrators = True

    def __init__(
        self, *, client_id: str, client_secret: str, base_url: str = "", secret_expires_on: date | None = None
    ) -> None:
        self._secret_expires_on = secret_expires_on
        login, graph = base_url or "https://login.microsoftonline.com", base_url or "https://graph.microsoft.com"
        self._login = f"{login}/{AUTHORITY}"
        self._api = GraphApi(base_url=graph, deadline=self.deadline)
        v2 = f"{self._login}/oauth2/v2.0"
        oauth = OAuthClient(
            endpoints=Endpoints(f"{v2}/authorize", f"{v2}/token"),
            client_id=client_id,
            client_secret=client_secret,
            classify=token_outcome,
            deadline=self.deadline,
            in_body=True,
            # Not `consent`: it has the dialog shown every time, and more organizations stop it.
            parameters={"response_mode": "query", "prompt": "select_account"},
        )
        super().__init__(oauth=oauth, base_urls=(login, graph))

    @property
    def secret_expires_on(self) -> date | None:
        return self._secret_expires_on

    def administrators_url(self, *, state: str, redirect_uri: str, scopes: Iterable[str] = ()) -> str:
        """https://learn.microsoft.com/en-us/entra/identity-platform/v2-admin-consent"""
        asked = sorted({*self.sign_in_scopes, *(f"{GRAPH}{scope}" for scope in (USER_READ, *scopes))} - {USER_READ})
        query = {
            "client_id": self._oauth.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(asked),
            "state": state,
        }
        return f"{self._login}/v2.0/adminconsent?{urlencode(query)}"

    def sent_back(self, error: str, description: str) -> Outcome:
        return return_outcome(error, description)

    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Grant:
        return _plainly_named(super().exchange(code, verifier=verifier, redirect_uri=redirect_uri))

    def refresh(self, refresh_token: str) -> Grant:
        try:
            return _plainly_named(super().refresh(refresh_token))
        except AppNotFound:
            probed = self.probe(redirect_uri=self._login).outcome
            if isinstance(probed, Misconfigured) and "_client" in probed.detail:
                raise probed from None  # for everybody
            raise

    def revoke(self, access_token: str) -> None:
        raise NotImplementedError  # Microsoft has no such call

    def identify(self, access_token: str) -> Identity:
        return self._api.me(access_token)


def _plainly_named(grant: Grant) -> Grant:
    """Scopes come with Graph's address before them or without, in any order and case, and without `offline_access`."""
    plain = (scope.removeprefix(GRAPH) for scope in grant.scopes)
    return replace(grant, scopes=frozenset(_BY_LOWER.get(name.lower(), name) for name in plain))
