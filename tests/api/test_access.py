"""Who may not: every operation of the API, tried by everybody whom it must refuse. Made from the OpenAPI document."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from okey.api import limiting, tokens
from okey.api.models import ApiToken, Scope
from okey.owners.models import Owner
from tests.api.operations import Operation, example, operations
from tests.api.things import COMMON, THINGS, things_of
from tests.okey.api.caller import ALL_SCOPES, Caller, problem
from tests.zoom_fixtures import connect_zoom, zoom, zoom_process, zoom_settings
from tests.zoom_simulator import ZoomSimulator

__all__ = ["zoom", "zoom_process", "zoom_settings"]

pytestmark = pytest.mark.django_db

OPERATIONS = operations()
#: What a refused call may write: that it was counted, and that the token was used.
COUNTED = ('"limits_tally"', '"api_apitoken"')
#: Names that no answer has, whatever they hold.
NEVER = ("start_url", "access_token", "refresh_token", "secret_hash", "state_hash", "handle_hash")


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "REFUSALS_A_MINUTE", 10_000)
    monkeypatch.setattr(limiting, "CALLS_A_MINUTE", 10_000)


@contextmanager
def tried(operation: Operation, subtests: pytest.Subtests) -> Iterator[None]:
    """One operation, named where it fails; whatever it changed is undone."""
    with subtests.test(operation=str(operation)), transaction.atomic():
        yield
        transaction.set_rollback(True)


def call(operation: Operation, caller: Caller, ids: dict[str, str], **headers: str) -> HttpResponse:
    """As the document shows it, with these IDs."""
    schema = operation.body_schema
    own = {name: value for name, value in ids.items() if name in THINGS}
    body = None if schema is None else example(schema, own)
    return caller.call(operation.method, operation.filled(ids), body, **operation.required_headers, **headers)


def check_refused(
    operation: Operation, caller: Caller, ids: dict[str, str], status: int, code: str, **headers: str
) -> dict[str, Any]:
    """Refused by this problem, and nothing was written."""
    with CaptureQueriesContext(connection) as queries:
        response = call(operation, caller, ids, **headers)
    assert _writes(queries) == []
    return problem(response, status, code)


def _writes(queries: CaptureQueriesContext) -> list[str]:
    statements = [query["sql"] for query in queries.captured_queries]
    changing = [one for one in statements if one.startswith(("INSERT", "UPDATE", "DELETE"))]
    return [one for one in changing if not any(table in one for table in COUNTED)]


# --- Nothing escapes --------------------------------------------------------------------------------------


def test_every_operation_asks_for_a_scope_and_has_its_words() -> None:
    assert len(OPERATIONS) > 10
    assert [str(one) for one in OPERATIONS if one.scope not in ALL_SCOPES] == [], "auth=needs(Scope.…) is missing"
    assert [str(one) for one in OPERATIONS if not (one.described.get("summary") and one.described.get("tags"))] == []


def test_every_id_belongs_to_something_that_is_tried() -> None:
    unknown = {name for operation in OPERATIONS for name in operation.ids} - set(THINGS) - set(COMMON)
    assert unknown == set(), f"add {unknown} to tests/api/things.py, so that other owners' IDs are tried"


# --- Nobody in particular ---------------------------------------------------------------------------------


def check_nobody(subtests: pytest.Subtests, owner: Owner, secret: str, **headers: str) -> None:
    ids = things_of(owner)
    for operation in OPERATIONS:
        with tried(operation, subtests):
            check_refused(operation, Caller(owner, secret=secret), ids, 401, "not_authenticated", **headers)


def test_no_token(subtests: pytest.Subtests, alice: Owner) -> None:
    check_nobody(subtests, alice, "x", Authorization="")


@pytest.mark.parametrize("secret", ["okey_wrong", "okey_" + "a" * 43, "\xff", " "])
def test_a_token_that_is_none(subtests: pytest.Subtests, alice: Owner, secret: str) -> None:
    check_nobody(subtests, alice, secret)


def test_a_session_is_no_token(subtests: pytest.Subtests, alice: Owner, alice_client: Client) -> None:
    ids = things_of(alice)
    for operation in OPERATIONS:
        with tried(operation, subtests):
            response = alice_client.generic(operation.method, f"/api/v1{operation.filled(ids)}")
            problem(response, 401, "not_authenticated")


def test_a_revoked_token(subtests: pytest.Subtests, alice: Owner) -> None:
    token, secret = tokens.make(owner=alice, name="test", scopes=ALL_SCOPES)
    tokens.revoke(owner=alice, token_id=token.pk)
    check_nobody(subtests, alice, secret)


def test_an_expired_token(subtests: pytest.Subtests, alice: Owner) -> None:
    _token, secret = tokens.make(owner=alice, name="test", scopes=ALL_SCOPES)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    check_nobody(subtests, alice, secret)


def test_an_owner_who_may_not_sign_in(subtests: pytest.Subtests, alice: Owner) -> None:
    _token, secret = tokens.make(owner=alice, name="test", scopes=ALL_SCOPES)
    Owner.objects.update(is_active=False)
    check_nobody(subtests, alice, secret)


def test_a_token_that_lacks_the_scope(subtests: pytest.Subtests, alice: Owner) -> None:
    ids = things_of(alice)
    lacking = {one: Caller(alice, scopes=[scope for scope in Scope if scope != one]) for one in ALL_SCOPES}
    for operation in OPERATIONS:
        with tried(operation, subtests):
            document = check_refused(operation, lacking[operation.scope], ids, 403, "scope_missing")
            assert document["scope"] == operation.scope


def test_an_owner_without_meeting_provider_access(subtests: pytest.Subtests, alice: Owner) -> None:
    ids, caller = things_of(alice), Caller(alice)
    Owner.objects.update(meeting_providers_enabled=False)
    for operation in OPERATIONS:
        if "Connections" in operation.described["tags"]:
            with tried(operation, subtests):
                check_refused(operation, caller, ids, 403, "not_entitled")


# --- Another owner ----------------------------------------------------------------------------------------


def test_another_owners_id_is_not_found(subtests: pytest.Subtests, alice: Owner, charlie: Owner) -> None:
    ids, stranger = things_of(alice), Caller(charlie)
    for operation in OPERATIONS:
        if set(operation.ids) & set(THINGS):
            with tried(operation, subtests):
                check_refused(operation, stranger, ids, 404, "not_found")


def test_another_owners_id_in_a_body_is_refused(subtests: pytest.Subtests, alice: Owner, charlie: Owner) -> None:
    hers, his, stranger = things_of(alice), things_of(charlie), Caller(charlie)
    for operation in OPERATIONS:
        text = json.dumps(example(operation.body_schema)) if operation.body_schema else ""
        strange = {name: hers[name] for name in THINGS if f'"{name}"' in text}
        if strange:
            with tried(operation, subtests), CaptureQueriesContext(connection) as queries:
                response = call(operation, stranger, his | strange)
                assert response.status_code in {404, 422}, response.content
            assert _writes(queries) == []


# --- What answers hold ------------------------------------------------------------------------------------


def test_an_answer_is_documented_and_holds_no_secret_and_nothing_of_another_owners(
    subtests: pytest.Subtests, zoom: ZoomSimulator, alice: Owner, charlie: Owner
) -> None:
    connect_zoom(zoom, charlie, "ben")
    connect_zoom(zoom, alice)
    mine, strange, caller = things_of(alice), things_of(charlie), Caller(alice)
    foreign = {charlie.email, charlie.name, "ben@example.com", str(charlie.pk), *(strange[name] for name in THINGS)}
    forbidden = {*foreign, *NEVER, *zoom.secrets(), caller.secret}
    for operation in OPERATIONS:
        with tried(operation, subtests):
            response = call(operation, caller, mine)
            assert response.status_code in operation.statuses, response.content
            assert response.status_code not in {400, 422}, f"the document's example is refused: {response.content!r}"
            text = response.content.decode()
            assert [one for one in forbidden if one in text] == []
