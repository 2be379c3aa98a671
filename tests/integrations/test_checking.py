"""*Test connection* asks the vendor one thing that changes nothing, and says in one sentence what came of it."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations import checking, connections
from integrations.models import Connection
from okey.owners.models import Owner
from tests.integrations.walking import Clock, account
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def said(client: Client, one: Connection) -> str:
    """What settings show after the button."""
    response = client.post(reverse("integrations:test", args=[one.pk]), follow=True)
    (message,) = response.context["messages"]
    return str(message)


def test_it_answers(zoom: ZoomSimulator, alice: Owner, alice_client: Client) -> None:
    one = connect_zoom(zoom, alice)
    before = zoom.calls("create")
    assert "Test connection" in alice_client.get("/settings/").content.decode()
    assert said(alice_client, one) == f"Zoom answers, as {account().email}. All is well."
    assert zoom.calls("create") == before


def test_a_token_that_is_over_is_renewed_first(
    zoom: ZoomSimulator, alice: Owner, alice_client: Client, clock: Clock
) -> None:
    one = connect_zoom(zoom, alice)
    clock.shift(minutes=5)  # one that it issued this minute it would refuse without a reason
    zoom.expire("jill")
    assert "All is well." in said(alice_client, one)


def test_zoom_does_not_answer(zoom: ZoomSimulator, alice: Owner, alice_client: Client) -> None:
    one = connect_zoom(zoom, alice)
    zoom.fault("users_me", "status", times=None)
    assert said(alice_client, one).startswith("Zoom does not answer at the moment. There is nothing for you to do")


def test_permission_that_was_taken_back(zoom: ZoomSimulator, alice: Owner, alice_client: Client) -> None:
    one = connect_zoom(zoom, alice)
    zoom.deauthorize("jill")
    assert said(alice_client, one).startswith(("Zoom does not let O-Key in.", "Zoom does not answer"))


def test_how_often(zoom: ZoomSimulator, alice: Owner, alice_client: Client) -> None:
    one = connect_zoom(zoom, alice)
    for _ in range(checking.TESTS):
        assert "All is well." in said(alice_client, one)
    asked = zoom.calls("users_me")
    assert said(alice_client, one).startswith("You have tested often.")
    assert zoom.calls("users_me") == asked


def test_only_ones_own_and_only_where_somebody_can_be_asked(
    zoom: ZoomSimulator, alice: Owner, alice_client: Client, bob_client: Client
) -> None:
    one, jitsi = connect_zoom(zoom, alice), connections.connect(owner=alice, provider="jitsi")
    asked = zoom.calls("users_me")
    assert bob_client.post(reverse("integrations:test", args=[one.pk])).status_code == 404
    assert alice_client.post(reverse("integrations:test", args=[jitsi.pk])).status_code == 404
    assert alice_client.get(reverse("integrations:test", args=[one.pk])).status_code == 405
    assert zoom.calls("users_me") == asked
