"""O-Key among a phone's apps: the manifest, its icons, the page for when there is no internet, and who answers it."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from meetings.booking import settings as booking_settings
from okey.owners.models import Owner
from okey.owners.phone_views import ICONS

PNG_SIZE = slice(16, 24)


def test_the_manifest_names_our_own_address_and_icons_that_are_there(client: Client) -> None:
    response = client.get("/manifest.webmanifest")
    facts = response.json()

    assert response["Content-Type"] == "application/manifest+json"
    assert (facts["start_url"], facts["scope"], facts["display"]) == ("/", "/", "standalone")
    assert {(icon["sizes"], icon["purpose"]) for icon in facts["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    assert all(icon["src"].startswith("/static/img/") for icon in facts["icons"])


@pytest.mark.parametrize(("file", "sizes"), [icon[:2] for icon in ICONS])
def test_an_icon_has_the_size_that_the_manifest_says(file: str, sizes: str) -> None:
    found = finders.find(file)
    assert found
    header = Path(found).read_bytes()[PNG_SIZE]
    assert f"{int.from_bytes(header[:4])}x{int.from_bytes(header[4:])}" == sizes


def test_owners_pages_name_the_manifest_and_clients_pages_do_not(
    client: Client, alice: Owner, alice_client: Client
) -> None:
    link = '<link rel="manifest" href="/manifest.webmanifest">'
    assert link in alice_client.get("/contacts/").content.decode()
    assert link in client.get("/accounts/login/").content.decode()
    booking_settings.change(owner=alice, is_page_on=True)
    assert link not in client.get("/book/alice-archer/").content.decode()


def test_the_offline_page_is_the_same_for_everybody(client: Client, alice_client: Client) -> None:
    pages = [visitor.get("/offline/") for visitor in (client, alice_client)]

    assert pages[0].content == pages[1].content
    assert "You are offline" in pages[0].content.decode()
    assert "<script" not in pages[0].content.decode()
    assert not any(page.cookies for page in pages)


def test_the_service_worker_keeps_the_offline_page_and_its_files_only(client: Client) -> None:
    response = client.get("/service-worker.js")
    script, page = response.content.decode(), client.get("/offline/").content.decode()

    assert response["Content-Type"] == "text/javascript"
    assert "no-store" in response["Cache-Control"]
    kept = re.findall(r'"(/[^"]*)"', script.partition("const KEPT")[2].partition("]")[0])
    assert kept == ["/offline/", "/static/css/okey.css", "/static/css/plain.css", "/static/img/mark.svg"]
    assert set(re.findall(r'(?:href|src)="([^"]+)"', page)) == {*kept[1:]}, "a file of the page that is not kept"
    assert script.count("cache.") == 1, "nothing is put into the cache later"


def test_only_our_own_scripts_may_serve_as_workers(client: Client) -> None:
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy


def test_who_owes_a_second_factor_gets_them_too(alice_client: Client, settings: object) -> None:
    settings.OKEY_SECOND_FACTOR_REQUIRED = True  # type: ignore[attr-defined]
    for path in ("/manifest.webmanifest", "/service-worker.js", "/offline/"):
        assert alice_client.get(path).status_code == 200
