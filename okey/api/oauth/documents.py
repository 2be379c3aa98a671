"""The documents by which clients say who they are: fetched from addresses that anybody may name, and kept for a while.

A page waits for one, so everything has an end: looking the name up, connecting, reading. Where it leads is checked as
for webhooks, but that nothing is opened for it.
"""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import requests
from django.db import DataError, transaction
from django.utils import timezone
from django_mcpz.oauth import cimd
from django_mcpz.oauth.models import NAME_MAX_LENGTH, Client

from okey.lib.open_internet import OpenInternetAdapter, PrivateAddress

#: For everything, the wait for a free place included.
DEADLINE_SECONDS = 4.0
LARGEST = 16 * 1024
#: So long one is good, and so long one that cannot be had anew is not asked for again.
FRESH, AGAIN = timedelta(hours=1), timedelta(minutes=10)
#: Of one web process, at once: others wait for a place, and no longer than the deadline.
PLACES = 2

# Looking a name up cannot be interrupted, so it is done where no page waits for its end.
_fetchers = ThreadPoolExecutor(PLACES, thread_name_prefix="client-document")


class Unusable(Exception):
    """There is no document, or none that says who the client is."""


def client_at(address: str) -> Client:
    """The client whose document is at this address. Raises Unusable."""
    now = timezone.now()
    client = Client.objects.filter(client_id=address, kind=Client.Kind.METADATA).first()
    if client and client.fetched_at and client.fetched_at > now - FRESH:
        return client
    try:
        document = cimd.validate_document(fetch(address), address)
        with transaction.atomic():
            return Client.objects.update_or_create(
                client_id=address,
                defaults={
                    "kind": Client.Kind.METADATA,
                    "name": document["client_name"][:NAME_MAX_LENGTH],
                    "redirect_uris": document["redirect_uris"],
                    "fetched_at": now,
                },
            )[0]
    except (Unusable, cimd.MetadataError, ValueError, RecursionError, DataError) as error:  # the last three: odd ones
        if client is None:
            raise Unusable from error
    # It was good once: an outage over there ends nothing here.
    Client.objects.filter(pk=client.pk).update(fetched_at=now - FRESH + AGAIN)
    return client


def fetch(address: str) -> Any:
    """What is there, as JSON. Raises Unusable."""
    under_way: Future[Any] = _fetchers.submit(_get, address)
    try:
        return under_way.result(timeout=DEADLINE_SECONDS)
    except TimeoutError:
        under_way.cancel()
        raise Unusable("took too long") from None


def _get(address: str) -> Any:
    try:
        with requests.Session() as session:
            session.trust_env = False  # no .netrc, no proxies by surprise
            session.mount("https://", _Transport("https"))
            headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "O-Key-OAuth/1"}
            answer = session.get(address, headers=headers, timeout=DEADLINE_SECONDS, allow_redirects=False)
        if answer.status_code != requests.codes.ok:
            raise Unusable(f"status {answer.status_code}")
        return json.loads(answer.content)
    except (OSError, PrivateAddress, ValueError, RecursionError) as error:  # OSError: of requests, and of look-ups
        raise Unusable(type(error).__name__) from error


class _Transport(OpenInternetAdapter):
    largest = LARGEST
