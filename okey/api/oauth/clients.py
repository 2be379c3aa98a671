"""Who asks: clients that registered themselves, and clients whose ID is the address of a document about them.

A client is an assistant or an app. All are public: they have no secret, and prove by PKCE that a code is theirs.
"""

import json
import re
import secrets
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from django_mcpz.oauth import cimd
from django_mcpz.oauth.conf import LOCAL_HOSTS
from django_mcpz.oauth.models import NAME_MAX_LENGTH, URL_MAX_LENGTH, Client

from okey.api.oauth import documents
from okey.api.oauth.refusals import Refusal, Untrusted
from okey.limits.limits import hit

AGAIN = "Remove O-Key from the assistant and add it again."
#: Addresses that a client may name when it registers.
HOW_MANY = range(1, 21)
#: Documents that are fetched because one owner's browser asks for it.
DOCUMENTS_IN_TEN_MINUTES = 20
#: Neither a space nor a backslash, which browsers read as a slash, nor anything that is not printed.
PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]+")
#: Schemes that a browser works on by itself. Others belong to apps: cursor://…
NOT_APPS = {
    "javascript", "data", "file", "blob", "about", "vbscript", "view-source", "ftp", "ws", "wss", "mailto", "tel",
    "sms", "filesystem", "jar", "chrome", "chrome-extension", "intent", "ms-msdt", "search-ms", "search",
}  # fmt: skip
APP_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")


def known(client_id: str) -> Client | None:
    """The client, if it has been here. Fetches nothing."""
    if not client_id or "\0" in client_id:
        return None
    return Client.objects.filter(client_id=client_id).first()


def at_the_door(client_id: str, *, owner_id: str) -> Client:
    """The client that an owner's browser brings; its document is fetched, if it has one. Raises Untrusted."""
    if not cimd.is_metadata_url(client_id) or not is_address(client_id):
        client = known(client_id)
        if client is None:
            raise Untrusted("invalid_client", f"O-Key does not know this assistant any more. {AGAIN}")
        return client
    if not hit("oauth documents", owner_id, limit=DOCUMENTS_IN_TEN_MINUTES, seconds=600).allowed:
        raise Untrusted("temporarily_unavailable", "Too many tries. Wait ten minutes, then connect again.", status=429)
    try:
        return documents.client_at(client_id)
    except documents.Unusable as error:
        words = "The document that says who this assistant is cannot be used. Tell whoever makes the assistant."
        raise Untrusted("invalid_client", words) from error


def address_of(client: Client, wanted: str | None) -> str:
    """Where the browser goes back to: one of the client's own addresses, to the letter. Raises Untrusted."""
    if wanted is None and len(client.redirect_uris) == 1:
        wanted = str(client.redirect_uris[0])
    if wanted is None or not is_address(wanted) or not client.allows_redirect_uri(wanted):
        words = "The address to go back to is not one that this assistant has registered. Nothing was allowed. "
        raise Untrusted("invalid_request", words + AGAIN)
    return wanted


def introduced(body: bytes) -> Client:
    """A new client by its own words (RFC 7591), not saved yet. Raises Refusal."""
    said = _read(body)
    addresses = said.get("redirect_uris")
    if not isinstance(addresses, list) or len(addresses) not in HOW_MANY or not all(map(is_address, addresses)):
        words = (
            f"redirect_uris must list {HOW_MANY[0]} to {HOW_MANY[-1]} addresses: https, http on this computer "
            "(localhost, 127.0.0.1, [::1]), or an app's own scheme; without a fragment, a user name or spaces."
        )
        raise Refusal("invalid_redirect_uri", words)
    name = said.get("client_name", "")
    if not isinstance(name, str):
        raise Refusal("invalid_client_metadata", "client_name must be a string.")
    if said.get("token_endpoint_auth_method", "none") not in ("none", "client_secret_post", "client_secret_basic"):
        raise Refusal(
            "invalid_client_metadata", "token_endpoint_auth_method must be none: O-Key gives no client secrets."
        )
    return Client(
        client_id=secrets.token_urlsafe(24),
        kind=Client.Kind.REGISTERED,
        name=clean(name)[:NAME_MAX_LENGTH],
        redirect_uris=addresses,
    )


def is_address(address: object) -> bool:
    """Whether a browser may be sent there with a code, and every reader reads the same host in it."""
    if not isinstance(address, str) or len(address) > URL_MAX_LENGTH or not PLAIN.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if "#" in address or "@" in parts.netloc:
        return False
    if parts.scheme in {"http", "https"}:
        host = parts.hostname or ""
        # To the letter: some readers take "[::1]evil.example" for this computer.
        written = (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")
        is_host = parts.netloc.lower() == written and is_name(host)
        return is_host and (parts.scheme == "https" or host in LOCAL_HOSTS)
    is_app = bool(APP_SCHEME.fullmatch(parts.scheme)) and parts.scheme not in NOT_APPS
    return is_app and len(address) > len(parts.scheme) + 1


def is_name(host: str) -> bool:
    """A host that can be looked up: no label is empty or longer than DNS has them. Or an IPv6 address."""
    return ":" in host or all(0 < len(label) < 64 for label in host.removesuffix(".").split("."))


def clean(name: str) -> str:
    """A name that somebody chose, without what hides or turns letters around."""
    shown = "".join(" " if unicodedata.category(one) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} else one for one in name)
    return " ".join(shown.split())


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Refusal("invalid_client_metadata", "Send one JSON object.")
    return said
