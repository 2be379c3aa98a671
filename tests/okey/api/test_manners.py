"""HTTP as programs expect it: HEAD beside GET, 415 for what is no JSON, a key that is empty, connections that go on."""

import json
from uuid import uuid4

import pytest
from django.test import Client, RequestFactory

from okey.api.middleware import ApiAnswersMiddleware
from okey.contacts.models import Contact
from okey.lib import draining
from okey.owners.models import Owner
from tests.api.operations import Operation, operations
from tests.api.things import things_of
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db

DORA = {"name": "Dora Diver", "email": "dora@example.com"}
READS = [one for one in operations() if one.method == "GET"]


# --- HEAD -------------------------------------------------------------------------------------------------


def test_head_is_answered_wherever_get_is_without_a_body(subtests: pytest.Subtests, alice: Owner) -> None:
    ids, caller = things_of(alice), Caller(alice)
    for operation in READS:
        with subtests.test(operation=str(operation)):
            path = operation.filled(ids)
            got, headed = caller.get(path), caller.call("HEAD", path)
            assert (headed.status_code, headed.content) == (got.status_code, b"")
            assert headed["Content-Type"] == got["Content-Type"]
            assert headed["Content-Length"] == str(len(got.content))


def test_head_needs_a_token_as_get_does(alice: Owner) -> None:
    response = Client().head("/api/v1/me")
    assert (response.status_code, response.content) == (401, b"")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_head_where_there_is_no_get_is_not_allowed(alice: Owner) -> None:
    response = Caller(alice).call("HEAD", "/connections/complete")
    assert (response.status_code, response["Allow"]) == (405, "POST")


# --- What is sent -----------------------------------------------------------------------------------------


def send(caller: Caller, operation: Operation, path: str, content_type: str | None) -> object:
    return Client().generic(
        operation.method,
        f"/api/v1{path}",
        json.dumps(DORA),
        content_type=content_type or "",
        headers={"Authorization": f"Bearer {caller.secret}"},
    )


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_body_that_is_not_called_json_is_refused(
    subtests: pytest.Subtests, alice: Owner, content_type: str | None
) -> None:
    ids, caller = things_of(alice), Caller(alice)
    for operation in operations():
        if operation.body_schema is not None:
            with subtests.test(operation=str(operation)):
                response = send(caller, operation, operation.filled(ids), content_type)
                problem(response, 415, "unsupported_media_type")
                assert response["Accept"] == "application/json"
    assert not Contact.objects.filter(email=DORA["email"]).exists()


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_taken_however_it_is_written(alice: Owner, content_type: str) -> None:
    operation = next(one for one in operations() if one.name == "add_contact")
    assert send(Caller(alice), operation, "/contacts", content_type).status_code == 201


def test_a_call_without_a_body_needs_no_type(alice: Owner) -> None:
    path = f"/api/v1/contacts/{things_of(alice)['contact_id']}/archive"
    bearer = {"Authorization": f"Bearer {Caller(alice).secret}"}
    assert Client().generic("POST", path, b"", content_type="", headers=bearer).status_code == 200
    form = "application/x-www-form-urlencoded"  # curl -X POST -d ""
    assert Client().generic("POST", path, b"", content_type=form, headers=bearer).status_code == 200


# --- Keys -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "ä", "a b"])
def test_a_key_that_protects_nobody_is_refused_by_every_operation_that_takes_one(
    subtests: pytest.Subtests, alice: Owner, key: str
) -> None:
    ids, caller = things_of(alice), Caller(alice)
    taking = [
        one for one in operations() if any(each["name"] == "Idempotency-Key" for each in one.described["parameters"])
    ]
    assert len(taking) >= 5
    for operation in taking:
        with subtests.test(operation=str(operation)):
            response = caller.call(operation.method, operation.filled(ids), {}, idempotency_key=key)
            document = problem(response, 422, "invalid")
            assert "Idempotency-Key" in [error["field"] for error in document["errors"]]


def test_a_key_may_be_as_long_as_elsewhere(alice: Owner) -> None:
    key = "k" * 255
    first = Caller(alice).post("/contacts", DORA, idempotency_key=key)
    again = Caller(alice).post("/contacts", DORA, idempotency_key=key)
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)


def test_without_the_header_nothing_is_asked(alice: Owner) -> None:
    assert Caller(alice).post("/contacts", DORA).status_code == 201


# --- What is too large ------------------------------------------------------------------------------------


def test_the_rest_of_a_refused_body_is_read_so_that_the_connection_goes_on(alice: Owner) -> None:
    """tests/processes of gunicorn: tests/meetings/api/test_waiting_callers.py."""
    body = b"[" + b" " * 3_000_000
    request = RequestFactory().post("/api/v1/contacts", body, content_type="application/json")
    request.META["HTTP_AUTHORIZATION"] = f"Bearer {Caller(alice).secret}"

    def refuse(_request: object) -> object:
        return Client().post("/api/v1/contacts", body, "application/json", headers=bearer(alice))

    response = ApiAnswersMiddleware(refuse)(request)  # type: ignore[arg-type]
    assert response.status_code == 413
    assert request.read() == b""


def test_no_more_is_read_than_can_be_meant_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "DRAINED_MAX", 1000)
    request = RequestFactory().post("/", b"x" * 1500, content_type="text/plain")
    draining.drain(request)
    assert len(request.read()) == 500


def bearer(owner: Owner) -> dict[str, str]:
    return {"Authorization": f"Bearer {Caller(owner).secret}", "Idempotency-Key": str(uuid4())}
