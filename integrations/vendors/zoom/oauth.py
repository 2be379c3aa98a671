"""Zoom's OAuth endpoints. https://developers.zoom.us/docs/integrations/oauth/

requests-oauthlib does the grammar, but it reads a 429 or an XML body as "missing token" and Zoom's "Invalid
Token!" as "invalid client": each raw answer is classified in a hook, before it parses.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from typing import Literal, NoReturn

import requests
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from integrations.providers.base import Grant, ReconnectNeeded
from integrations.providers.http import equip
from integrations.vendors.zoom.errors import json_body, token_outcome, transport_outcome

# oauthlib's switches are environment variables; this is the only file that knows them. Its refusal of plain http
# cannot tell the loopback from the world, so okey.lib.environment refuses instead; and Zoom names the app's scopes,
# not those asked for.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"  # noqa: S105 -- a switch


class _Answered(Exception):
    """There is a pair. The grammar's own reading stops here: it would lose the pair to an odd field beside it."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__()
        self.answer = answer


class ZoomOAuth:
    """The authorization server, for one client."""

    def __init__(
        self, *, base_url: str, client_id: str, client_secret: str, redirect_uri: str, deadline: float
    ) -> None:
        self._base_url = base_url
        self._client_id = client_id
        self._auth = HTTPBasicAuth(client_id, client_secret)
        self._redirect_uri = redirect_uri
        self._deadline = deadline

    def authorization_url(self, *, state: str, verifier: str) -> str:
        """No `scope`: Zoom grants what the app is set up with."""
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        url, _ = self._session().authorization_url(
            f"{self._base_url}/oauth/authorize",
            state=state,
            code_challenge=challenge,
            code_challenge_method="S256",
        )
        return str(url)

    def exchange(self, code: str, *, verifier: str) -> requests.Response:
        """The raw answer, which holds a pair. Raises an Outcome."""
        return self._ask(
            "access_token_response",
            lambda session: session.fetch_token(
                f"{self._base_url}/oauth/token",
                code=code,
                code_verifier=verifier,
                auth=self._auth,
                timeout=self._deadline,
            ),
            exchanging=True,
        )

    def refresh(self, refresh_token: str) -> requests.Response:
        """The raw answer, which holds a pair. Raises an Outcome."""
        return self._ask(
            "refresh_token_response",
            lambda session: session.refresh_token(
                f"{self._base_url}/oauth/token",
                refresh_token=refresh_token,
                auth=self._auth,
                timeout=self._deadline,
            ),
            exchanging=False,
        )

    def revoke(self, access_token: str) -> None:
        """End the grant; a token that is not good any more has no grant left to end."""
        try:
            answer = self._session().post(
                f"{self._base_url}/oauth/revoke",
                data={"token": access_token},
                auth=self._auth,
                timeout=self._deadline,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise transport_outcome(error) from None
        if answer.status_code == 200:
            return
        outcome = token_outcome(answer, exchanging=False)
        if outcome is not None and not isinstance(outcome, ReconnectNeeded):
            raise outcome

    def _session(self) -> OAuth2Session:
        session = OAuth2Session(self._client_id, redirect_uri=self._redirect_uri)
        equip(session)
        session.max_redirects = 0  # a redirect would carry the code or the token elsewhere
        return session

    def _ask(
        self,
        hook: Literal["access_token_response", "refresh_token_response"],
        call: Callable[[OAuth2Session], object],
        *,
        exchanging: bool,
    ) -> requests.Response:
        def classify(answer: requests.Response) -> NoReturn:
            raise token_outcome(answer, exchanging=exchanging) or _Answered(answer)

        session = self._session()
        session.register_compliance_hook(hook, classify)
        try:
            call(session)
        except _Answered as answered:
            return answered.answer
        except requests.RequestException as error:
            raise transport_outcome(error) from None
        raise AssertionError("the hook was not called")


def grant_of(answer: requests.Response, *, default_scopes: frozenset[str]) -> Grant:
    """The pair in a token answer. Without a `scope` the grant is what was asked for (RFC 6749, 5.1)."""
    body = json_body(answer) or {}
    try:
        expires_in = int(body.get("expires_in") or 3600)
    except (TypeError, ValueError, OverflowError):
        expires_in = 3600
    scope = body.get("scope")
    return Grant(
        access_token=str(body["access_token"]),
        refresh_token=str(body["refresh_token"]),
        expires_in=max(0, min(expires_in, 24 * 3600)),
        scopes=frozenset(scope.replace(",", " ").split()) if isinstance(scope, str) and scope else default_scopes,
    )
