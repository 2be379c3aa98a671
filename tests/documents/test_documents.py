"""docs/api.md, docs/mcp.md and docs/webhooks.md, as a newcomer pastes them: in order, on a fresh `make run`.

With `make run` on ports of this test's, and what is installed already; nothing is fetched, and nothing kept.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dev import ports
from tests.documents import n8n
from tests.documents.reader import Product, Reader
from tests.documents.reading import NAMES
from tests.documents.shell import Shell
from tests.documents.uses import NEED_NODE, Use, used
from tests.make_run import copy_checkout, running

pytestmark = [pytest.mark.processes, pytest.mark.documents]

Read = Callable[[str, str], None]
RECEIVERS = ("8090", "8091")
TOKEN = ".venv/bin/python manage.py make_token demo@example.com read schedule\n"


def sections() -> Iterator[object]:
    """Those in which something is run; each once, in order."""
    for document in NAMES:
        for heading in dict.fromkeys(block.heading for block, use in used(document) if use is Use.COMMANDS):
            marks = [pytest.mark.openapi_tools] if (document, heading) in NEED_NODE else []
            yield pytest.param(document, heading, marks=marks, id=f"{document}: {heading}")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"))
    (checkout / ".venv").symlink_to(sys.prefix)  # what `make run` would install
    port = ports.pick_free()
    with running(checkout, port):
        yield Product(checkout, f"http://{ports.LOOPBACK}:{port}")


@pytest.fixture(scope="module")
def read(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    """A reader for each document, each in a terminal of their own."""
    with ExitStack() as terminals:
        readers: dict[str, Reader] = {}

        def read(document: str, heading: str) -> None:
            if document not in readers:
                shell = terminals.enter_context(Shell(tmp_path_factory.mktemp(document), product.checkout))
                here = {"http://127.0.0.1:8000": product.url} | {port: str(ports.pick_free()) for port in RECEIVERS}
                readers[document] = Reader(document, shell, here)
            readers[document].read(heading)

        yield read


@pytest.mark.parametrize(("document", "heading"), list(sections()))
def test_what_the_section_says_is_so(read: Read, document: str, heading: str) -> None:
    read(document, heading)


def test_the_n8n_workflow_offers_times_books_one_and_offers_others(product: Product, tmp_path: Path) -> None:
    with Shell(tmp_path, product.checkout) as shell:
        token = shell.run(TOKEN).printed.strip()
    run = n8n.Run(product.url, token)
    status, offered = run.called("GET", "free-times")
    assert status == 200
    sent = {"submission": "4711", "name": 'Ann "Form" Lee', "email": "ann@example.com"}
    sent["starts_at"] = offered["items"][5]["starts_at"]  # the first may run out of notice meanwhile
    status, booked = run.called("POST", "book-a-call", sent)
    assert (status, booked["starts_at"]) == (201, sent["starts_at"])
    assert booked["client_page"].startswith(f"{product.url}/m/")
    # n8n tries again after an answer that was lost; then somebody else wants the same time
    assert run.called("POST", "book-a-call", sent)[1]["client_page"] == booked["client_page"]
    status, refused = run.called("POST", "book-a-call", sent | {"submission": "4712", "email": "bob@example.com"})
    assert (status, refused["code"]) == (409, "slot_taken")
    assert sent["starts_at"] not in json.dumps(refused["next_free"])
    status, refused = run.called("POST", "book-a-call", sent | {"submission": "4713", "email": "nobody"})
    assert (status, refused["code"]) == (422, "invalid")
    assert run.calls == [
        "GET /api/v1/slots 200",
        "POST /api/v1/meetings 201",
        "POST /api/v1/meetings 201",
        "POST /api/v1/meetings 409",
        "POST /api/v1/meetings 422",
    ]
