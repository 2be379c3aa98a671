"""What a visit costs: documents are compressed, and the ordinary ones stay small."""

import gzip

import pytest
from django.test import Client

from meetings.booking import settings as booking_settings
from okey.owners.models import Owner
from tests.meetings.page_cast import meeting_of
from tests.okey.api.caller import Caller

#: Bytes of HTML, before compression. Half of what they were when each page held every time zone.
BUDGETS = {"/settings/": 22_000, "/book/alice-archer/": 15_000, "/contacts/new/": 11_000}


@pytest.mark.parametrize("path", BUDGETS)
def test_documents_stay_within_their_budgets(alice: Owner, alice_client: Client, path: str) -> None:
    booking_settings.change(owner=alice, is_page_on=True)

    response = alice_client.get(path)

    assert response.status_code == 200
    assert len(response.content) <= BUDGETS[path], f"{len(response.content)} bytes"


def test_documents_are_compressed_with_padding(alice_client: Client) -> None:
    plain = alice_client.get("/settings/")
    squeezed = [alice_client.get("/settings/", headers={"Accept-Encoding": "gzip"}) for _look in range(12)]

    assert "Content-Encoding" not in plain
    assert {response["Content-Encoding"] for response in squeezed} == {"gzip"}
    assert "Accept-Encoding" in squeezed[0]["Vary"]
    assert b"Time zone" in gzip.decompress(squeezed[0].content)
    assert len(squeezed[0].content) < len(plain.content) / 2
    assert len({len(response.content) for response in squeezed}) > 1, "lengths that tell of what is inside"
    assert "default-src" in squeezed[0]["Content-Security-Policy"]


def test_a_small_answer_stays_as_it_is(client: Client, db: None) -> None:
    assert "Content-Encoding" not in client.get("/health/", headers={"Accept-Encoding": "gzip"})


def test_an_etag_of_a_compressed_answer_still_guards_a_change(alice: Owner) -> None:
    program, meeting = Caller(alice), meeting_of(alice, provider="")
    etag = program.get(f"/meetings/{meeting.pk}", accept_encoding="gzip")["ETag"]

    assert etag.startswith("W/")
    changed = program.patch(f"/meetings/{meeting.pk}", {"title": "New"}, if_match=etag)
    assert changed.status_code == 200, changed.content
