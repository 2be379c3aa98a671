"""Passwords: reset by mail, and changed by who knows the old one."""

import re
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from pytest_django import Settings

from okey.mails import outbox
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.conftest import PASSWORD

NEW_PASSWORD = "staple of another kind"


def link_in(message: mail.EmailMessage) -> str:
    """The path of the set-password link in a mail."""
    found = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", str(message.body))
    assert found, message.body
    return found.group(1)


def mailed() -> list[mail.EmailMessage]:
    """What has gone out, with what waited."""
    for one in Mail.objects.exclude(due_at=None):
        outbox.send(str(one.pk))
    return list(mail.outbox)


def without_token(page: str) -> str:
    return re.sub(r'"X-CSRFToken": "\w+"', "", page)


def set_password(client: Client, path: str, password: str) -> None:
    """Go where the link leads, as a browser does, and save the password."""
    form = client.get(path)
    assert form.status_code == 302, form.content
    assert "Choose a password" in client.get(form["Location"]).content.decode()
    done = client.post(form["Location"], {"password1": password, "password2": password}, follow=True)
    assert "Your password is saved" in done.content.decode()


def test_a_forgotten_password_is_set_anew_by_mail(alice: Owner, client: Client) -> None:
    response = client.post("/accounts/password/reset/", {"email": "alice@example.com"}, follow=True)
    assert "Check your inbox" in response.content.decode()
    [message] = mailed()
    assert message.to == ["alice@example.com"]
    assert message.subject == "Reset your O-Key password"
    assert str(message.body).startswith("Hello Alice Archer,\n\n")
    set_password(client, link_in(message), NEW_PASSWORD)
    assert not client.login(email=alice.email, password=PASSWORD)
    response = client.post("/accounts/login/", {"login": alice.email, "password": NEW_PASSWORD})
    assert response.status_code == 302


def test_the_link_works_once(alice: Owner, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    path = link_in(mailed()[0])
    set_password(client, path, NEW_PASSWORD)
    assert "This link no longer works" in Client().get(path).content.decode()


def test_while_the_mail_server_is_away_the_page_is_the_same_and_the_link_comes_later(
    alice: Owner, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_backend: EmailBackend, _messages: object) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")

    with time_machine.travel(datetime(2026, 11, 26, 12, tzinfo=UTC), tick=False) as clock:
        with monkeypatch.context() as patched:
            patched.setattr(EmailBackend, "send_messages", away)
            page = client.post("/accounts/password/reset/", {"email": alice.email}, follow=True)
            assert "Check your inbox" in page.content.decode()
            assert mailed() == []
        clock.shift(timedelta(hours=1))
        [message] = mailed()
        set_password(client, link_in(message), NEW_PASSWORD)


def test_what_opens_an_account_is_not_kept(alice: Owner, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    assert "/accounts/password/reset/key/" in Mail.objects.get().text
    mailed()
    assert Mail.objects.get().text == ""


def test_nor_is_it_once_it_is_given_up(alice: Owner, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_backend: EmailBackend, _messages: object) -> int:
        raise SMTPRecipientsRefused({alice.email: (550, b"No such user")})

    client.post("/accounts/password/reset/", {"email": alice.email})
    monkeypatch.setattr(EmailBackend, "send_messages", refused)
    mailed()
    assert (Mail.objects.get().text, Mail.objects.get().due_at) == ("", None)


def test_the_link_grows_old(alice: Owner, client: Client, settings: Settings) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "This link no longer works" in client.get(link_in(mailed()[0])).content.decode()


def test_the_page_does_not_tell_whether_an_address_is_known(alice: Owner, client: Client) -> None:
    known, unknown = (
        client.post("/accounts/password/reset/", {"email": email}, follow=True).content.decode()
        for email in (alice.email, "nobody@example.com")
    )
    assert without_token(known) == without_token(unknown)


def test_who_has_no_account_gets_no_mail(alice: Owner, client: Client) -> None:
    """A third person's address typed here, again and again."""
    for _try in range(3):
        client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert mailed() == []


def test_mails_about_passwords_say_that_no_person_wrote_them(alice: Owner, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    assert mailed()[0].message()["Auto-Submitted"] == "auto-generated"


def test_a_weak_password_is_refused_beside_its_field(alice: Owner, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    form = client.get(link_in(mailed()[0]))["Location"]
    page = client.post(form, {"password1": "12345678", "password2": "12345678"}).content.decode()
    assert 'id="id_password1_error"' in page
    assert "too common" in page


def test_eleven_characters_are_too_few(alice: Owner, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    form = client.get(link_in(mailed()[0]))["Location"]
    page = client.post(form, {"password1": "elf zeichen", "password2": "elf zeichen"}).content.decode()
    assert "at least 12 characters" in page
    client.post(form, {"password1": "elf zeichen.", "password2": "elf zeichen."})
    alice.refresh_from_db()
    assert alice.check_password("elf zeichen.")


def test_an_owner_changes_the_password_and_stays_signed_in(alice: Owner, alice_client: Client) -> None:
    wrong = {"oldpassword": "wrong", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert 'id="id_oldpassword_error"' in alice_client.post("/accounts/password/change/", wrong).content.decode()
    changed = alice_client.post("/accounts/password/change/", {**wrong, "oldpassword": PASSWORD}, follow=True)
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)
    assert changed.redirect_chain == [("/settings/security/", 302)], "where one sees the other browsers"
    assert "Your password is changed." in changed.content.decode()
