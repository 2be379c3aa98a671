"""OpenID Connect's code flow with PKCE, state and nonce: what is asked of the provider, and what its answers must be.

Every call goes under one deadline for all of them (okey/lib/deadlines.py); nothing is redirected or retried. Whatever a
provider says is either a Person or a Trouble: no answer, however odd, ends in anything else.
"""

import base64
import hashlib
import hmac
import math
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NoReturn
from urllib.parse import quote, urlencode, urlsplit

import jwt
import requests
from requests.auth import HTTPBasicAuth

from okey.lib.deadlines import DeadlineAdapter, within
from okey.owners.organisation import Organisation

#: All calls of one page together. Somebody looks at it.
SECONDS = 8
#: Clocks differ.
LEEWAY = 60
#: What a signature may be made with: never “none”, and never the client's secret, which signs for nobody else.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: Columns are no longer than these.
LONGEST = {"sub": 191, "email": 254, "name": 150}
DOCUMENT = "/.well-known/openid-configuration"


class Problem(StrEnum):
    #: No answer, too late, or one that says nothing.
    AWAY = "away"
    #: It is not who was set up, or does not know this client: the operator's to mend.
    MISCONFIGURED = "misconfigured"
    #: What it says of the person is not to be believed.
    NOT_BELIEVED = "not believed"


class Trouble(Exception):
    """`detail` is for the log and the doctor: it says no secret, and of the person nothing."""

    def __init__(self, problem: Problem, detail: str) -> None:
        super().__init__(detail)
        self.problem, self.detail = problem, detail


@dataclass(frozen=True)
class Provider:
    """Of its document, what is used; checked."""

    issuer: str
    authorize: str
    token: str
    keys: str
    userinfo: str = ""
    in_body: bool = False


@dataclass(frozen=True)
class Walk:
    """One way there and back, kept in the browser's session meanwhile."""

    verifier: str
    nonce: str
    is_again: bool

    @classmethod
    def new(cls, *, is_again: bool) -> "Walk":
        return cls(secrets.token_urlsafe(48), secrets.token_urlsafe(24), is_again)


@dataclass(frozen=True)
class Person:
    """Who the provider says it is. `has_confirmed_email`: it says so in so many words."""

    sub: str
    email: str
    name: str
    has_confirmed_email: bool
    #: When they signed in there; None where it does not say.
    signed_in_at: int | None = None


_transport = DeadlineAdapter(pool_connections=1, pool_maxsize=4, max_retries=0)


def find(organisation: Organisation) -> Provider:
    """Read the provider's document. Raises Trouble."""
    said = _ask("GET", organisation.issuer.rstrip("/") + DOCUMENT)
    issuer = _text(said, "issuer")
    if issuer.rstrip("/") != organisation.issuer.rstrip("/"):
        raise Trouble(Problem.MISCONFIGURED, "its document names another issuer")
    methods = said.get("token_endpoint_auth_methods_supported")
    methods = methods if methods and isinstance(methods, list) else ["client_secret_basic"]
    in_body = "client_secret_basic" not in methods
    if in_body and "client_secret_post" not in methods:
        raise Trouble(Problem.MISCONFIGURED, "it takes no client secret")
    return Provider(
        issuer=issuer,
        authorize=_address(said, "authorization_endpoint", organisation),
        token=_address(said, "token_endpoint", organisation),
        keys=_address(said, "jwks_uri", organisation),
        userinfo=_address(said, "userinfo_endpoint", organisation) if said.get("userinfo_endpoint") else "",
        in_body=in_body,
    )


def url_to_go_to(provider: Provider, organisation: Organisation, walk: Walk, *, state: str, back: str) -> str:
    """Whoever is asked again has to sign in there anew, and not be waved through."""
    digest = hashlib.sha256(walk.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": organisation.client_id,
        "redirect_uri": back,
        "scope": "openid email profile",
        "state": state,
        "nonce": walk.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **({"prompt": "login", "max_age": "0"} if walk.is_again else {}),
    }
    return provider.authorize + ("&" if "?" in provider.authorize else "?") + urlencode(asked)


def person_behind(provider: Provider, organisation: Organisation, walk: Walk, *, code: str, back: str) -> Person:
    """Exchange the code, and check what comes. No token of the provider outlives this. Raises Trouble."""
    with within(SECONDS):
        tokens = _exchange(provider, organisation, code=code, back=back, verifier=walk.verifier)
        claims = _checked(provider, organisation, _text(tokens, "id_token"), nonce=walk.nonce)
        if not claims.get("email") and provider.userinfo:
            claims |= _more(provider, claims, _text(tokens, "access_token"))
    return _person(claims)


def refuses_client(provider: Provider, organisation: Organisation, *, back: str) -> str:
    """For the doctor: why the provider refuses the client, by a code that there cannot be; "" where it does not."""
    try:
        _exchange(provider, organisation, code="okey-doctor", back=back, verifier="x" * 43)
    except Trouble as trouble:
        if trouble.problem is Problem.AWAY:
            raise
        return "" if trouble.detail == "invalid_grant" else trouble.detail
    return ""


def _exchange(provider: Provider, organisation: Organisation, *, code: str, back: str, verifier: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    auth = None
    if provider.in_body:
        form |= {"client_id": organisation.client_id, "client_secret": organisation.client_secret}
    else:  # each is encoded before they are joined (RFC 6749, 2.3.1)
        auth = HTTPBasicAuth(quote(organisation.client_id, safe=""), quote(organisation.client_secret, safe=""))
    return _ask("POST", provider.token, data=form, auth=auth)


def _checked(provider: Provider, organisation: Organisation, token: str, *, nonce: str) -> dict[str, Any]:
    """An ID token's claims, as OpenID Connect Core 3.1.3.7 has them checked."""
    keys = _ask("GET", provider.keys)
    try:
        key = _key(keys, jwt.get_unverified_header(token))
        claims = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            audience=organisation.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except Trouble:
        raise
    except Exception as error:  # noqa: BLE001 -- what libraries make of a stranger's key and token, they do not say
        _disbelieve(type(error).__name__)
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(errors="replace"), nonce.encode()):
        _disbelieve("another nonce")
    if claims.get("azp", organisation.client_id) != organisation.client_id:
        _disbelieve("for another client")
    return claims


def _key(said: dict[str, Any], header: dict[str, Any]) -> Any:
    """The one that the token names; where it names none and there is one, that."""
    if header.get("alg") not in ALGORITHMS:
        _disbelieve("no such algorithm")
    keys = [one for one in said.get("keys", ()) if isinstance(one, dict) and one.get("use", "sig") == "sig"]
    named = [one for one in keys if one.get("kid") == header["kid"]] if "kid" in header else keys
    if len(named) != 1:
        _disbelieve("no such key")
    return jwt.PyJWK(named[0], algorithm=header.get("alg"))


def _more(provider: Provider, claims: dict[str, Any], access_token: str) -> dict[str, Any]:
    said = _ask("GET", provider.userinfo, headers={"Authorization": f"Bearer {access_token}"})
    if said.get("sub") != claims["sub"]:
        _disbelieve("of another person")
    return {name: said[name] for name in ("email", "email_verified", "name") if name in said}


def _person(claims: dict[str, Any]) -> Person:
    texts = {name: claims.get(name, "") for name in LONGEST}
    for name, value in texts.items():
        if not _is_text(value) or (name != "name" and len(value) > LONGEST[name]):
            _disbelieve(f"no {name}")
    if not texts["sub"]:
        _disbelieve("no sub")
    at: Any = claims.get("auth_time")
    is_moment = isinstance(at, int) or (isinstance(at, float) and math.isfinite(at))
    return Person(
        sub=texts["sub"],
        email=texts["email"].strip().lower(),
        name=" ".join(texts["name"].split())[: LONGEST["name"]],
        has_confirmed_email=claims.get("email_verified") is True,
        signed_in_at=int(at) if is_moment else None,
    )


def _is_text(value: Any) -> bool:
    """That a database takes: JSON has zero bytes and halves of letters, too."""
    return isinstance(value, str) and "\0" not in value and value.encode(errors="replace").decode() == value


def _disbelieve(why: str) -> NoReturn:
    raise Trouble(Problem.NOT_BELIEVED, why)


def _ask(method: Literal["GET", "POST"], url: str, **more: Any) -> dict[str, Any]:
    """A JSON object. Raises Trouble."""
    with requests.Session() as session:
        session.mount("https://", _transport)
        session.mount("http://", _transport)
        session.trust_env = False  # no .netrc, no proxies by surprise
        headers = {"Accept": "application/json", "User-Agent": "O-Key", **more.pop("headers", {})}
        try:
            answer = session.request(method, url, headers=headers, timeout=SECONDS, allow_redirects=False, **more)
            said = answer.json()
        except requests.RequestException as error:  # of JSON as well
            raise Trouble(Problem.AWAY, type(error).__name__) from None
        except (ValueError, RecursionError):
            raise Trouble(Problem.AWAY, "no JSON") from None
    if answer.status_code == requests.codes.ok and isinstance(said, dict):
        return said
    refusal = said.get("error") if isinstance(said, dict) else None
    if method == "POST" and 400 <= answer.status_code < 500 and isinstance(refusal, str) and refusal in REFUSALS:
        raise Trouble(REFUSALS[refusal], refusal)
    raise Trouble(Problem.AWAY, f"HTTP {answer.status_code}")


#: Of a token endpoint (RFC 6749, 5.2).
REFUSALS = {
    "invalid_client": Problem.MISCONFIGURED,
    "unauthorized_client": Problem.MISCONFIGURED,
    "unsupported_grant_type": Problem.MISCONFIGURED,
    "invalid_grant": Problem.NOT_BELIEVED,
    "invalid_request": Problem.NOT_BELIEVED,
}


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise Trouble(Problem.AWAY, f"its answer has no {name}")
    return value


def _address(said: dict[str, Any], name: str, organisation: Organisation) -> str:
    """As safe as the issuer's own: https, but for a stand-in on this machine."""
    value = _text(said, name)
    try:
        parts = urlsplit(value)
        is_right = bool(parts.hostname) and not parts.fragment
    except ValueError:
        is_right = False
    if not is_right or parts.scheme not in {"https", urlsplit(organisation.issuer).scheme}:
        raise Trouble(Problem.MISCONFIGURED, f"its {name} is no safe address")
    return value
