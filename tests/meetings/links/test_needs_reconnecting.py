"""What an owner is told when their provider needs reconnecting: the cost, once; once more the day before; no more."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations import access, grants, upkeep
from integrations.models import Connection, ProviderAccount
from meetings.links import reconnect_mails
from meetings.models import LinkJob, Meeting, ReconnectReminder
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.integrations.walking import condemn
from tests.meetings import page_cast
from tests.meetings.page_cast import meeting_of, ready_meeting
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db

BANNER = "Zoom needs reconnecting"
INVALID_CLIENT = {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}


def waiting(owner: Owner, hours: float, title: str) -> Meeting:
    return meeting_of(owner, hours=hours, title=title, job={"due_at": timezone.now()})


def lose(connection: Connection) -> None:
    """Zoom refuses the grant for two hours."""
    condemn(ProviderAccount.objects.get(pk=connection.account_id))


def restore(connection: Connection) -> None:
    ProviderAccount.objects.filter(pk=connection.account_id).update(state="live", lost_why="", suspected_at=None)


def remind() -> None:
    ReconnectReminder.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    for row in ReconnectReminder.objects.all():
        reconnect_mails.remind(row.pk)


def mail() -> Mail:
    return Mail.objects.get()


@pytest.fixture
def lost(alice: Owner) -> Connection:
    """Alice's connection, lost while nothing waited."""
    connection = page_cast.connect_zoom(alice)
    lose(connection)
    Mail.objects.all().delete()
    return connection


# --- at once ---------------------------------------------------------------------------------------------


def test_the_mail_names_the_meetings_that_wait_in_the_owners_time(alice: Owner) -> None:
    connection = page_cast.connect_zoom(alice)
    later, sooner = waiting(alice, 50, "Review"), waiting(alice, 30, "Kick-off")
    ready_meeting(alice, connection, title="Has its link")
    meeting_of(alice, title="Cancelled", cancelled_at=timezone.now(), job={"due_at": timezone.now()})
    waiting(alice, -5, "Over")
    lose(connection)
    text = mail().text
    assert mail().subject == "Zoom needs reconnecting: 2 meetings wait for their link"
    assert mail().to == alice.email
    starts = timezone.localtime(sooner.starts_at, alice.timezone)
    assert f"- {starts:%a} {starts.day} {starts:%b %Y, %H:%M} (Europe/Berlin): Kick-off, Ann Lee\n" in text
    assert text.index("Kick-off") < text.index("Review")
    assert later.title in text
    for absent in ("Has its link", "Cancelled", "Over"):
        assert absent not in text
    assert text.count("http") == 1
    assert "/settings/#providers" in text


def test_where_nothing_waits_the_mail_says_so(alice: Owner) -> None:
    lose(page_cast.connect_zoom(alice))
    assert mail().subject == "Zoom needs reconnecting"
    assert "No upcoming meeting waits for a link now" in mail().text


def test_many_meetings_are_counted_not_listed(alice: Owner) -> None:
    connection = page_cast.connect_zoom(alice)
    for number in range(13):
        waiting(alice, 40 + number, f"Meeting {number}.")
    lose(connection)
    assert "13 meetings wait" in mail().subject
    assert mail().text.count("(Europe/Berlin)") == reconnect_mails.NAMED
    assert "- and 3 more" in mail().text


def test_titles_are_written_as_they_are(alice: Owner) -> None:
    connection = page_cast.connect_zoom(alice)
    waiting(alice, 30, "Tom & Jerry's <plan>")
    lose(connection)
    assert "Tom & Jerry's <plan>, Ann Lee\n" in mail().text
    assert mail().text.count("<") == 1


def test_a_removal_is_called_one(alice: Owner) -> None:
    connection = page_cast.connect_zoom(alice)
    assert grants.remove(ProviderAccount.objects.get(pk=connection.account_id))
    assert "O-Key was removed in Zoom. Until you reconnect" in mail().text
    assert "alice@zoom.example" not in mail().text, "what Zoom told of them is forgotten"


def test_one_grant_is_mourned_once(alice: Owner) -> None:
    connection = page_cast.connect_zoom(alice)
    lose(connection)
    restore(connection)  # a pair that was on its way lifts the verdict
    lose(connection)
    assert Mail.objects.count() == 1


def test_the_next_grant_is_mourned_again(zoom: ZoomSimulator, alice: Owner) -> None:
    lose(connect_zoom(zoom, alice))
    lose(connect_zoom(zoom, alice))
    assert Mail.objects.filter(subject__contains="needs reconnecting").count() == 2


def test_every_owner_of_a_shared_account_reads_of_their_own_meetings(alice: Owner, bob: Owner) -> None:
    connection = page_cast.connect_zoom(alice)
    Connection.objects.create(owner=bob, provider="zoom", account=connection.account)
    waiting(alice, 30, "Of Alice")
    waiting(bob, 30, "Of Bob")
    lose(connection)
    texts = dict(Mail.objects.values_list("to", "text"))
    assert "Of Alice" in texts[alice.email]
    assert "Of Bob" not in texts[alice.email]
    assert "Of Bob" in texts[bob.email]


def test_whoever_may_not_reconnect_is_not_asked_to(alice: Owner, bob: Owner) -> None:
    Owner.objects.update(meeting_providers_enabled=False)
    lose(page_cast.connect_zoom(alice))
    assert not Mail.objects.exists()


# --- never without a reason ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 400, "body": INVALID_CLIENT},
        {"kind": "status", "status": 401, "body": INVALID_CLIENT},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 429},
        {"kind": "xml"},
        {"kind": "bad_json"},
        {"kind": "drop_before"},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)
def test_what_is_not_the_owners_fault_costs_no_mail_and_shows_no_banner(
    zoom: ZoomSimulator, alice: Owner, alice_client: Client, fault: dict[str, object]
) -> None:
    connection = connect_zoom(zoom, alice)
    Mail.objects.all().delete()
    zoom.fault("refresh", **fault, times=None)  # type: ignore[arg-type]
    for _ in range(3):
        minutes_ago = timezone.now() - timedelta(minutes=2)
        ProviderAccount.objects.update(expires_at=minutes_ago, due_at=minutes_ago, claim=None)
        ProviderAccount.objects.filter(suspected_at__isnull=False).update(suspected_at=minutes_ago)
        upkeep.work(connection.account_id)
    assert ProviderAccount.objects.get().state == ProviderAccount.State.LIVE
    assert not Mail.objects.filter(to=alice.email).exists()  # administrators do hear of a refused client
    assert BANNER not in alice_client.get("/contacts/").content.decode()


def test_a_refusal_by_zoom_itself_is_told_when_it_lasts(
    zoom: ZoomSimulator, alice: Owner, alice_client: Client
) -> None:
    connection = connect_zoom(zoom, alice)
    Mail.objects.all().delete()
    zoom.kill_refresh("jill")
    for minutes in (0, 2, 10, 120):
        assert not Mail.objects.exists()
        assert BANNER not in alice_client.get("/contacts/").content.decode()
        now = timezone.now()
        ProviderAccount.objects.update(due_at=now)
        ProviderAccount.objects.filter(suspected_at__isnull=False).update(suspected_at=now - timedelta(minutes=minutes))
        upkeep.work(connection.account_id)
    assert Mail.objects.count() == 1
    assert BANNER in alice_client.get("/contacts/").content.decode()
    with pytest.raises(access.NotLive):
        access.access(connection.pk)


# --- the day before --------------------------------------------------------------------------------------


def test_the_day_before_a_meeting_that_waits_the_owner_is_reminded_once(alice: Owner, lost: Connection) -> None:
    meeting = waiting(alice, 25, "Kick-off")
    remind()
    assert not Mail.objects.exists()
    Meeting.objects.update(starts_at=timezone.now() + timedelta(hours=23, minutes=59))
    remind()
    remind()
    meeting.refresh_from_db()
    starts = timezone.localtime(meeting.starts_at, alice.timezone)
    assert mail().subject.startswith("No Zoom link yet: Kick-off, ")
    assert f"{starts:%H:%M}" in mail().subject
    assert "<" not in mail().subject
    assert "(Europe/Berlin): Kick-off, Ann Lee" in mail().text
    assert "/settings/#providers" in mail().text


def test_meetings_of_one_day_share_a_reminder(alice: Owner, lost: Connection) -> None:
    waiting(alice, 20, "One")
    waiting(alice, 21, "Two")
    remind()
    assert mail().subject == "2 meetings within a day have no Zoom link yet"
    waiting(alice, 22, "Three")
    remind()
    assert Mail.objects.count() == 2
    assert "Two" not in Mail.objects.latest("created_at").text


def test_what_the_first_mail_named_for_within_a_day_is_not_repeated(alice: Owner) -> None:
    connection = page_cast.connect_zoom(alice)
    waiting(alice, 20, "Tomorrow")
    lose(connection)
    remind()
    assert Mail.objects.count() == 1


def test_a_meeting_with_a_link_or_without_a_wish_for_one_needs_no_reminder(alice: Owner, lost: Connection) -> None:
    ready_meeting(alice, lost, hours=20)
    meeting_of(alice, hours=20, provider="", title="Without")
    meeting_of(alice, hours=20, cancelled_at=timezone.now(), title="Cancelled")
    waiting(alice, -0.1, "Begun")
    remind()
    assert not Mail.objects.exists()


def test_whoever_has_reconnected_is_not_reminded(alice: Owner, lost: Connection) -> None:
    waiting(alice, 20, "Kick-off")
    restore(lost)
    remind()
    assert not Mail.objects.exists()
    assert ReconnectReminder.objects.get().due_at is None


def test_whoever_has_disconnected_is_not_reminded(alice: Owner, lost: Connection) -> None:
    waiting(alice, 20, "Kick-off")
    Connection.objects.update(ended_at=timezone.now(), is_default=False)
    remind()
    assert not Mail.objects.exists()


def test_the_next_look_comes_by_itself(alice: Owner, lost: Connection) -> None:
    remind()
    due_at = ReconnectReminder.objects.get().due_at
    assert due_at is not None
    assert timezone.now() < due_at <= timezone.now() + reconnect_mails.LOOK_AGAIN


# --- the banner ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/contacts/", "/meetings/", "/settings/"])
def test_every_page_says_so_and_how_many_meetings_wait(
    alice: Owner, alice_client: Client, lost: Connection, page: str
) -> None:
    waiting(alice, 20, "One")
    waiting(alice, 21, "Two")
    text = alice_client.get(page).content.decode()
    assert BANNER in text
    assert "2 meetings wait for their link." in text
    assert 'action="/integrations/zoom/connect/"' in text


def test_the_banner_goes_with_reconnecting(zoom: ZoomSimulator, alice: Owner, alice_client: Client) -> None:
    lose(connect_zoom(zoom, alice))
    assert BANNER in alice_client.get("/contacts/").content.decode()
    connect_zoom(zoom, alice)
    assert BANNER not in alice_client.get("/contacts/").content.decode()


def test_another_owners_loss_is_not_shown(alice: Owner, charlie_client: Client, lost: Connection) -> None:
    assert BANNER not in charlie_client.get("/contacts/").content.decode()


def test_upcoming_meetings_keep_their_links(alice: Owner) -> None:
    connection = page_cast.connect_zoom(alice)
    meeting = ready_meeting(alice, connection)
    assert grants.remove(ProviderAccount.objects.get())
    meeting.refresh_from_db()
    assert meeting.join_url == page_cast.LINK
    assert LinkJob.objects.get().due_at is None
