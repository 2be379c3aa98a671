"""The settings: one page a subject, and on each the same index, which says where one is."""

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone

from okey.owners.models import Owner
from okey.owners.templatetags.settings_subjects import SUBJECTS
from okey.webhooks import endpoints
from okey.webhooks.models import Endpoint, EventType

UNDER_ANOTHER = {
    "/settings/feed/": "/settings/calendars/",
    "/settings/calendars/servers/connect/": "/settings/calendars/",
    "/settings/booking/types/": "/settings/booking/",
    "/settings/booking/types/new/": "/settings/booking/",
    "/settings/data/close/": "/settings/data/",
    "/accounts/email/": "/settings/security/",
    "/accounts/password/change/": "/settings/security/",
    "/accounts/2fa/totp/activate/": "/settings/security/",
    "/integrations/personal_link/link/": "/settings/",
    "/integrations/zoom/diary/": "/settings/",
}


class Index(HTMLParser):
    """The links of the index, and those of them that are marked."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str | None] = []
        self.marked: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a" and named.get("class") == "subjects__link":
            self.links.append(named["href"])
            self.marked += [named["href"]] if "aria-current" in named else []


@pytest.mark.parametrize("path", [*(one.path for one in SUBJECTS), *UNDER_ANOTHER])
def test_every_page_of_the_settings_has_the_index_and_marks_its_subject(alice_client: Client, path: str) -> None:
    response = alice_client.get(path)
    assert response.status_code == 200
    index = Index(response.content.decode())
    every = [one.path for one in SUBJECTS]
    assert index.links == every * 2, "beside the page, and folded up above it"
    assert index.marked == [UNDER_ANOTHER.get(path, path)] * 2


def test_who_follows_a_mail_finds_the_providers_where_the_profile_is(alice_client: Client) -> None:
    page = alice_client.get("/settings/").content.decode()
    assert 'id="providers"' in page
    assert "Connected meeting providers" in page
    assert 'id="profile"' in page
    assert 'id="webhooks"' not in page


def test_the_index_says_that_a_webhook_fails_or_was_given_up(alice: Owner, alice_client: Client) -> None:
    def is_marked() -> bool:
        return "Failing" in alice_client.get("/settings/").content.decode()

    one = endpoints.add(owner=alice, url="https://example.com/okey", events=[EventType.MEETING_OVER])
    assert not is_marked()
    for changed in ({"failing_since": timezone.now()}, {"disabled_at": timezone.now(), "disabled_why": "gone"}):
        Endpoint.objects.filter(pk=one.pk).update(**changed)
        assert is_marked(), changed
    Endpoint.objects.filter(pk=one.pk).update(disabled_why="owner")
    assert not is_marked()
