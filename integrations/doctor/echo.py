"""The way from here to O-Key's own address and back through whatever proxies stand before it.

The doctor asks its own address with a signed word; only O-Key with the same SECRET_KEY answers it, and says what of
the question arrived. So a wrong host, certificate, proxy or header shows, which no setting could show by itself.
"""

import secrets
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner
from django.http import HttpRequest

from okey.lib.deadlines import DeadlineAdapter
from okey.limits import limits

HEADER = "X-Okey-Doctor"
PATH = "/health/live"
#: What a client could write into X-Forwarded-For to pass for somebody else: an address that is nobody's (RFC 5737).
PLANTED = "192.0.2.77"
SECONDS = 5
_ASKING, _ANSWERING = "okey.doctor.asking", "okey.doctor.answering"


@dataclass(frozen=True)
class Echo:
    """What came back. `words` alone: why nothing did. `status` without the rest: somebody else's answer."""

    words: str = ""
    status: int = 0
    is_ours: bool = False
    is_secure: bool = False
    #: Whether the planted address was taken for the client's.
    is_fooled: bool = False
    #: Whether a proxy has said from where the question came.
    is_forwarded: bool = False


def answer_to(request: HttpRequest) -> dict[str, Any] | None:
    """None: the question is not our own doctor's."""
    try:
        word = TimestampSigner(salt=_ASKING).unsign(request.headers.get(HEADER, ""), max_age=60)
    except BadSignature:
        return None
    return {
        "word": Signer(salt=_ANSWERING).sign(word),
        "is_secure": request.is_secure(),
        "is_fooled": limits.address_of(request) == PLANTED,
        "is_forwarded": request.headers.get("X-Forwarded-For", "") not in {"", PLANTED},
    }


def ask() -> Echo:
    """Ask OKEY_BASE_URL, as a client from outside would."""
    word = secrets.token_urlsafe(16)
    headers = {HEADER: TimestampSigner(salt=_ASKING).sign(word), "X-Forwarded-For": PLANTED}
    try:
        with _session() as session:
            url = settings.OKEY_BASE_URL + PATH
            answer = session.get(url, headers=headers, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return Echo(words=str(error) or type(error).__name__)
    try:
        said = answer.json()
        is_ours = Signer(salt=_ANSWERING).unsign(said.pop("word")) == word
        facts = ("is_secure", "is_fooled", "is_forwarded")
        is_secure, is_fooled, is_forwarded = (said.get(name) is True for name in facts)
    except (ValueError, AttributeError, TypeError, KeyError, BadSignature):
        return Echo(status=answer.status_code)
    return Echo("", answer.status_code, is_ours, is_secure, is_fooled, is_forwarded)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", DeadlineAdapter())
    session.mount("http://", DeadlineAdapter())
    return session
