"""Signing in by an organisation's OpenID Connect, where the operator has set one up.

protocol.py speaks with the provider and checks what it says, entrance.py decides whom that lets in, views.py are the
pages. Accounts, second factor and sessions are allauth's, as for every other way in. allauth's own views of OpenID
Connect are not used: they ask for no nonce, take a token's word for its signature, do not compare the issuer with the
one that was set up, and have a limit for each read rather than for the whole.
"""

from dataclasses import dataclass, field

from django.conf import settings


@dataclass(frozen=True)
class Organisation:
    """`vouches_for_addresses`: the operator trusts what it says of them. `brings_people`: they need no invitation."""

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    vouches_for_addresses: bool = False
    brings_people: bool = False


def set_up() -> Organisation | None:
    """The settings; None where there is none. Half of them do not start (okey/sign_in_settings.py)."""
    if not settings.OKEY_OIDC_SERVER_URL:
        return None
    return Organisation(
        name=settings.OKEY_OIDC_NAME,
        issuer=settings.OKEY_OIDC_SERVER_URL,
        client_id=settings.OKEY_OIDC_CLIENT_ID,
        client_secret=settings.OKEY_OIDC_CLIENT_SECRET,
        vouches_for_addresses=settings.OKEY_OIDC_TRUST_EMAIL,
        brings_people=settings.OKEY_OIDC_SIGN_UP,
    )
