"""schemathesis: any request that the OpenAPI document allows, and many that it does not, against every operation.

No 500, no status or header that the document does not name, no answer that is not as it describes, nothing accepted
that it forbids. In this process, by way of WSGI, with real data and a real token.

Collecting this file thinks out all its requests, which takes longer than making them: `make test` collects it in the
stage `fuzz` only, in two processes with half of the operations each.
"""

import itertools
import os
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from meetings import link_wait
from okey.api import limiting
from okey.api.schemas import ZONE_FORMAT
from okey.owners.models import Owner
from okey.wsgi import application
from tests.api.things import THINGS, things_of
from tests.okey.api.caller import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.fuzz]

#: Beside those that schemathesis thinks out for each parameter and keyword, some fifteen an operation.
EXAMPLES = 4
#: The WSGI client of schemathesis asks for compressed answers and does not unpack them.
HOST = {"Host": "localhost", "Accept-Encoding": "identity"}


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


schemathesis.openapi.format(ZONE_FORMAT, st.sampled_from(["Europe/Berlin", "Asia/Tokyo", "UTC"]))
schemathesis.openapi.format("email", st.emails().filter(_is_address))

config = schemathesis.Config()
accepted = config.projects.default.checks.positive_data_acceptance
# What JSON Schema cannot say: 412 for an ETag that is not the present one, 422 for a rule such as an address of https.
accepted.expected_statuses = [*accepted.expected_statuses, "412", "422"]
#: "0" or "1"; without it, all.
HALF = os.environ.get("OKEY_FUZZ_HALF", "")


def _is_in_this_half(operation: Any) -> bool:
    return not HALF or zlib.crc32(operation.label.encode()) % 2 == int(HALF)


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=config, headers=HOST).include(
    lambda context: _is_in_this_half(context.operation)
)


@schemathesis.check
def a_refused_value_is_named(
    _context: schemathesis.CheckContext, response: schemathesis.Response, _case: schemathesis.Case
) -> None:
    """What JSON Schema cannot say, such as an address that is taken, is refused with the field that is meant."""
    if response.status_code == 422:
        document = response.json()
        assert document["errors"] or document["code"] == "idempotency_key_reused", document


@pytest.fixture
def connection_stays_open() -> Iterator[None]:
    """The test's transaction lives in it, and a request that is over would close it."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def ids(alice: Owner) -> dict[str, str]:
    return things_of(alice)


@pytest.fixture
def secret(alice: Owner, monkeypatch: pytest.MonkeyPatch, connection_stays_open: None) -> str:
    monkeypatch.setattr(limiting, "CALLS_A_MINUTE", 10**6)
    monkeypatch.setattr(limiting, "REFUSALS_A_MINUTE", 10**6)
    monkeypatch.setattr(
        link_wait, "PLACES", link_wait.Places(at_most=0, an_owner=0)
    )  # nobody makes links here: do not wait for one
    return Caller(alice).secret


TURN = itertools.cycle([True, True, False])


def _use_real_ids(case: schemathesis.Case, ids: dict[str, str]) -> None:
    """Made-up IDs are not found; most requests shall get further."""
    for holder in (case.path_parameters, case.query, case.body):
        if isinstance(holder, dict) and next(TURN):
            holder.update({name: ids[name] for name in holder if name in THINGS and _is_made_up(holder[name])})


def _is_made_up(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 36


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_any_request(case: schemathesis.Case, secret: str, ids: dict[str, str]) -> None:
    _use_real_ids(case, ids)
    case.call_and_validate(headers={"Authorization": f"Bearer {secret}", **HOST})
