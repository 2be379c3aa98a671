"""Entries in calendars that their owners sign in to: the permission more, and what comes of it and of the calendar."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from integrations import authorization, registry
from integrations.calendars import choosing
from integrations.calendars.base import Entry, Outcome
from integrations.calendars.models import Calendar
from integrations.calendars.signed_in import Key
from integrations.models import ProviderAccount
from meetings.models import CalendarEntry, Meeting
from okey.owners.models import Owner
from tests.meetings.entries.places import SignedInPlace
from tests.meetings.entries.workers import go_on, read, work_all
from tests.meetings.linking import Schedule, edit

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PAGE = "/settings/calendars/"
#: What is asked for when meetings are to be entered, and never before.
ASKED = {"google_calendar": "https://www.googleapis.com/auth/calendar.events.owned", "outlook_calendar": "ReadWrite"}
CHALLENGE = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


@pytest.fixture(params=["on_google", "on_outlook"])
def there(request: pytest.FixtureRequest) -> SignedInPlace:
    place: SignedInPlace = request.getfixturevalue(request.param)
    return place


def asked_for(owner: Owner, there: SignedInPlace) -> str:
    url = authorization.url_of(authorization.begin(owner, there.service))
    return parse_qs(urlsplit(url).query)["scope"][0]


def row() -> CalendarEntry:
    return CalendarEntry.objects.get()


def test_one_chooses_it_on_the_page_and_is_led_to_allow_it(
    alice: Owner, alice_client: Client, found_there: Calendar, there: SignedInPlace, schedule: Schedule
) -> None:
    schedule(provider="")
    assert ASKED[there.service] not in asked_for(alice, there), "who has nothing entered is not asked for more"
    led = alice_client.post(f"{PAGE}entries/", {"calendar": str(found_there.pk)})
    assert led.status_code == 303
    assert led["Location"].startswith("/integrations/attempts/")
    assert "One more step" in alice_client.get(led["Location"]).content.decode()
    work_all()
    assert row().problem == "scope_missing"
    assert there.simulator.calls(there.creates) == 0, "O-Key knows that without asking"
    shown = alice_client.get(PAGE).content.decode()
    assert "has to let O-Key enter them first" in shown
    assert "Your meetings are entered here." not in shown
    assert "A permission is missing" in alice_client.get(f"/meetings/{row().meeting_id}/").content.decode()
    assert ASKED[there.service] in asked_for(alice, there)
    there.allow(alice)
    read(found_there)
    work_all()
    assert len(there.stand()) == 1
    assert row().problem == ""
    shown = alice_client.get(PAGE).content.decode()
    assert "has to let O-Key" not in shown
    assert "Your meetings are entered here." in shown
    assert found_there.host in alice_client.get(PAGE).content.decode()


def test_an_organization_that_allows_reading_only_leaves_reading_as_it_is(
    alice: Owner, found_there: Calendar, there: SignedInPlace, schedule: Schedule
) -> None:
    schedule(provider="")
    choosing.enter_meetings_in(owner=alice, calendar_id=found_there.pk)
    if there.service == "google_calendar":
        ticked = [f"https://www.googleapis.com/auth/calendar.{one}.readonly" for one in ("events", "calendarlist")]
        assert there.authorize(alice, scopes=ticked).outcome == "reconnected"
    read(found_there)
    work_all()
    assert Calendar.objects.get().trouble == ""
    assert (row().problem, there.simulator.calls(there.creates)) == ("scope_missing", 0)


def test_a_sign_in_that_would_take_the_permission_away_is_refused_and_names_it(
    alice: Owner, work: Calendar, there: SignedInPlace
) -> None:
    account = ProviderAccount.objects.get()
    lost = registry.calendars(there.service).writing[0]
    if there.service == "google_calendar":
        there.simulator.deauthorize("will")  # or Google adds what was granted before
        ticked = [f"https://www.googleapis.com/auth/calendar.{one}.readonly" for one in ("events", "calendarlist")]
        attempt = there.authorize(alice, scopes=ticked)
    else:
        there.simulator._control("POST", "tenants/contoso.example.com", {"withheld": [lost]})
        attempt = there.authorize(alice)
    assert attempt.outcome == "scope_missing"
    assert lost in attempt.detail
    assert ProviderAccount.objects.get().grant_no == account.grant_no


def test_calendars_of_others_are_not_offered(
    alice: Owner, alice_client: Client, found_there: Calendar, there: SignedInPlace
) -> None:
    me = there.simulator.state("calendars")["calendars"][0]["owner_id"]
    other = next(one for one in there.simulator.state("users")["users"] if one["id"] != me)
    there.simulator.add_calendar(other["id"], id="theirs", name="Theirs", shared_with=[me])
    page = f"{PAGE}at/{there.service}/"
    listed = alice_client.get(page).content.decode()
    assert "Theirs" in listed
    assert alice_client.post(page, {"calendars": ["primary", "theirs"]}).status_code == 302
    assert dict(Calendar.objects.values_list("external_id", "can_write")) == {"primary": True, "theirs": False}
    theirs = Calendar.objects.get(external_id="theirs")
    assert alice_client.post(f"{PAGE}entries/", {"calendar": str(theirs.pk)}).status_code == 404


def test_an_access_token_that_has_died_is_renewed(
    work: Calendar, there: SignedInPlace, schedule: Schedule, clock: Any
) -> None:
    schedule(provider="")
    clock.shift(timedelta(minutes=5))
    there.simulator.expire(there.simulator.first_user)
    work_all()
    assert len(there.stand()) == 1


def test_a_permission_that_was_taken_back_waits_for_the_reconnect(
    alice: Owner, work: Calendar, there: SignedInPlace, schedule: Schedule, clock: Any
) -> None:
    schedule(provider="")
    ProviderAccount.objects.update(state="needs_reconnect", lost_why="refused")
    work_all()
    assert row().problem == "reconnect"
    there.allow(alice)
    read(work)
    work_all()
    assert (len(there.stand()), row().problem) == (1, "")


LIMITS = {"event_insert": {"kind": "calendar_limit"}, "event_create": {"kind": "throttled", "seconds": 60}}


def test_who_is_over_a_limit_waits_and_costs_one_call(
    work: Calendar, there: SignedInPlace, schedule: Schedule, clock: Any
) -> None:
    for hours in range(3):
        schedule(provider="", starts_at=timezone.now() + (24 + hours) * HOUR)
    there.simulator.fault(there.creates, **LIMITS[there.creates])
    work_all()
    assert there.simulator.calls(there.creates) == 1
    assert set(CalendarEntry.objects.values_list("problem", flat=True)) == {"limited"}
    go_on(clock)
    assert len(there.stand()) == 3


def test_a_calendar_that_is_gone_is_not_taken_for_entries_that_the_owner_deleted(
    alice: Owner, work: Calendar, there: SignedInPlace, schedule: Schedule, clock: Any
) -> None:
    meeting = schedule(provider="")
    work_all()
    mine = next(one for one in there.simulator.state("calendars")["calendars"] if one["is_primary"])
    there.simulator.change_calendar(mine["id"], is_deleted=True)
    edit(alice, meeting, starts_at=meeting.starts_at + HOUR)
    work_all()
    assert (row().problem, row().found) == ("unshared", None)


def test_a_refusal_of_the_vendors_is_said_and_tried_again_seldom(
    work: Calendar, there: SignedInPlace, schedule: Schedule
) -> None:
    schedule(provider="")
    said = {"code": 400, "errors": [{"domain": "global", "reason": "invalid"}]}
    body = {"error": said if there.service == "google_calendar" else {"code": "ErrorInvalidRequest", "message": ""}}
    there.simulator.fault(there.creates, "status", status=400, body=body)
    work_all()
    assert row().problem == "not_allowed"
    assert row().due_at is not None
    assert row().due_at > timezone.now() + timedelta(hours=20)  # type: ignore[operator]


@pytest.mark.parametrize("fault", ["drop_after", "html", "empty", "bad_json"])
def test_an_answer_that_is_none_is_asked_for_again(
    work: Calendar, there: SignedInPlace, schedule: Schedule, clock: Any, fault: str
) -> None:
    schedule(provider="")
    more = {} if fault == "drop_after" else {"status": 200, "after": True}
    there.simulator.fault(there.creates, fault, **more)
    work_all()
    assert row().problem == "unreachable"
    go_on(clock)
    assert len(there.stand()) == 1
    assert row().problem == ""


def test_what_was_deleted_is_put_back_again_and_again(
    alice: Owner, alice_client: Client, work: Calendar, there: SignedInPlace, schedule: Schedule, clock: Any
) -> None:
    """Google keeps the ID of what was deleted, and Microsoft the name of its making."""
    meeting = schedule(provider="")
    work_all()
    for _time in range(2):
        there.empty()
        read(work)
        work_all()
        assert "You deleted its entry" in alice_client.get(f"/meetings/{meeting.pk}/").content.decode()
        alice_client.post(f"/meetings/{meeting.pk}/entry/put-back/")
        go_on(clock)
        assert [one.starts_at for one in there.stand()] == [meeting.starts_at]
    for chosen in (None, work.pk):
        choosing.enter_meetings_in(owner=alice, calendar_id=chosen)
        go_on(clock)
        assert len(there.stand()) == (1 if chosen else 0)


def test_another_calendar_of_the_same_account_is_chosen(
    alice: Owner, alice_client: Client, work: Calendar, there: SignedInPlace, schedule: Schedule, clock: Any
) -> None:
    meeting = schedule(provider="")
    work_all()
    team = next(one for one in there.simulator.state("calendars")["calendars"] if one["name"] == "Team")
    alice_client.post(f"{PAGE}at/{there.service}/", {"calendars": ["primary", team["id"]]})
    for external_id in (team["id"], "primary", team["id"]):
        chosen = Calendar.objects.get(external_id=external_id)
        choosing.enter_meetings_in(owner=alice, calendar_id=chosen.pk)
        go_on(clock)
        [entry] = there.simulator.entries()
        assert (entry["calendar_id"] == team["id"]) is (external_id == team["id"])
    assert [one.starts_at for one in there.stand()] == [meeting.starts_at]


def test_an_entry_in_its_own_words(there: SignedInPlace, work: Calendar) -> None:
    """A link that Outlook has no place for stands in the text; times are what they are in UTC."""
    source = registry.calendars(there.service)
    link = f"https://teams.example.com/l/{'x' * 300}"
    starts_at = timezone.now() + timedelta(days=1)
    uid = "0f0e0d0c-0b0a-4908-8706-050403020100"
    entry = Entry(uid, 0, "T" * 300, starts_at, starts_at + HOUR, "With Yuki.", link, timezone.now(), nonce="1.1")
    token = ProviderAccount.objects.get().pair()[0]
    written = source.write(Key(token).secret, entry, None, seconds=5)
    assert written.outcome is Outcome.DONE
    again = source.write(Key(token).secret, entry, None, seconds=5)
    assert (again.outcome, again.there) == (Outcome.DONE, written.there)
    [entry_there] = there.simulator.entries()
    if there.service == "outlook_calendar":
        assert entry_there["more"]["location"] == "teams.example.com"
        assert entry_there["more"]["body"]["content"].startswith(link)
    else:
        assert entry_there["more"]["location"] == link
    unknown = source.remove(Key(token).secret, uid, None, seconds=5)
    assert unknown.outcome is Outcome.CHANGED, "nobody knew of it"
    assert source.remove(Key(token).secret, uid, written.there, seconds=5).outcome is Outcome.DONE
    assert source.remove(Key(token).secret, uid, written.there, seconds=5).outcome is Outcome.DONE
    assert there.simulator.entries() == []


@pytest.mark.parametrize("there", ["on_google"], indirect=True)
def test_whole_days_that_the_owner_made_of_it_are_times_again(
    alice_client: Client, work: Calendar, there: SignedInPlace, schedule: Schedule, clock: Any
) -> None:
    meeting = schedule(provider="")
    work_all()
    [entry] = there.simulator.entries()
    there.simulator.change_entry(entry["id"], is_all_day=True, start="2026-12-05", end="2026-12-06")
    read(work)
    work_all()
    assert "You moved its entry" in alice_client.get(f"/meetings/{meeting.pk}/").content.decode()
    alice_client.post(f"/meetings/{meeting.pk}/entry/put-back/")
    go_on(clock)
    assert [one.starts_at for one in there.stand()] == [Meeting.objects.get().starts_at]


@pytest.mark.parametrize("there", ["on_outlook"], indirect=True)
def test_another_sign_in_that_graph_demands_is_noted_and_brought(
    alice: Owner, work: Calendar, there: SignedInPlace, schedule: Schedule, clock: Any
) -> None:
    schedule(provider="")
    clock.shift(timedelta(minutes=5))
    there.simulator.change_user("carla", challenge=CHALLENGE, graph_challenge=True)
    work_all()
    account = ProviderAccount.objects.get()
    assert (row().problem, account.claims) == ("reconnect", CHALLENGE)
    assert (account.state, account.lost_why) == ("needs_reconnect", "challenged"), "no further token will do"
    url = authorization.url_of(authorization.begin(alice, there.service))
    assert parse_qs(urlsplit(url).query)["claims"] == [CHALLENGE]
    there.allow(alice)
    read(work)
    work_all()
    assert (len(there.stand()), row().problem) == (1, "")
