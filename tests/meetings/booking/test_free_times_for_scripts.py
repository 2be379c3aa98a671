"""A booking page's free times as JSON, which scripts on the owner's own sites may read, and no others."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from okey.owners.models import Owner
from tests.meetings.booking.cast import NOW, bookable

pytestmark = pytest.mark.django_db

PATH = "/book/alice-archer/free-times/"
SITE = "https://alice.example"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_it_gives_the_times_that_the_page_offers_with_where_to_book_them(client: Client, alice: Owner) -> None:
    bookable(alice)
    answer = client.get(PATH, {"limit": 2}).json()
    assert [item["starts_at"] for item in answer["items"]] == ["2026-11-25T08:00:00Z", "2026-11-25T08:30:00Z"]
    assert (answer["has_more"], answer["minutes"], answer["timezone"]) == (True, 30, "Europe/Berlin")
    address = answer["items"][0]["book_url"].removeprefix("http://testserver.localhost:8000")
    page = client.get(address)
    assert page.status_code == 200
    assert 'name="token"' in page.content.decode()


def test_only_the_owners_own_sites_may_read_it(client: Client, alice: Owner, bob: Owner) -> None:
    bookable(alice, embeds_on=[SITE, "https://shop.example"])
    bookable(bob, embeds_on=["https://bob.example"])
    for origin in (SITE, "https://shop.example"):
        response = client.get(PATH, headers={"Origin": origin})
        assert (response.status_code, response[ALLOWED]) == (200, origin)
        assert "Access-Control-Allow-Credentials" not in response
    for origin in (
        "https://evil.example",
        "https://bob.example",
        f"{SITE}.evil.example",
        "null",
        "http://alice.example",
        "",
    ):
        response = client.get(PATH, headers={"Origin": origin})
        assert ALLOWED not in response
    assert "Origin" in client.get(PATH)["Vary"]


@pytest.mark.parametrize(
    "path", ["/book/alice-archer/", "/book/alice-archer/embed/", "/api/v1/slots", "/api/v1/me", "/"]
)
def test_nothing_else_may_be_read_from_elsewhere(client: Client, alice: Owner, path: str) -> None:
    bookable(alice, embeds_on=[SITE])
    assert ALLOWED not in client.get(path, headers={"Origin": SITE})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=tomorrow", "since"),
        ("since=2026-11-25", "since"),
        ("until=2020-01-01T00:00:00Z", "until"),
        ("until=2027-11-01T00:00:00Z", "until"),
        ("since=9999-12-31T23:59:59-12:00", "since"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
    ],
)
def test_what_makes_no_sense_is_a_problem_that_the_site_may_read(
    client: Client, alice: Owner, query: str, field: str
) -> None:
    bookable(alice, embeds_on=[SITE])
    response = client.get(f"{PATH}?{query}", headers={"Origin": SITE})
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert response[ALLOWED] == SITE


def test_a_page_that_is_off_is_closed_here_too(client: Client, alice: Owner) -> None:
    bookable(alice, is_page_on=False, embeds_on=[SITE])
    response = client.get(PATH, headers={"Origin": SITE})
    assert response.status_code == 404
    assert ALLOWED not in response


def test_it_is_read_only_and_sets_no_cookie(client: Client, alice: Owner) -> None:
    bookable(alice)
    assert client.head(PATH).status_code == 200
    assert client.post(PATH).status_code == 405
    assert client.options(PATH).status_code == 405
    assert not client.cookies
