"""Owners' webhooks are told of connections: each change once, whichever way it shows, each owner of their own."""

import json
from collections.abc import Iterator

import pytest

from integrations import connections, grants, registry
from integrations.models import Connection
from integrations.refreshing import Asking
from okey.owners.models import Owner
from okey.webhooks.models import Event
from tests.integrations.walking import account, condemn
from tests.okey.webhooks.messages import check_as_documented
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_documented(db: None) -> Iterator[None]:
    """Whatever a test has told is as the API's document says."""
    yield
    check_as_documented()


def told(owner: Owner) -> list[str]:
    return [event.type.removeprefix("connection.") for event in Event.objects.filter(owner=owner).order_by("at", "pk")]


def test_connecting_and_disconnecting_are_told_once(zoom: ZoomSimulator, alice: Owner) -> None:
    connection = connect_zoom(zoom, alice)
    for _ in range(2):
        connections.disconnect(owner=alice, connection_id=connection.pk)
    assert told(alice) == ["connected", "disconnected"]
    assert Event.objects.latest("at").data == {
        "connection_id": str(connection.pk),
        "provider": "zoom",
        "reason": "disconnected",
    }


def test_a_provider_without_authorization_is_told_of_as_well(alice: Owner) -> None:
    for link in ("https://meet.example.com/alice", "https://meet.example.com/other"):
        connections.connect(owner=alice, provider="personal_link", link=link)
    assert told(alice) == ["connected"]
    assert "meet.example.com" not in json.dumps([event.data for event in Event.objects.all()])


def test_reconnecting_what_works_is_no_news(zoom: ZoomSimulator, alice: Owner) -> None:
    connect_zoom(zoom, alice)
    connect_zoom(zoom, alice)
    assert told(alice) == ["connected"]


def test_another_account_in_its_place_is_two_events(zoom: ZoomSimulator, alice: Owner) -> None:
    first = connect_zoom(zoom, alice)
    connections.disconnect(owner=alice, connection_id=first.pk)
    second = connect_zoom(zoom, alice, user="ben")
    assert told(alice) == ["connected", "disconnected", "connected"]
    assert Event.objects.latest("at").data["connection_id"] == str(second.pk)


def test_a_loss_is_told_once_to_each_owner_of_the_account_and_its_end_too(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, charlie: Owner
) -> None:
    connect_zoom(zoom, alice)
    connect_zoom(zoom, bob)
    connect_zoom(zoom, charlie, user="ben")
    assert grants.remove(account())
    grants.remove(account())
    assert told(alice) == told(bob) == ["connected", "needs_reconnect"]
    assert Event.objects.filter(type="connection.needs_reconnect").first().data["reason"] == "removed"  # type: ignore[union-attr]
    connect_zoom(zoom, bob)
    assert told(alice) == told(bob) == ["connected", "needs_reconnect", "connected"]
    assert told(charlie) == ["connected"]


def test_a_verdict_that_a_refresh_lifts_is_told(zoom: ZoomSimulator, alice: Owner) -> None:
    connect_zoom(zoom, alice)
    pair = registry.vendor("zoom").refresh(grants.tokens_of(account())[1])
    condemn(account())
    assert told(alice) == ["connected", "needs_reconnect"]
    assert grants.renew(account(), pair, Asking(account(), None))
    assert told(alice) == ["connected", "needs_reconnect", "connected"]


def test_a_renewed_grant_that_may_not_make_links_is_not_called_connected(zoom: ZoomSimulator, alice: Owner) -> None:
    connect_zoom(zoom, alice)
    grants.remove(account())
    with pytest.raises(AssertionError):
        connect_zoom(zoom, alice, scopes=["user:read:user"])
    assert Connection.objects.active().filter(owner=alice).exists()
    assert told(alice) == ["connected", "needs_reconnect"]
