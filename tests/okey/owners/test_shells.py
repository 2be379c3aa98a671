"""Every page: its frame, its policy, and nothing inline."""

from html.parser import HTMLParser

import pytest
from django.contrib.messages import constants
from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views.defaults import server_error
from pytest_django import Settings

PLAIN_PAGES = ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/signup/"]
SIGNED_IN_PAGES = [
    "/settings/",
    "/week/",
    "/settings/security/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/logout/",
    "/nothing/",
]


class InlineFinder(HTMLParser):
    """Finds what the content security policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.headings += tag == "h1"
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        for name in ("src", "href", "action"):
            value = names.get(name) or ""
            if value.startswith(("http:", "https:", "//", "javascript:")):
                self.found.append(value)


def assert_clean(html: str) -> None:
    finder = InlineFinder()
    finder.feed(html)
    assert finder.found == []
    assert finder.headings == 1


@pytest.mark.parametrize("path", PLAIN_PAGES)
def test_signed_out_pages_have_nothing_inline(path: str, client: Client, db: None) -> None:
    response = client.get(path)
    assert_clean(response.content.decode())
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", SIGNED_IN_PAGES)
def test_signed_in_pages_have_nothing_inline(path: str, alice_client: Client) -> None:
    response = alice_client.get(path)
    assert_clean(response.content.decode())
    assert "script-src 'self'" in response["Content-Security-Policy"]


def test_the_shell_leads_everywhere_and_marks_where_one_is(alice_client: Client) -> None:
    page = alice_client.get("/settings/").content.decode()
    for path in ("/", "/contacts/", "/meetings/", "/week/", "/conversations/", "/settings/booking/", "/settings/"):
        assert f'class="tabs__link" href="{path}"' in page
    assert 'class="tabs__link" href="/settings/" aria-current="page"' in page
    assert '<a class="skip-link" href="#subject">' in page, "past the index of the settings"
    assert 'id="subject" tabindex="-1"' in page
    assert '<a class="skip-link" href="#main">' in alice_client.get("/contacts/").content.decode()
    assert 'action="/accounts/logout/"' in page


def test_the_style_guide_shows_every_part_and_only_under_debug(client: Client, settings: Settings) -> None:
    assert client.get("/styleguide/").status_code == 404
    settings.DEBUG = True
    page = client.get("/styleguide/").content.decode()
    assert_clean(page)
    for part in ("button--danger", "badge--wait", "notice--bad", 'class="empty"', "data-copy", "pagination", "<dialog"):
        assert part in page


def test_a_field_is_tied_to_its_label_help_and_error(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    page = client.get("/styleguide/").content.decode()
    assert '<label class="field__label" for="id_title">' in page
    assert 'aria-describedby="wrong_title_helptext wrong_title_error"' in page
    assert 'aria-invalid="true"' in page
    assert '<legend class="field__label">Kind' in page


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429"])
def test_error_pages_have_nothing_inline(name: str, rf: RequestFactory) -> None:
    assert_clean(render_to_string(f"{name}.html", request=rf.get("/")))


def test_the_last_resort_page_needs_nothing(rf: RequestFactory) -> None:
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert_clean(response.content.decode())


def test_a_form_without_its_token_is_told_what_to_do() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/")
    assert response.status_code == 403
    assert "This page had grown old" in response.content.decode()


def test_messages_are_notices_of_their_tone() -> None:
    class Message:
        def __init__(self, level: int, tag: str) -> None:
            self.level, self.level_tag = level, tag

        def __str__(self) -> str:
            return "<what happened>"

    messages = [Message(constants.SUCCESS, "success"), Message(constants.ERROR, "error")]
    html = render_to_string("parts/messages.html", {"messages": messages})
    assert "notice--good" in html
    assert "notice--bad" in html
    assert html.count("data-leaves") == 1  # bad news stays
    assert html.count("&lt;what happened&gt;") == 2


def test_health_asks_the_database(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    response = client.get("/health/")
    assert (response.status_code, response.content, response["Content-Type"]) == (200, b"ok", "text/plain")

    def gone() -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", gone)
        assert client.get("/health/").status_code == 503


def test_browsers_find_an_icon_where_they_ask_for_one(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response["Location"] == "/static/img/mark.svg"
    assert finders.find("img/mark.svg")


def test_an_address_that_needs_a_button_says_so_when_it_is_opened(alice_client: Client) -> None:
    answer = alice_client.get("/integrations/jitsi/connect/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "This needs a button" in answer.content.decode()
