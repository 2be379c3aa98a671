"""What O-Key forgets by itself: what is old goes, batch by batch, and nothing else does."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from integrations.models import AuthorizationAttempt, ConnectionEvent
from meetings.booking import settings as booking_settings
from meetings.bot import engine
from meetings.bot.models import Conversation
from meetings.models import MeetingEvent
from okey.celery import app
from okey.contacts.models import ContactImport
from okey.lib import retention
from okey.lib.tasks import forget
from okey.mails import outbox
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.webhooks import events
from okey.webhooks.models import EventType
from tests import plans
from tests.meetings.page_cast import meeting_of

pytestmark = pytest.mark.django_db


def days_ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def mails(count: int, *, days: float, **fields: Any) -> None:
    made = Mail.objects.bulk_create(Mail(to="a@example.com", subject="Hello", text="", **fields) for _ in range(count))
    Mail.objects.filter(pk__in=[mail.pk for mail in made]).update(created_at=days_ago(days))


def test_each_kind_is_kept_as_long_as_it_is_said(alice: Owner) -> None:
    meeting = meeting_of(alice)
    for number, days in enumerate((29, 31, 729, 731)):
        mails(1, days=days)
        MeetingEvent.objects.create(meeting=meeting, owner=alice, kind="scheduled", text="", at=days_ago(760 - days))
        ConnectionEvent.objects.create(owner=alice, provider="zoom", kind="connected", text="", at=days_ago(days))
        AuthorizationAttempt.objects.create(
            owner=alice, provider="zoom", state_hash=str(number), created_at=days_ago(days)
        )
    MeetingEvent.objects.all().delete()
    for days in (731, 729, 31):  # as they happened
        MeetingEvent.objects.create(meeting=meeting, owner=alice, kind="scheduled", text="", at=days_ago(days))
    for hours in (-1, 1):
        at = timezone.now() + timedelta(hours=hours)
        Session.objects.create(session_key=str(at), session_data="", expire_date=at)
    for days in (0.9, 1.1):
        upload = ContactImport.objects.create(owner=alice, file_name="people.csv")
        ContactImport.objects.filter(pk=upload.pk).update(created_at=days_ago(days))

    assert retention.forget() == {
        "mails": 3, "meeting events": 1, "connection events": 1, "authorization attempts": 3, "sessions": 1,
        "contact imports": 1,
    }  # fmt: skip
    assert retention.forget() == {}
    assert meeting.events.count() == 2


def test_a_mail_that_is_still_to_be_sent_is_kept_however_old() -> None:
    mails(1, days=99, due_at=timezone.now())

    assert retention.forget() == {}


def test_a_long_neglected_table_goes_in_batches_each_committed_by_itself() -> None:
    mails(7, days=99)
    with CaptureQueriesContext(connection) as captured:
        assert retention.forget(batch=3) == {"mails": 7}

    deletes = [query["sql"] for query in captured if query["sql"].startswith("DELETE")]
    assert [delete.count("'") // 2 for delete in deletes] == [3, 3, 1]


def test_a_run_ends_in_time_and_the_next_one_goes_on() -> None:
    mails(3, days=99)

    assert retention.forget(batch=2, seconds=0) == {}
    assert retention.forget(batch=2) == {"mails": 3}


def test_beat_asks_for_it() -> None:
    mails(1, days=99)
    assert app.conf.beat_schedule["forget"]["task"] in app.tasks

    forget()
    assert not Mail.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="how PostgreSQL reads")
@pytest.mark.parametrize("name", sorted(retention._registered))
def test_an_index_finds_what_is_old(name: str) -> None:
    plans.empty_and_uncounted()
    plans.one_look_a_row()
    plan = retention._registered[name](500).explain()
    assert "Seq Scan" not in plan, plan
    assert "Index Cond" in plan or "Index Only Scan" in plan, plan


@pytest.mark.skipif(connection.vendor != "postgresql", reason="how PostgreSQL reads")
def test_a_mail_that_is_written_once_is_looked_for_by_its_address() -> None:
    # So many that the way there makes a difference; in an empty table PostgreSQL takes any.
    Mail.objects.bulk_create(
        Mail(to=f"owner{number}@example.com", subject="Subject", text="Text") for number in range(1000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE mails_mail")
    with CaptureQueriesContext(connection) as captured:
        outbox.write_once(
            within=timedelta(hours=1),
            to="admin@example.com",
            template="integrations/mails/misconfigured",
            context={"provider": "Zoom", "detail": "x"},
        )
    look = next(query["sql"] for query in captured if query["sql"].startswith("SELECT"))
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + look)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "mails_to_an_address" in plan


def test_what_is_due_to_be_forgotten_is_kept_as_long_as_the_settings_say(alice: Owner, settings: Settings) -> None:
    settings.OKEY_KEEP_CONVERSATIONS_DAYS, settings.OKEY_KEEP_WEBHOOK_EVENTS_DAYS = 5, 7
    booking_settings.change(owner=alice, is_page_on=True)
    with time_machine.travel(timezone.now(), tick=False):
        talk = engine.begin(alice, channel=Conversation.Channel.API)
        event = events.note(alice.pk, EventType.CONTACT_DELETED, {})
        assert talk.due_at == timezone.now() + timedelta(days=5)
        assert event.due_at == timezone.now() + timedelta(days=7)


def test_the_page_for_everybody_says_how_long(client: Client, settings: Settings) -> None:
    settings.OKEY_KEEP_CONVERSATIONS_DAYS, settings.OKEY_KEEP_WEBHOOK_EVENTS_DAYS = 71, 72
    settings.OKEY_KEEP_SESSIONS_DAYS, settings.OKEY_CLOSED_ACCOUNT_DAYS = 73, 74
    page = client.get("/privacy/stored/").content.decode()
    assert [days for days in (71, 72, 73) if f"{days} days" not in page] == []
