"""Signing in by the organisation, as a browser does."""

import html
import re
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialAccount
from django.test import Client

from okey.owners.models import Owner
from tests.openid_provider import OpenIdProvider

LINK = re.compile(r'http-equiv="refresh" content="0; url=(.*?)"')


def url_there(page: Any) -> str:
    """Where the page in between leads."""
    found = LINK.search(page.content.decode())
    assert found, page.content.decode()
    return html.unescape(found[1])


def come_back(client: Client, address: str) -> Any:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(client: Client, acme: OpenIdProvider, *, place: str = "") -> Any:
    """By the button on the sign-in page. The answer to the way back."""
    there = client.post("/accounts/organisation/", {"next": place} if place else {})
    return come_back(client, acme.visit(url_there(there)))


def is_in(client: Client) -> bool:
    return bool(client.get("/settings/security/").status_code == 200)


def known(owner: Owner, acme: OpenIdProvider) -> SocialAccount:
    return SocialAccount.objects.create(user=owner, provider=acme.issuer, uid=acme.person["sub"])


def only_button(page: Any) -> str:
    """The one thing to do on a page that leads nowhere else."""
    text = page.content.decode()
    buttons = re.findall(r'class="button[^"]*"[^>]*href="([^"]+)"', text)
    assert len(buttons) == 1, buttons
    return str(buttons[0])
