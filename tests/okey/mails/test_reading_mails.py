"""The pages with the mails that `make run` keeps in files: there and nowhere else."""

import os
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django import Settings

from okey.mails.reader import FILE_BACKEND

pytestmark = pytest.mark.django_db

CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def kept(settings: Settings, tmp_path: Path) -> Path:
    settings.DEBUG = True
    settings.EMAIL_BACKEND = FILE_BACKEND
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def send(subject: str = "Hello") -> None:
    message = EmailMultiAlternatives(subject, "Read https://okey.example/m/abc/\n", to=["ann@example.com"])
    message.attach_alternative("<html><head></head><body><p>Hé</p><script>bad()</script></body></html>", "text/html")
    message.attach_alternative(CALENDAR, "text/calendar; method=REQUEST")
    message.send()


def only_key(client: Client) -> str:
    (found,) = client.get("/mails/").context["mails"]
    return str(found.key)


def test_they_are_listed_newest_first(kept: Path, client: Client) -> None:
    """When each was written is set here: a file's time has a tick, in which a machine may write all three."""
    for written_at, name in ((20, "c"), (30, "a"), (10, "b")):
        file = kept / f"{name}.log"
        file.write_bytes(f"Subject: Written at {written_at}\nTo: a@b.example\n\nHi\n".encode())
        os.utime(file, (written_at, written_at))
    subjects = [one.subject for one in client.get("/mails/").context["mails"]]
    assert subjects == ["Written at 30", "Written at 20", "Written at 10"]


def test_several_mails_of_one_connection_are_all_there(kept: Path, client: Client) -> None:
    with mail.get_connection() as connection:
        for number in range(2):
            EmailMultiAlternatives(f"Number {number}", "-" * 79, to=["a@b.example"], connection=connection).send()
    assert [one.subject for one in client.get("/mails/").context["mails"]] == ["Number 1", "Number 0"]


def test_when_a_mail_was_sent_is_said_with_its_zone(kept: Path, alice_client: Client) -> None:
    """Mails are dated in UTC, by a mark that Python's parser takes for no zone at all."""
    (kept / "one.log").write_bytes(b"Subject: Hi\nTo: a@b.example\nDate: Tue, 24 Nov 2026 15:00:00 -0000\n\nHi\n")
    assert "Tue 24 Nov 2026, 16:00:00 CET" in alice_client.get("/mails/").content.decode()


def test_an_empty_folder_says_so(kept: Path, client: Client) -> None:
    assert "No mails yet" in client.get("/mails/").content.decode()


def test_a_folder_that_is_not_there_yet_says_so(kept: Path, client: Client, settings: Settings) -> None:
    settings.EMAIL_FILE_PATH = str(kept / "later")
    assert "No mails yet" in client.get("/mails/").content.decode()


def test_a_mail_is_shown_with_each_of_its_parts(kept: Path, client: Client) -> None:
    send("<b>Grüße</b>")
    key = only_key(client)
    response = client.get(f"/mails/{key}/")
    html = response.content.decode()
    assert "&lt;b&gt;Grüße&lt;/b&gt;" in html
    assert '<a href="https://okey.example/m/abc/"' in html
    assert "METHOD:REQUEST" in html
    assert f'src="/mails/{key}/html/" sandbox="allow-popups allow-popups-to-escape-sandbox"' in html
    assert "frame-src 'self'" in response["Content-Security-Policy"]
    calendar = client.get(f"/mails/{key}/invite.ics")
    assert calendar["Content-Type"].startswith("text/calendar")
    assert b"METHOD:REQUEST" in calendar.content


def test_a_mails_html_can_do_nothing(kept: Path, client: Client) -> None:
    send()
    response = client.get(f"/mails/{only_key(client)}/html/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "script-src" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "Hé" in response.content.decode()


@pytest.mark.parametrize("key", ["nothing", "nothing-0", "..%2F..%2Fsettings-0", "%00-0", "x" * 3000])
def test_a_key_that_is_none_finds_nothing(kept: Path, client: Client, key: str) -> None:
    send()
    assert client.get(f"/mails/{key}/").status_code == 404


@pytest.mark.parametrize("path", ["", "some-0/", "some-0/html/", "some-0/invite.ics"])
@pytest.mark.parametrize(
    "changed", [{"DEBUG": False}, {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}]
)
def test_elsewhere_these_pages_do_not_exist(
    kept: Path, client: Client, settings: Settings, path: str, changed: dict[str, object]
) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    assert client.get(f"/mails/{path}").status_code == 404
