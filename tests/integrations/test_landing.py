"""The landing page of Zoom's *Add*: whoever comes, signed in or not, is one step from connecting, by our own state."""

from django.test import Client

from integrations.models import AuthorizationAttempt
from okey.owners.models import Owner

START = "/integrations/zoom/start/"


def test_a_visitor_signs_in_and_is_back(client: Client, alice: Owner) -> None:
    page = client.get(START)
    assert page.status_code == 200
    assert f'href="/accounts/login/?next={START.replace("/", "%2F")}"' in page.content.decode()


def test_who_is_signed_in_connects_by_one_click(alice_client: Client) -> None:
    text = alice_client.get(START).content.decode()
    assert 'action="/integrations/zoom/connect/"' in text
    assert alice_client.post("/integrations/zoom/connect/").status_code == 303


def test_a_code_that_came_with_add_is_not_exchanged(client: Client, alice: Owner, alice_client: Client) -> None:
    for visitor in (client, alice_client):
        answer = visitor.get("/integrations/zoom/callback/?code=somebodys")
        assert answer.status_code == 302
        assert answer["Location"] == START
    assert not AuthorizationAttempt.objects.exists()


def test_what_is_not_signed_in_to_has_none(client: Client, db: None) -> None:
    assert client.get("/integrations/jitsi/start/").status_code == 404
