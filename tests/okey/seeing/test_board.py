"""The first page of the administration: figures, pictures with words, and two clicks to what is to be done."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations import overview
from integrations.models import ConnectionEvent, ProviderAccount, Rest
from meetings import diary
from meetings.models import Invitation, LinkJob, Meeting
from okey.contacts.models import Contact
from okey.lib.statements import at_most
from okey.mails import failing
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.seeing import board
from okey.seeing.charts import HEIGHT, Chart
from okey.webhooks.models import Endpoint
from tests.marked_rows import make

INDEX = "/admin/"


def meeting_of(owner: Owner, **job: Any) -> Meeting:
    contact = Contact.objects.get_or_create(owner=owner, email="ann@example.com", defaults={"name": "Ann"})[0]
    starts = timezone.now() + timedelta(days=1)
    meeting = Meeting.objects.create(
        owner=owner, contact=contact, title="Call", starts_at=starts, minutes=30, ends_at=starts, provider="zoom"
    )
    LinkJob.objects.create(meeting=meeting, **job)
    return meeting


def trouble(owner: Owner) -> None:
    """Some of everything that the page has a figure for."""
    now = timezone.now()
    for state in ("live", "needs_reconnect"):
        make(ProviderAccount, state=state, lost_why="", blocked_until=now + timedelta(hours=1))
    meeting = meeting_of(owner, due_at=now, wanted_at=now - timedelta(hours=3), problem="unavailable")
    meeting_of(owner, problem="refused")
    diary.note(meeting.pk, "link_ready", "Made.")
    for kind in ("connected", "removed"):
        ConnectionEvent.objects.create(owner=owner, provider="zoom", kind=kind, text="…")
    Mail.objects.create(to="a@example.com", subject="S", text="", due_at=now, attempts=2, last_error="451")
    Mail.objects.create(to="b@example.com", subject="S", text="", last_error="550")
    make(Invitation, meeting=meeting, contact=meeting.contact, failing_since=now, due_at=now, failed_at=now)
    make(Endpoint, owner=owner, failing_since=now, disabled_why="")
    make(Endpoint, owner=owner, disabled_at=now, disabled_why="failing", failing_since=now)
    Rest.objects.create(key=f"zoom {meeting.pk}", rest_until=now + timedelta(minutes=1))
    Rest.objects.get_or_create(key="zoom ", defaults={"is_wide": True, "rest_until": now + timedelta(minutes=1)})


def test_with_nothing_wrong_it_says_so(admin_client: Client) -> None:
    text = admin_client.get(INDEX).content.decode()
    for words in ("No link is late.", "All mails go out.", "All receivers answer.", "No provider is left alone."):
        assert words in text
    assert "chart__picture" not in text


def test_each_figure_leads_to_the_rows_that_it_counts(admin_client: Client, alice: Owner) -> None:
    trouble(alice)
    lines = [line for card in board.cards() for line in card.lines if line.url.startswith("/admin/")]
    assert len(lines) >= 13
    for line in lines:
        listed = admin_client.get(line.url)
        assert listed.status_code == 200, line
        if isinstance(line.count, int) and "meetings/meeting/" not in line.url:
            assert len(listed.context["cl"].result_list) == line.count, line


def test_two_clicks_lead_to_what_is_to_be_done(admin_client: Client, alice: Owner) -> None:
    trouble(alice)
    page = admin_client.get(INDEX).content.decode()
    [url] = set(re.findall(r'href="(/admin/meetings/linkjob/\?wait=given_up[^"]*)"', page))
    listed = admin_client.get(url.replace("&amp;", "&"))
    [job] = listed.context["cl"].result_list
    row = admin_client.get(f"/admin/meetings/linkjob/{job.pk}/change/").content.decode()
    assert "Read what the provider said" in row
    assert "Try again now" in row


def test_pictures_have_words_and_nothing_that_the_policy_forbids(admin_client: Client, alice: Owner) -> None:
    trouble(alice)
    text = admin_client.get(INDEX).content.decode()
    pictures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert len(pictures) == 2
    for picture in pictures:
        assert 'role="img"' in picture
        assert re.search(r"<title id=\"(chart-\d)\">", picture)
        assert "<table>" in picture
    board_only = text[text.index('<div class="board">') :]
    assert " style=" not in board_only
    assert "<script" not in board_only.partition("</main>")[0]
    assert "Connections in 14 days: 1 came, 1 went." in text


def test_it_costs_the_same_for_more_rows(admin_client: Client, alice: Owner) -> None:
    trouble(alice)
    admin_client.get(INDEX)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(INDEX)
    for _ in range(5):
        trouble(alice)
    with CaptureQueriesContext(connection) as many:
        admin_client.get(INDEX)
    assert len(many) == len(few)


def test_who_is_nearest_to_the_limit_comes_first(admin_client: Client, alice: Owner, bob: Owner) -> None:
    for owner, count in ((alice, 2), (bob, 76)):
        meeting = meeting_of(owner)
        for number in range(count):
            diary.note(meeting.pk, "link_ready", f"Made {number}.")
    card = next(card for card in board.cards() if "limit" in card.title)
    assert [(line.what.partition(" ")[0], line.count, line.tone) for line in card.lines] == [
        (bob.email, 76, "wait"),
        (alice.email, 2, ""),
    ]


def test_a_card_that_cannot_be_read_leaves_the_others(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(card: board.Card, now: Any) -> None:
        raise DatabaseError("canceling statement due to statement timeout")

    monkeypatch.setattr(board, "CARDS", (*board.CARDS, (lambda: "Broken", fails)))
    text = admin_client.get(INDEX).content.decode()
    assert "This could not be read just now" in text
    assert "No link is late." in text


@pytest.mark.parametrize("values", [[(0, 0)], [(1, 2), (3, 0)], [(100_000, 1)] * 14])
def test_bars_stay_within_the_picture(values: list[tuple[int, int]]) -> None:
    chart = Chart("", (("a", "good"), ("b", "bad")), [(str(number), one) for number, one in enumerate(values)])
    for bar in chart.bars:
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
        assert 0 <= bar.x <= bar.x + bar.width <= chart.width


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no limit for a statement")
def test_a_card_waits_for_no_statement_longer_than_it_may(db: None) -> None:
    with pytest.raises(OperationalError, match="statement timeout"), at_most(0.05), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(60)")


def test_of_long_tables_the_newest_rows_alone_are_read(
    admin_client: Client, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (diary, overview, failing):
        monkeypatch.setattr(module, "READ", 1)
    meeting, now = meeting_of(alice), timezone.now()
    for number in range(3):
        diary.note(meeting.pk, "link_ready", f"Made {number}.")
        ConnectionEvent.objects.create(owner=alice, provider="zoom", kind="connected", text="…")
        mail = Mail.objects.create(to="b@example.com", subject="S", text="", last_error="550")
        Mail.objects.filter(pk=mail.pk).update(created_at=now - timedelta(days=number))
    assert diary.told_providers(now - timedelta(days=1), ["zoom"]) == [(alice.email, "zoom", 1)]
    assert sum(came for _day, came, _went in overview.by_day(now, 2)) == 1
    assert failing.given_up().count() == 1
