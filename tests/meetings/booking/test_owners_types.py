"""The owner's pages about types of meeting: list, add, edit, hours, order, off and on; nothing typed is lost."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from meetings.models import MeetingType
from meetings.types import editing
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable
from tests.meetings.page_cast import connect_zoom

pytestmark = pytest.mark.django_db

TYPES = "/settings/booking/types/"
NO_QUESTIONS = {
    "question-TOTAL_FORMS": "0",
    "question-INITIAL_FORMS": "0",
    "question-MIN_NUM_FORMS": "0",
    "question-MAX_NUM_FORMS": "10",
}
PLAIN = {"name": "Talk", "place": "default", **NO_QUESTIONS}


@pytest.fixture
def client(client: Client, alice: Owner) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def talk(alice: Owner) -> MeetingType:
    return editing.add(alice, name="Talk", lengths=[30])


def words(response: Any) -> str:
    return str(response.content.decode())


def page(client: Client, address: str = TYPES) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return words(response)


def questions(*rows: dict[str, str]) -> dict[str, str]:
    return {
        **NO_QUESTIONS,
        "question-TOTAL_FORMS": str(len(rows)),
        **{f"question-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()},
    }


# --- The list ---------------------------------------------------------------------------------------------


def test_a_new_owner_has_one_type(client: Client) -> None:
    html = page(client)
    assert ">Meeting</a>" in html
    assert "30 minutes · By video, with your default provider" in html
    assert "Your booking page is off" in html
    assert MeetingType.objects.count() == 1


def test_each_has_its_address_to_copy_once_the_page_is_on(client: Client, alice: Owner, talk: MeetingType) -> None:
    assert "/book/alice-archer/talk/" not in page(client)
    bookable(alice)
    assert f'value="{settings.OKEY_BASE_URL}/book/alice-archer/talk/"' in page(client)


def test_switching_off_and_on(client: Client, alice: Owner, talk: MeetingType) -> None:
    bookable(alice)
    for _twice in range(2):
        client.post(f"{TYPES}{talk.pk}/switch/", {"to": "off"})
    talk.refresh_from_db()
    assert not talk.is_on
    client.post(f"{TYPES}{editing.own(alice)[0].pk}/switch/", {"to": "off"})
    assert "Clients read that you offer nothing" in page(client)
    client.post(f"{TYPES}{talk.pk}/switch/", {"to": "on"})
    assert "“Talk” can be booked." in page(client)


def test_order(client: Client, alice: Owner, talk: MeetingType) -> None:
    for _twice in range(2):
        client.post(f"{TYPES}{talk.pk}/up/")
    assert [one.name for one in editing.own(alice)] == ["Talk", "Meeting"]


def test_a_provider_that_is_gone_is_named(client: Client, talk: MeetingType) -> None:
    MeetingType.objects.filter(pk=talk.pk).update(place="provider", provider="zoom")
    assert "Zoom is not connected any more" in page(client)
    assert "By video, with Zoom (not connected)" in page(client, f"{TYPES}{talk.pk}/")


def test_others_types_are_not_there(client: Client, bob: Owner) -> None:
    theirs = editing.own(bob)[0].pk
    for number, path in enumerate(["", "hours/", "up/", "switch/"]):
        for pk in (theirs, uuid4()):
            call = client.post if number else client.get
            assert call(f"{TYPES}{pk}/{path}", {"to": "off"}).status_code == 404
    assert editing.own(bob)[0].is_on


def test_changes_are_posts(client: Client, talk: MeetingType) -> None:
    for path in ("up/", "switch/"):
        assert client.get(f"{TYPES}{talk.pk}/{path}").status_code == 405


# --- Add and edit -----------------------------------------------------------------------------------------


def test_a_name_is_enough(client: Client, alice: Owner) -> None:
    assert client.post(f"{TYPES}new/", {**PLAIN, "name": "First  Talk ☕"})["Location"] == TYPES
    made = editing.own(alice)[1]
    assert (made.name, made.slug, made.lengths, made.place) == ("First Talk ☕", "first-talk", [], "default")
    client.post(f"{TYPES}new/", {**PLAIN, "name": "First talk"})
    client.post(f"{TYPES}new/", {**PLAIN, "name": "Details"})
    client.post(f"{TYPES}new/", {**PLAIN, "name": "قصير"})
    assert [one.slug for one in editing.own(alice)[2:]] == ["first-talk-2", "details-2", "meeting-2"]


def test_all_of_it(client: Client, alice: Owner, talk: MeetingType) -> None:
    connect_zoom(alice)
    values = {
        **PLAIN,
        "name": "Workshop",
        "description": "Bring <b>tools</b>",
        "lengths": ["60", "20"],
        "place": "provider:zoom",
        "notice_minutes": "1440",
        "horizon_days": "14",
        "a_day": "2",
        "a_week": "5",
        "is_hidden": "on",
        "slug": "work",
        "leads_to": "https://www.example.com/thanks?a=1",
    }
    assert client.post(f"{TYPES}{talk.pk}/", values)["Location"] == TYPES
    talk.refresh_from_db()
    assert (talk.name, talk.slug, talk.lengths, talk.place, talk.provider) == (
        "Workshop",
        "work",
        [20, 60],
        "provider",
        "zoom",
    )
    assert (talk.notice_minutes, talk.horizon_days, talk.a_day, talk.a_week) == (1440, 14, 2, 5)
    html = page(client, f"{TYPES}{talk.pk}/")
    assert "Bring &lt;b&gt;tools&lt;/b&gt;" in html
    assert 'value="provider:zoom" selected' in html
    assert "Hidden" in page(client)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "Give it a name."),
        ({"slug": "meeting"}, "This address is taken."),
        ({"slug": "details"}, "This address is taken."),
        ({"slug": "No Good"}, "Use small letters"),
        ({"place": "provider:zoom"}, "not one of the available choices"),
        ({"lengths": ["7"]}, "not one of the available choices"),
        ({"horizon_days": "0"}, "greater than or equal to 1"),
        ({"leads_to": "javascript:alert(1)"}, "Write the whole address of a page"),
        ({"leads_to": "//evil.example"}, "Write the whole address of a page"),
        ({"leads_to": "https://user@evil.example"}, "Write the whole address of a page"),
        ({"leads_to": "data:text/html,x"}, "Write the whole address of a page"),
        (questions({"text": "Which?", "kind": "choice", "choices": "One"}), "name 2 to 20 answers"),
        (questions({"text": "Which?", "kind": "odd", "choices": ""}), "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(
    client: Client, talk: MeetingType, changes: dict[str, Any], said: str
) -> None:
    response = client.post(f"{TYPES}{talk.pk}/", {**PLAIN, "description": "Typed for long", **changes})
    assert response.status_code == 200
    assert said in words(response)
    assert "Typed for long" in words(response)
    before = MeetingType.objects.get(pk=talk.pk)
    assert (before.slug, before.description, before.leads_to) == ("talk", "", "")


def test_questions_are_added_changed_and_removed(client: Client, alice: Owner, talk: MeetingType) -> None:
    first = {"text": "Your phone?", "kind": "phone", "is_required": "on"}
    second = {"text": "Which?", "kind": "choice", "choices": "One\r\n Two \r\n\r\nOne"}
    client.post(f"{TYPES}{talk.pk}/", {**PLAIN, **questions(first, {"text": " ", "kind": "text"}, second)})
    talk.refresh_from_db()
    kept = talk.questions
    assert [(one["text"], one["kind"], one["is_required"], one["choices"]) for one in kept] == [
        ("Your phone?", "phone", True, []),
        ("Which?", "choice", False, ["One", "Two"]),
    ]
    keys = re.findall(r'name="question-\d-key" value="(\w+)"', page(client, f"{TYPES}{talk.pk}/"))
    assert keys == [one["id"] for one in kept]
    removed = {"key": keys[0], "text": "", "kind": "phone"}
    changed = {"key": keys[1], "text": "Which one?", "kind": "choice", "choices": "One\nTwo\nThree"}
    client.post(f"{TYPES}{talk.pk}/", {**PLAIN, **questions(removed, changed)})
    talk.refresh_from_db()
    assert [(one["id"], one["text"]) for one in talk.questions] == [(keys[1], "Which one?")]


def test_no_more_types_than_can_be_looked_over(client: Client, alice: Owner, talk: MeetingType) -> None:
    for number in range(editing.TYPES_MAX - 2):
        editing.add(alice, name=f"Type {number}")
    assert "Add a type" not in page(client)
    assert "You can have 30 types of meeting." in words(client.post(f"{TYPES}new/", PLAIN))


# --- Hours ------------------------------------------------------------------------------------------------


def week(**ranges: str) -> dict[str, str]:
    """`day0="09:00-12:00"`."""
    data = {}
    for day in range(7):
        one = ranges.get(f"day{day}", "")
        data |= {f"day{day}-TOTAL_FORMS": "1" if one else "0", f"day{day}-INITIAL_FORMS": "0"}
        if one:
            data[f"day{day}-0-starts"], data[f"day{day}-0-ends"] = one.split("-")
    return data


def test_its_own_hours_and_back(client: Client, talk: MeetingType) -> None:
    address = f"{TYPES}{talk.pk}/hours/"
    html = page(client, address)
    assert 'value="09:00"' in html, "the owner's to begin with"
    assert f'action="{address}"' in html
    assert client.post(address, week(day0="18:00-20:00")).status_code == 302
    talk.refresh_from_db()
    assert talk.weekly == {"0": [["18:00", "20:00"]]}
    assert "Mon 18:00–20:00" in page(client, f"{TYPES}{talk.pk}/")
    more = words(client.post(address, {**week(day0="18:00-20:00"), "more": "0"}))
    assert "Not saved yet." in more
    assert f'action="{address}"' in more
    assert 'data-swaps="#weekly-hours"' in more
    assert "after the start" in words(client.post(address, week(day0="20:00-18:00")))
    client.post(address, {"usual": "1"})
    talk.refresh_from_db()
    assert talk.weekly is None
