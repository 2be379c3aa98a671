"""Help, privacy, terms and support for everybody, with the operator's own texts; and whose domain this is."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from okey.about.texts import PAGES, Page
from okey.owners.models import Owner


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_without_a_file_it_says_what_is_true_of_the_software(
    client: Client, db: None, settings: Any, one: Page
) -> None:
    settings.SUPPORT_EMAIL = "help@okey.example"
    answer = client.get(f"/{one.name}/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert f"<h1>{one.title}</h1>" in text
    assert one.name == "help" or "help@okey.example" in text


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_the_operators_own_text_takes_its_place(
    client: Client, db: None, settings: Any, tmp_path: Path, one: Page
) -> None:
    html, plain = tmp_path / "own.html", tmp_path / "own.txt"
    html.write_text("<h1>Ours</h1><p>By <b>us</b></p>")
    plain.write_text("Ours <script>\n\nhttps://us.example")
    setattr(settings, one.setting, str(html))
    assert "<p>By <b>us</b></p>" in client.get(f"/{one.name}/").content.decode()
    setattr(settings, one.setting, str(plain))
    text = client.get(f"/{one.name}/").content.decode()
    assert "<p>Ours &lt;script&gt;</p>" in text
    assert 'href="https://us.example"' in text


def test_a_file_that_is_gone_breaks_no_page(
    client: Client, db: None, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OKEY_TERMS_FILE = str(tmp_path / "none.html")
    assert "has not published terms of use here" in client.get("/terms/").content.decode()
    assert "OKEY_TERMS_FILE cannot be read" in caplog.text


def test_pages_lead_there(client: Client, alice: Owner, alice_client: Client) -> None:
    for where, path in ((client, "/accounts/login/"), (alice_client, "/contacts/"), (alice_client, "/settings/")):
        text = where.get(path).content.decode()
        assert [page.name for page in PAGES if f'href="/{page.name}/"' not in text] == []


def test_one_reads_them_before_the_second_factor_is_set_up(alice_client: Client, settings: Any) -> None:
    settings.OKEY_SECOND_FACTOR_REQUIRED = True
    assert [alice_client.get(f"/{page.name}/").status_code for page in PAGES] == [200] * len(PAGES)


def test_zoom_finds_its_code(client: Client, db: None, settings: Any) -> None:
    assert client.get("/zoomverify/verifyzoom.html").status_code == 404
    settings.OKEY_ZOOM_VERIFICATION = "ZOOM_verify_0a1b"
    assert client.get("/zoomverify/verifyzoom.html").content == b"ZOOM_verify_0a1b"
    page = client.get("/", follow=True).content.decode()
    assert '<meta name="zoom-domain-verification" content="ZOOM_verify_0a1b">' in page


def test_google_finds_its_file_or_its_tag(client: Client, db: None, settings: Any) -> None:
    settings.OKEY_GOOGLE_VERIFICATION = "google0a1b.html"
    assert client.get("/google0a1b.html").content == b"google-site-verification: google0a1b.html"
    assert client.get("/googleother.html").status_code == 404
    assert "google-site-verification" not in client.get("/help/").content.decode()
    settings.OKEY_GOOGLE_VERIFICATION = "Ab-c_1"
    assert '<meta name="google-site-verification" content="Ab-c_1">' in client.get("/help/").content.decode()
