"""What a client asks an owner for: the parameters of the authorization address, checked."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django_mcpz.oauth.models import Client

from okey.api.models import Scope
from okey.api.oauth import clients
from okey.api.oauth.refusals import Refusal, Untrusted

#: Where tokens work, as paths. A grant works at all of them: they are doors of one house, and its scopes bound it.
MCP, REST_API = "/mcp", "/api/v1"
RESOURCES = ("", MCP, REST_API)
#: What is meant where a client names no scope, and what assistants' tools need.
USUAL_SCOPES = (Scope.READ, Scope.SCHEDULE)
S256 = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Asked:
    """A request for access that may be put to an owner."""

    client: Client
    redirect_uri: str
    state: str | None
    challenge: str
    resource: str
    scopes: tuple[Scope, ...]


def read(request: HttpRequest, *, owner_id: str) -> Asked:
    """What is asked. Raises Untrusted, or SentBack for what the client has to hear."""
    given = request.GET
    one_each(given, Untrusted)
    client = clients.at_the_door(given.get("client_id", ""), owner_id=owner_id)
    redirect_uri, state = clients.address_of(client, given.get("redirect_uri")), given.get("state")
    try:
        return Asked(client, redirect_uri, state, _challenge(given), resource(given.get("resource")), _scopes(given))
    except Refusal as refusal:
        raise SentBack(refusal, client, redirect_uri, state) from refusal


class SentBack(Exception):
    """A refusal of which a client that is known may hear."""

    def __init__(self, refusal: Refusal, client: Client, redirect_uri: str, state: str | None) -> None:
        super().__init__(refusal.words)
        self.refusal, self.client, self.redirect_uri = refusal, client, redirect_uri
        self.way_back = way_back(redirect_uri, state, error=refusal.error, error_description=refusal.words)


def way_back(redirect_uri: str, state: str | None, **said: str) -> str:
    """The client's address with what it is told, and by whom (RFC 9207), so that it mixes no servers up."""
    named = {**({} if state is None else {"state": state}), **said, "iss": settings.OKEY_BASE_URL}
    return f"{redirect_uri}{'&' if urlsplit(redirect_uri).query else '?'}{urlencode(named)}"


def resource(named: str | None) -> str:
    """The resource in the one way that O-Key writes it (RFC 8707); MCP where none is named. Raises Refusal."""
    base = settings.OKEY_BASE_URL
    known = {_comparable(base + path): base + path for path in RESOURCES}
    meant = base + MCP if named is None else known.get(_comparable(named), "")
    if not meant:
        words = f"This resource is not here. O-Key has {base}{MCP} and {base}{REST_API}."
        raise Refusal("invalid_target", words)
    return meant


def one_each(given: QueryDict, kind: type[Refusal] = Refusal) -> None:
    """No parameter twice: two readers would take different ones. Raises `kind`."""
    if any(len(values) > 1 for _name, values in given.lists()):
        raise kind("invalid_request", "Each parameter may be sent once. Send the request again without the double one.")


def _challenge(given: QueryDict) -> str:
    if given.get("response_type") != "code":
        raise Refusal("unsupported_response_type", "Use response_type=code.")
    challenge: str = given.get("code_challenge", "")
    if given.get("code_challenge_method") != "S256" or not S256.fullmatch(challenge):
        raise Refusal("invalid_request", "PKCE is needed: send a code_challenge with code_challenge_method=S256.")
    return challenge


def _scopes(given: QueryDict) -> tuple[Scope, ...]:
    """Those that O-Key has; others, such as offline_access, are passed over, as RFC 6749 allows."""
    named = given.get("scope", "").split()
    wanted = tuple(scope for scope in Scope if scope in named) if named else USUAL_SCOPES
    if not wanted:
        raise Refusal("invalid_scope", f"Ask for one of these scopes: {', '.join(Scope)}.")
    return wanted


def _comparable(address: str) -> str:
    """Scheme and host are the same in any case, and so is what ends with a slash. "" for what is none of ours."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if "?" in address or "#" in address:
        return ""
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
