"""What scheduling by the API costs against the same rows inserted through the ORM: a ratio, turn by turn in one run.

python -m tests.bench.schedule_by_api    (DATABASE_URL picks the database; SQLite without it)
"""

import statistics
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from unittest.mock import patch

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings.models import Invitation, LinkJob, Meeting, MeetingEvent
from okey.api import limiting
from okey.api.models import IdempotentRequest
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.bench.availability import milliseconds
from tests.okey.api.caller import Caller

ROUNDS = 60


def insert(contact: Contact, starts_at: datetime) -> None:
    """All that a scheduled meeting is in the database, in one transaction, with nothing asked."""
    with transaction.atomic():
        meeting = Meeting.objects.create(
            owner=contact.owner,
            contact=contact,
            title="Kick-off",
            starts_at=starts_at,
            minutes=30,
            ends_at=starts_at + timedelta(minutes=30),
            timezone="UTC",
        )
        MeetingEvent.objects.create(meeting=meeting, kind="scheduled", text="Scheduled.")
        LinkJob.objects.create(meeting=meeting)
        Invitation.objects.create(meeting=meeting, contact=contact, email=contact.email)
        IdempotentRequest.objects.create(
            owner=contact.owner, key_hash=uuid.uuid4().hex, status=201, object_id=str(meeting.pk)
        )


def post(program: Caller, contact: Contact, starts_at: datetime) -> None:
    body = {
        "contact_id": str(contact.pk),
        "title": "Kick-off",
        "starts_at": starts_at.isoformat(),
        "minutes": 30,
        "any_time": True,
        "invite_by_mail": False,
    }
    response = program.post("/meetings", body, idempotency_key=str(uuid.uuid4()))
    assert response.status_code == 201, response.content


def _queries(call: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


def main() -> None:
    owner = Owner.objects.create_user("busy@example.com", name="Busy", timezone="UTC")
    contact = Contact.objects.create(owner=owner, name="Ann", email="ann@example.com")
    program = Caller(owner)
    tomorrow = timezone.now() + timedelta(days=1)
    for _warm_up in range(3):
        post(program, contact, tomorrow)
    pairs = [
        (milliseconds(lambda: insert(contact, tomorrow)), milliseconds(lambda: post(program, contact, tomorrow)))
        for _round in range(ROUNDS)
    ]
    orm, api = (statistics.median(column) for column in zip(*pairs, strict=True))
    counts = _queries(lambda: insert(contact, tomorrow)), _queries(lambda: post(program, contact, tomorrow))
    print(
        f"{connection.vendor}, medians of {ROUNDS} rounds: ORM {orm:.1f} ms, {counts[0]} queries   "
        f"API {api:.1f} ms, {counts[1]} queries   ratio {api / orm:.1f}"
    )


if __name__ == "__main__":
    name = connection.creation.create_test_db(verbosity=0)
    try:
        with patch.object(limiting, "CALLS_A_MINUTE", 10_000):
            main()
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
