"""The grammar of OAuth that vendors share: the code flow with PKCE, and how calls and answers are read.

requests-oauthlib does the grammar, but it reads a 429 or an XML body as "missing token" and words of a vendor's own as
"invalid client": each raw answer is classified in a hook, by the vendor's own function, before it parses.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Literal, NoReturn, Protocol

import requests
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from integrations.providers.base import (
    Grant,
    Misconfigured,
    Outcome,
    Probe,
    ReconnectNeeded,
    Refused,
    Unavailable,
    Unknown,
)
from integrations.providers.http import NotSent, equip
from integrations.vendors.base import Vendor

# oauthlib's switches are environment variables; this is the only file that knows them. Its refusal of plain http
# cannot tell the loopback from the world, so okey.lib.environment refuses instead; and vendors name scopes otherwise
# than they were asked for, or all that the app is set up with.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"  # noqa: S105 -- a switch

#: Vendors quote the code or the token that they refuse; no detail may carry one.
SECRET_LIKE = re.compile(r"[A-Za-z0-9_\-.+/=]{16,}")
#: No code looks like this one, so it is refused, once the client was found to be right.
IMPOSSIBLE_CODE = "okey-doctor"
#: Somebody looks at the page while it runs.
PROBE_SECONDS = 5


class Classify(Protocol):
    def __call__(self, answer: requests.Response, *, exchanging: bool) -> Outcome | None:
        """The outcome of a token answer, or None where it holds a usable grant."""


class _Answered(Exception):
    """There is a grant. The grammar's own reading stops here: it would lose it to an odd field beside it."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True)
class Endpoints:
    authorize: str
    token: str
    revoke: str = ""


@dataclass(frozen=True)
class OAuthClient:
    """An authorization server, for one client of ours.

    `in_body`: the server wants the credentials there; else they go as Basic. Methods give back the raw answer, which
    holds a grant, or raise an Outcome.
    """

    endpoints: Endpoints
    client_id: str
    client_secret: str = field(repr=False)
    classify: Classify
    deadline: float
    in_body: bool = False
    #: More parameters of the authorization URL.
    parameters: Mapping[str, str] = field(default_factory=dict)

    def authorization_url(
        self, *, state: str, verifier: str, redirect_uri: str, scopes: Iterable[str] = (), claims: str = ""
    ) -> str:
        """With the challenge made of the verifier; without `scope` and `claims` where there are none to ask for."""
        session = self._session(redirect_uri)
        session.scope = sorted(set(scopes)) or None
        url, _ = session.authorization_url(
            self.endpoints.authorize,
            state=state,
            code_challenge=challenge(verifier),
            code_challenge_method="S256",
            **self.parameters,
            **({"claims": claims} if claims else {}),
        )
        return str(url)

    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> requests.Response:
        return self._ask(
            "access_token_response",
            lambda session: session.fetch_token(
                self.endpoints.token,
                code=code,
                code_verifier=verifier,
                auth=self._auth,
                timeout=self.deadline,
                include_client_id=self.in_body,
                client_secret=self.client_secret if self.in_body else None,
            ),
            redirect_uri=redirect_uri,
            exchanging=True,
        )

    def refresh(self, refresh_token: str) -> requests.Response:
        return self._ask(
            "refresh_token_response",
            lambda session: session.refresh_token(
                self.endpoints.token,
                refresh_token=refresh_token,
                auth=self._auth,
                timeout=self.deadline,
                **self._credentials,
            ),
            exchanging=False,
        )

    def revoke(self, access_token: str) -> None:
        """End the grant; a token that is not good any more has no grant left to end."""
        try:
            answer = self._session().post(
                self.endpoints.revoke,
                data={"token": access_token, **self._credentials},
                auth=self._auth,
                timeout=self.deadline,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise transport_outcome(error) from None
        if answer.status_code == 200:
            return
        outcome = self.classify(answer, exchanging=False)
        if outcome is not None and not isinstance(outcome, ReconnectNeeded):
            raise outcome

    def probe(self, *, redirect_uri: str) -> Probe:
        """Exchange a code that cannot be one."""
        code = {"grant_type": "authorization_code", "code": IMPOSSIBLE_CODE, "redirect_uri": redirect_uri}
        try:
            answer = self._session().post(
                self.endpoints.token,
                data=code | self._credentials,
                auth=self._auth,
                timeout=min(self.deadline, PROBE_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return Probe(transport_outcome(error))
        outcome = self.classify(answer, exchanging=True) or Unknown("an impossible code was accepted")
        is_right = isinstance(outcome, Refused) and outcome.reason == "code_refused"
        return Probe(None if is_right else outcome, their_time=http_date(answer.headers.get("Date", "")))

    @property
    def _auth(self) -> HTTPBasicAuth | None:
        return None if self.in_body else HTTPBasicAuth(self.client_id, self.client_secret)

    @property
    def _credentials(self) -> dict[str, Any]:
        return {"client_id": self.client_id, "client_secret": self.client_secret} if self.in_body else {}

    def _session(self, redirect_uri: str = "") -> OAuth2Session:
        session = OAuth2Session(self.client_id, redirect_uri=redirect_uri or None)
        equip(session)
        session.max_redirects = 0  # a redirect would carry the code or the token elsewhere
        return session

    def _ask(
        self,
        hook: Literal["access_token_response", "refresh_token_response"],
        call: Callable[[OAuth2Session], object],
        *,
        exchanging: bool,
        redirect_uri: str = "",
    ) -> requests.Response:
        def classify(answer: requests.Response) -> NoReturn:
            raise self.classify(answer, exchanging=exchanging) or _Answered(answer)

        session = self._session(redirect_uri)
        session.register_compliance_hook(hook, classify)
        try:
            call(session)
        except _Answered as answered:
            return answered.answer
        except requests.RequestException as error:
            raise transport_outcome(error) from None
        raise AssertionError("the hook was not called")


class OAuthVendor(Vendor):
    """A vendor that speaks this grammar. It brings its facts, its client and `identify`, and what it does otherwise."""

    #: What was granted where the answer to an exchange does not say.
    default_scopes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *, oauth: OAuthClient, base_urls: tuple[str, ...]) -> None:
        self._oauth = oauth
        self._base_urls = base_urls

    @property
    def is_configured(self) -> bool:
        return bool(self._oauth.client_id and self._oauth.client_secret)

    @property
    def base_urls(self) -> tuple[str, ...]:
        return self._base_urls

    def authorization_url(
        self, *, state: str, verifier: str, redirect_uri: str, scopes: Iterable[str] = (), claims: str = ""
    ) -> str:
        asked = [*self.sign_in_scopes, *scopes]
        return self._oauth.authorization_url(
            state=state, verifier=verifier, redirect_uri=redirect_uri, scopes=asked, claims=claims
        )

    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Grant:
        answer = self._oauth.exchange(code, verifier=verifier, redirect_uri=redirect_uri)
        return grant_of(answer, default_scopes=frozenset(self.default_scopes))

    def refresh(self, refresh_token: str) -> Grant:
        return grant_of(self._oauth.refresh(refresh_token), default_scopes=frozenset())

    def revoke(self, access_token: str) -> None:
        self._oauth.revoke(access_token)

    def probe(self, *, redirect_uri: str) -> Probe:
        return self._oauth.probe(redirect_uri=redirect_uri)


def challenge(verifier: str) -> str:
    """PKCE, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


# --- Answers ---------------------------------------------------------------------------------------------


def transport_outcome(error: requests.RequestException) -> Outcome:
    """What a call without an answer means: nobody saw it, or nobody knows."""
    if isinstance(error, NotSent):
        return Unavailable(f"not sent: {error}")
    if isinstance(error, requests.TooManyRedirects):
        return Misconfigured("the address redirects elsewhere")
    return Unknown(f"no usable answer: {type(error).__name__}")


def has_failed(status: int) -> bool:
    """A server gave up on the call, or failed at it: neither carried out nor refused."""
    return status >= 500 or status == 408


def without_verdict(answer: requests.Response, body: dict[str, Any] | None) -> Outcome | None:
    """Why a token answer that is no grant says nothing of one either: a limit, a redirect, a failure, no JSON.

    None where its body says more.
    """
    status = answer.status_code
    if status == 429:
        return Unavailable("HTTP 429", retry_at=retry_after(answer.headers.get("retry-after", "")))
    if 300 <= status < 400:
        return Misconfigured(f"HTTP {status}: the address redirects elsewhere")
    if has_failed(status) or body is None:
        return Unavailable(f"HTTP {status}" + ("" if body else ", no JSON"))
    return None


def json_body(answer: requests.Response) -> dict[str, Any] | None:
    """The body as a JSON object that a database takes, or None."""
    try:
        body = _storable(json.loads(answer.content))
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _storable(value: Any) -> Any:
    """The same without what no database takes: a NUL, and half an emoji, as in a name that was cut off within one."""
    if isinstance(value, str):
        return value.replace("\0", " ").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {name: _storable(one) for name, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list) else value


def without_secrets(text: str) -> str:
    """A vendor's own words; long plain words and scope names stay, whatever could be a token goes."""
    return SECRET_LIKE.sub(lambda match: match[0] if match[0].isalpha() else "…", text)[:300]


def retry_after(value: str) -> datetime | None:
    """Retry-After as seconds, as an ISO date and time (Zoom's) or as an HTTP date; at most a day ahead."""
    now = datetime.now(UTC)
    value = value.strip()
    try:
        if value.isdigit():
            moment = now + timedelta(seconds=min(int(value), 24 * 3600))
        elif value[:4].isdigit():
            moment = datetime.fromisoformat(value)
        elif value:
            moment = parsedate_to_datetime(value)
        else:
            return None
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment, now), now + timedelta(days=1))


def http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def grant_of(answer: requests.Response, *, default_scopes: frozenset[str]) -> Grant:
    """The grant in a token answer. Without a `scope` it is what was asked for (RFC 6749, 5.1)."""
    body = json_body(answer) or {}
    try:
        expires_in = int(body.get("expires_in") or 3600)
    except (TypeError, ValueError, OverflowError):
        expires_in = 3600
    scope = body.get("scope")
    return Grant(
        access_token=str(body["access_token"]),
        refresh_token=str(body.get("refresh_token") or ""),
        expires_in=max(0, min(expires_in, 24 * 3600)),
        scopes=frozenset(scope.replace(",", " ").split()) if isinstance(scope, str) and scope else default_scopes,
    )
