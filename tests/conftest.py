"""The fixed cast: alice owns, bob shares, charlie is a stranger."""

import pytest
from django.test import Client

from okey.owners.models import Owner


def _owner(name: str) -> Owner:
    return Owner.objects.create_user(
        f"{name.lower()}@example.com", "correct horse battery", name=f"{name} Archer", timezone="Europe/Berlin"
    )


@pytest.fixture
def alice(db: None) -> Owner:
    return _owner("Alice")


@pytest.fixture
def bob(db: None) -> Owner:
    return _owner("Bob")


@pytest.fixture
def charlie(db: None) -> Owner:
    return _owner("Charlie")


def _signed_in(owner: Owner) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def alice_client(alice: Owner) -> Client:
    return _signed_in(alice)


@pytest.fixture
def bob_client(bob: Owner) -> Client:
    return _signed_in(bob)


@pytest.fixture
def charlie_client(charlie: Owner) -> Client:
    return _signed_in(charlie)
