"""What every call has in common: who calls, what is refused, and how errors look."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from okey.api import limiting, tokens
from okey.owners.models import Owner
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db


def test_me_names_the_owner_and_what_the_token_allows(alice: Owner) -> None:
    caller = Caller(alice, scopes=["read"])
    said = json.loads(caller.get("/me").content)
    assert (said["email"], said["timezone"]) == ("alice@example.com", "Europe/Berlin")
    assert (said["token"]["scopes"], said["token"]["prefix"]) == (["read"], caller.token.prefix)
    assert caller.secret not in json.dumps(said)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer okey_wrong", "Basic YTpi", "okey_", "Bearer \xff\xfe"]
)
def test_without_a_token_that_works_nothing_is_answered(alice: Owner, authorization: str) -> None:
    response = Client().get("/api/v1/me", headers={"Authorization": authorization})
    problem(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_no_token(alice_client: Client) -> None:
    problem(alice_client.get("/api/v1/me"), 401, "not_authenticated")


def test_a_token_without_the_scope_is_told_which_one_is_missing(alice: Owner) -> None:
    assert problem(Caller(alice, scopes=["connect"]).get("/me"), 403, "scope_missing")["scope"] == "read"


def test_every_answer_says_how_many_calls_are_left(alice: Owner) -> None:
    caller = Caller(alice)
    first, second = caller.get("/me"), caller.get("/me")
    assert first["RateLimit-Limit"] == str(limiting.CALLS_A_MINUTE)
    assert int(first["RateLimit-Remaining"]) == limiting.CALLS_A_MINUTE - 1
    assert int(second["RateLimit-Remaining"]) == limiting.CALLS_A_MINUTE - 2
    assert 1 <= int(first["RateLimit-Reset"]) <= 61


def test_too_many_calls_are_told_when_to_come_again(alice: Owner, bob: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "CALLS_A_MINUTE", 2)
    for _ in range(2):
        assert Caller(alice).get("/me").status_code == 200
    response = Caller(alice, secret=tokens.make(owner=alice, name="another", scopes=["read"])[1]).get("/me")
    problem(response, 429, "too_many_requests")
    assert (response["RateLimit-Remaining"], 1 <= int(response["Retry-After"]) <= 61) == ("0", True)
    assert Caller(bob).get("/me").status_code == 200


def test_a_call_that_reads_writes_nothing(alice: Owner) -> None:
    caller = Caller(alice)
    caller.get("/me")  # notes that the token was used, once a while
    with CaptureQueriesContext(connection) as queries:
        assert caller.get("/me").status_code == 200
    statements = [query["sql"] for query in queries.captured_queries]
    assert statements
    assert all(statement.startswith("SELECT") for statement in statements), statements


def test_trying_out_tokens_ends_soon(alice: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "REFUSALS_A_MINUTE", 3)
    wrong = Caller(alice, secret="okey_wrong")
    statuses = [wrong.get("/me").status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert Caller(alice).get("/me").status_code == 200


@pytest.mark.parametrize("path", ["/", "/nothing", "/me/", "/me\0", "/%ff%fe", "/meetings/x/y/z"])
def test_an_unknown_address_is_a_problem_too(alice: Owner, path: str) -> None:
    problem(Caller(alice).get(path), 404, "not_found")


def test_a_method_that_an_address_does_not_take(alice: Owner) -> None:
    response = Caller(alice).delete("/me")
    problem(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, HEAD"


def test_answers_are_kept_nowhere(alice: Owner) -> None:
    assert "no-store" in Caller(alice).get("/me")["Cache-Control"]


def test_every_code_is_explained_where_its_type_leads(alice: Owner) -> None:
    document = problem(Client().get("/api/v1/me"), 401, "not_authenticated")
    address, _, anchor = document["type"].partition("#")
    page = Client().get(address.removeprefix("http://testserver.localhost:8000"))
    assert f'id="{anchor}"' in page.content.decode()
