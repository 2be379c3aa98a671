"""A meeting's page: its link, what can be done with it, and that strangers find nothing."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects, assertTemplateUsed

from integrations.models import ProviderAccount
from meetings import diary
from meetings.links import making
from meetings.models import LinkJob, Meeting
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.page_cast import LINK, connect_jitsi, connect_zoom, meeting_of, ready_meeting, send_anyway

PAGES = ["", "link/", "reschedule/", "cancel/"]
POSTS = ["retry/", "new-link/", "add-link/", "cancel/", "reschedule/"]


def page_of(meeting: Meeting, page: str = "") -> str:
    return f"/meetings/{meeting.pk}/{page}"


def due() -> dict[str, object]:
    return {"due_at": timezone.now()}


def test_a_ready_link_is_opened_and_copied(alice_client: Client, alice: Owner) -> None:
    page = alice_client.get(page_of(ready_meeting(alice, connect_zoom(alice))))

    assertContains(page, f'href="{LINK}" target="_blank" rel="noopener noreferrer"')
    assertContains(page, f'value="{LINK}"')
    assertContains(page, "data-copy")
    assertContains(page, ">abc<")
    assertNotContains(page, "hx-trigger")


def test_facts_are_shown_in_the_owners_zone_and_the_contacts(alice_client: Client, alice: Owner) -> None:
    meeting = meeting_of(alice, agenda="One\nTwo")
    in_a_month = timezone.localtime(timezone.now() + timedelta(days=30), alice.timezone)
    starts_at = in_a_month.replace(hour=23, minute=45)
    Meeting.objects.update(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=90), minutes=90)
    type(meeting.contact).objects.update(timezone="Asia/Tokyo")

    page = alice_client.get(page_of(meeting))

    assertContains(page, "Ann Lee")
    assertContains(page, "One<br>Two")
    assertContains(page, "90 minutes")
    assertContains(page, "Europe/Berlin")
    assertContains(page, "Asia/Tokyo")
    assertContains(page, ":45</span> – <span")  # past midnight in Berlin, so the second day is named


def test_a_waiting_link_is_looked_for_every_two_seconds(alice_client: Client, alice: Owner) -> None:
    connect_zoom(alice)
    meeting = meeting_of(alice, job=due())

    page = alice_client.get(page_of(meeting))

    assertContains(page, 'hx-trigger="every 2s"')
    assertContains(page, f'hx-get="{page_of(meeting, "link/")}?since=')
    assertContains(page, f'<noscript><a href="{page_of(meeting)}">Refresh</a></noscript>', html=True)


def test_nothing_is_polled_while_a_person_has_to_act(alice_client: Client, alice: Owner) -> None:
    page = alice_client.get(page_of(meeting_of(alice, job=due())))

    assertContains(page, "Needs attention")
    assertNotContains(page, "hx-trigger")


def test_the_open_page_is_told_when_the_link_is_there(alice_client: Client, alice: Owner) -> None:
    connect_zoom(alice)
    meeting = meeting_of(alice, job=due())
    watch = alice_client.get(page_of(meeting)).context["watch"]
    look = {"since": watch.since, "seen": watch.mark}
    htmx = {"HX-Request": "true"}

    nothing_new = alice_client.get(page_of(meeting, "link/"), look, headers=htmx)
    Meeting.objects.update(join_url=LINK)
    diary.note(meeting.pk, "link_ready", "The Zoom link is ready.")
    ready = alice_client.get(page_of(meeting, "link/"), look, headers=htmx)

    assert nothing_new.status_code == 204
    assertTemplateUsed(ready, "meetings/pages/parts/link_and_diary.html")
    assertContains(ready, LINK)
    assertContains(ready, 'id="diary"')
    assertContains(ready, 'hx-swap-oob="true"')
    assertNotContains(ready, "hx-trigger")
    assertNotContains(ready, "<html")


@pytest.mark.parametrize(("age", "pace"), [(0, 2), (59, 2), (61, 5), (601, 30)])
def test_a_long_wait_is_looked_at_more_rarely(alice_client: Client, alice: Owner, age: int, pace: int) -> None:
    connect_zoom(alice)
    meeting = meeting_of(alice, job=due())
    now = timezone.now()

    with time_machine.travel(now, tick=False):
        since = {"since": int(now.timestamp()) - age}
        card = alice_client.get(page_of(meeting, "link/"), since, headers={"HX-Request": "true"})

    assertContains(card, f'hx-trigger="every {pace}s"')


@pytest.mark.parametrize("since", ["", "x", "²", "9" * 50, "-1"])
def test_a_strange_since_is_as_none(alice_client: Client, alice: Owner, since: str) -> None:
    connect_zoom(alice)
    meeting = meeting_of(alice, job=due())

    card = alice_client.get(page_of(meeting, "link/"), {"since": since}, headers={"HX-Request": "true"})

    assertContains(card, 'hx-trigger="every 2s"')


def test_the_card_opened_by_itself_leads_to_the_page(alice_client: Client, alice: Owner) -> None:
    meeting = meeting_of(alice)

    assertRedirects(alice_client.get(page_of(meeting, "link/")), page_of(meeting))


def test_a_page_whose_owner_has_signed_out_reloads(client: Client, alice: Owner) -> None:
    response = client.get(page_of(meeting_of(alice), "link/"), headers={"HX-Request": "true"})

    assert response["HX-Refresh"] == "true"
    assertNotContains(response, "Kick-off")


def test_the_history_is_newest_first_with_the_tracking_id(alice_client: Client, alice: Owner) -> None:
    meeting = meeting_of(alice)
    diary.note(meeting.pk, "scheduled", "Scheduled.")
    diary.note(meeting.pk, "unavailable", "Zoom is not answering.", tracking_id="WEB_123")

    page = alice_client.get(page_of(meeting)).content.decode()

    assert page.index("Zoom is not answering.") < page.index("Scheduled.")
    assert "WEB_123" in page


def test_the_history_names_no_tracking_id_under_what_went_well(alice_client: Client, alice: Owner) -> None:
    meeting = meeting_of(alice)
    diary.note(meeting.pk, "link_ready", "The Zoom link is ready.", tracking_id="WEB_123")

    page = alice_client.get(page_of(meeting))

    assertContains(page, "The Zoom link is ready.")
    assertNotContains(page, "WEB_123")


def test_a_meeting_across_the_change_of_clocks_names_the_zones(alice_client: Client, alice: Owner) -> None:
    meeting = meeting_of(alice)
    starts_at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    Meeting.objects.update(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=45), minutes=45)

    assertContains(alice_client.get(page_of(meeting)), "02:30 CEST–02:15 CET")


def test_administrators_are_told_of_what_the_page_says_they_know(
    settings: Settings, alice_client: Client, alice: Owner
) -> None:
    connect_zoom(alice)
    in_an_hour = timezone.now() + timedelta(hours=1)
    of_another = ProviderAccount().seal("tokens", "{}")
    ProviderAccount.objects.update(tokens=of_another, expires_at=in_an_hour)
    meeting = meeting_of(alice, job=due())

    making.work(meeting.pk)

    assertContains(alice_client.get(page_of(meeting)), "your administrator has been told")
    assert Mail.objects.get().to == settings.ADMIN_EMAIL


def test_hostile_text_is_escaped(alice_client: Client, alice: Owner) -> None:
    hostile = "\"><script>alert(1)</script>'{{ 7|add:7 }}"
    meeting = meeting_of(alice, title=hostile, agenda=hostile, job={"problem": "refused", "detail": hostile})
    connect_zoom(alice)
    diary.note(meeting.pk, "x", hostile, tracking_id=hostile)
    type(meeting.contact).objects.update(name=hostile)

    pages = [page_of(meeting, page) for page in ("", "reschedule/", "cancel/")]
    pages += [
        "/meetings/",
        f"/meetings/new/?contact={meeting.contact_id}",
        "/meetings/new/",
        "/meetings/?q=%3Cscript%3Ealert",
    ]
    for page in [*pages, meeting.contact.get_absolute_url()]:
        assertNotContains(alice_client.get(page), "<script>alert")


def test_no_start_url_and_no_inline_script(alice_client: Client, alice: Owner) -> None:
    page = alice_client.get(page_of(ready_meeting(alice, connect_zoom(alice)))).content.decode()

    assert "onclick" not in page
    assert " style=" not in page


# --- Buttons ----------------------------------------------------------------------------------------------


def test_trying_again_makes_the_job_due(alice_client: Client, alice: Owner) -> None:
    connect_zoom(alice)
    meeting = meeting_of(alice, job={"problem": "refused", "detail": "x", "attempts": 5})

    assertRedirects(alice_client.post(page_of(meeting, "retry/")), page_of(meeting))

    job = LinkJob.objects.get()
    assert job.due_at is not None
    assert (job.problem, job.attempts) == ("", 0)


def test_a_link_is_added_in_one_click(alice_client: Client, alice: Owner) -> None:
    connect_zoom(alice)
    meeting = meeting_of(alice, provider="", no_link="chosen")
    assertContains(alice_client.get(page_of(meeting)), "Add Zoom link")

    response = alice_client.post(page_of(meeting, "add-link/"), {"provider": "zoom"})

    assertRedirects(response, page_of(meeting))
    assert Meeting.objects.get().provider == "zoom"
    assert LinkJob.objects.get().due_at is not None


@pytest.mark.parametrize("provider", ["", "zoom", "nonsense", "\0"])
def test_a_link_that_cannot_be_added_is_said(alice_client: Client, alice: Owner, provider: str) -> None:
    connect_jitsi(alice)
    meeting = meeting_of(alice, provider="", no_link="chosen")

    page = alice_client.post(page_of(meeting, "add-link/"), {"provider": provider}, follow=True)

    assertContains(page, "notice--bad")
    assert Meeting.objects.get().provider == ""


def test_a_new_link_replaces_one_that_is_gone_and_only_that(alice_client: Client, alice: Owner) -> None:
    meeting = ready_meeting(alice, connect_zoom(alice), job={"problem": "gone"})
    assertContains(alice_client.get(page_of(meeting)), "Make a new link")

    alice_client.post(page_of(meeting, "new-link/"))
    after_one = LinkJob.objects.get()
    alice_client.post(page_of(meeting, "new-link/"))

    assert Meeting.objects.get().join_url == ""
    assert after_one.due_at is not None
    assert LinkJob.objects.get().generation == after_one.generation == 2


def test_the_link_that_is_gone_is_not_offered(alice_client: Client, alice: Owner) -> None:
    page = alice_client.get(page_of(ready_meeting(alice, connect_zoom(alice), job={"problem": "gone"})))

    assertNotContains(page, LINK)


def test_cancelling_asks_first_on_the_page_and_without_scripts(alice_client: Client, alice: Owner) -> None:
    meeting = meeting_of(alice)

    page = alice_client.get(page_of(meeting))

    assertContains(page, f'href="{page_of(meeting, "cancel/")}" data-opens="cancel-dialog"')
    assertContains(page, '<dialog class="dialog" id="cancel-dialog"')
    assertContains(alice_client.get(page_of(meeting, "cancel/")), "Cancel this meeting?")
    assert not Meeting.objects.get().is_cancelled


def test_a_meeting_is_cancelled_once(alice_client: Client, alice: Owner) -> None:
    meeting = meeting_of(alice)

    for _click in range(2):
        page = alice_client.post(page_of(meeting, "cancel/"), follow=True)

    assertContains(page, "This meeting was cancelled on")
    assertContains(page, '<span class="badge badge--muted">Cancelled</span>', html=True)
    assertNotContains(page, "No video link")
    assertNotContains(page, "Reschedule")
    # It looks cancelled at the top as well, and leads on.
    assertContains(page, "</del> Cancelled")
    assertContains(page, f'href="/meetings/new/?contact={meeting.contact_id}"')
    assertContains(page, "Schedule again")
    assert Meeting.objects.get().revision == 2


@pytest.mark.parametrize("page", POSTS)
@pytest.mark.parametrize("why", ["cancelled", "over"])
def test_what_comes_too_late_is_said_and_changes_nothing(
    alice_client: Client, alice: Owner, page: str, why: str
) -> None:
    connect_zoom(alice)
    provider = "" if page == "add-link/" else "zoom"
    fields = {"cancelled_at": timezone.now()} if why == "cancelled" else {"hours": -3}
    meeting = meeting_of(alice, provider=provider, job={"problem": "gone"}, **fields)

    response = alice_client.post(page_of(meeting, page), {"provider": "zoom"}, follow=True)

    assertRedirects(response, page_of(meeting))
    if (page, why) != ("cancel/", "cancelled"):
        assertContains(response, "nothing was changed")
    assert (Meeting.objects.get().revision, LinkJob.objects.get().due_at) == (1, None)


# --- Rescheduling -----------------------------------------------------------------------------------------


def answers_of(client: Client, meeting: Meeting) -> dict[str, str]:
    form = client.get(page_of(meeting, "reschedule/")).context["form"]
    return {field.name: str(field.value()) for field in form} | {
        "date": f"{form['date'].value():%Y-%m-%d}",
        "time": f"{form['time'].value():%H:%M}",
    }


def test_a_meeting_is_rescheduled_and_keeps_its_link(alice_client: Client, alice: Owner) -> None:
    meeting = ready_meeting(alice, connect_zoom(alice))
    given = answers_of(alice_client, meeting) | {"title": "Later", "minutes": "60"}

    response = send_anyway(alice_client, page_of(meeting, "reschedule/"), given)

    assertRedirects(response, page_of(meeting))
    changed = Meeting.objects.get()
    assert (changed.title, changed.minutes, changed.join_url, changed.revision) == ("Later", 60, LINK, 2)
    assert changed.starts_at == meeting.starts_at


def test_saving_without_a_change_changes_nothing(alice_client: Client, alice: Owner) -> None:
    meeting = ready_meeting(alice, connect_zoom(alice), agenda="One\nTwo")
    given = answers_of(alice_client, meeting) | {"agenda": "One\r\nTwo"}

    page = alice_client.post(page_of(meeting, "reschedule/"), given, follow=True)

    assertContains(page, "Nothing was changed")
    assertNotContains(page, "Meeting updated.")
    assert Meeting.objects.get().revision == 1


@pytest.mark.parametrize(
    ("field", "value"), [("title", ""), ("date", "2020-01-01"), ("minutes", "0"), ("time", "x"), ("agenda", "x" * 1901)]
)
def test_a_wrong_change_is_named(alice_client: Client, alice: Owner, field: str, value: str) -> None:
    meeting = meeting_of(alice)
    given = answers_of(alice_client, meeting) | {field: value}

    response = alice_client.post(page_of(meeting, "reschedule/"), given)

    assert list(response.context["form"].errors) == [field]
    assert Meeting.objects.get().revision == 1


# --- Strangers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_finds_no_page(charlie_client: Client, alice: Owner, page: str) -> None:
    meeting = meeting_of(alice)

    assert charlie_client.get(page_of(meeting, page), headers={"HX-Request": "true"}).status_code == 404


@pytest.mark.parametrize("page", POSTS)
def test_a_stranger_changes_nothing(charlie_client: Client, alice: Owner, page: str) -> None:
    meeting = meeting_of(alice, job={"problem": "gone"})

    assert charlie_client.post(page_of(meeting, page), {"provider": "zoom"}).status_code == 404
    assert (Meeting.objects.get().revision, LinkJob.objects.get().due_at) == (1, None)


@pytest.mark.parametrize("page", ["", "reschedule/", "cancel/"])
def test_every_page_needs_a_sign_in(client: Client, alice: Owner, page: str) -> None:
    address = page_of(meeting_of(alice), page)

    assertRedirects(client.get(address), f"/accounts/login/?next={address}", fetch_redirect_response=False)


@pytest.mark.parametrize("page", ["retry/", "new-link/", "add-link/"])
def test_changes_are_posted(alice_client: Client, alice: Owner, page: str) -> None:
    assert alice_client.get(page_of(meeting_of(alice), page)).status_code == 405


def test_an_unknown_meeting_is_not_found(alice_client: Client) -> None:
    assert alice_client.get(f"/meetings/{uuid4()}/").status_code == 404
