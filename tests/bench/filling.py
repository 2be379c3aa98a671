"""Fills a bench's database, in O-Key's own process and settings: owners connected to the stand-in, work that is due.

python -m tests.bench.filling connect OWNERS | jobs JOBS OWNERS [FIRST] | mails MAILS [told] | hooks HOOKS URL
                              | steadily OWNERS FIRST COUNT PAUSE | crowd JOBS OWNER_ID …

What it makes due, it tells nobody, unless the word says so: the tables are the queue.
"""

import json
import sys
import time
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db import connection, transaction
from django.utils import timezone

from integrations import grants
from integrations.models import Connection
from integrations.providers.base import Grant, Identity
from meetings import scheduling
from meetings.models import LinkJob, Meeting
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Delivery, Event, EventType

SCOPES = frozenset({"user:read:user", "meeting:write:meeting"})


def owner_number(number: int) -> Owner:
    return Owner.objects.get(email=f"bench{number}@example.com")


@transaction.atomic
def connect(count: int) -> None:
    """Owners with a contact each, and a Zoom user each whose tokens the stand-in takes."""
    for number in range(count):
        owner = Owner.objects.create_user(f"bench{number}@example.com", None, name=f"Owner {number}", timezone="UTC")
        add_contact(owner=owner, name="Ann Lee", email=f"ann{number}@client{number}.example")
        account = grants.account_for("zoom", Identity(f"u{number}", "a", f"bench{number}@example.com", ""))
        pair = Grant(f"at-u{number}-0", f"rt-u{number}-0", 3599, SCOPES)
        now = timezone.now()
        grants.store(account, pair, expires_at=now + timedelta(hours=2), asked_at=now)
        Connection.objects.create(owner=owner, provider="zoom", account=account, is_default=True)


def schedule(owner: Owner, days: float, *, provider: str = "zoom", by_mail: bool = False) -> Meeting:
    contact = Contact.objects.get(owner=owner)
    plan = scheduling.Plan(
        title="Kick-off", starts_at=timezone.now() + timedelta(days=days), minutes=30, provider=provider
    )
    return scheduling.schedule(owner=owner, contact=contact, by_mail=by_mail, plan=plan)


def jobs(count: int, owners: int, first: int = 0) -> None:
    """So many link jobs due now, shared out among the owners from number `first` on."""
    each, more = divmod(count, owners)
    with quietly(), transaction.atomic():
        for number in range(owners):
            copies = each + (1 if number < more else 0)
            if copies:
                clone(schedule(owner_number(first + number), 2), copies - 1)


def crowd(count: int, owners: list[str]) -> None:
    """The same for owners who are there already, by their ids."""
    with quietly(), transaction.atomic():
        for number, owner in enumerate(owners):
            copies = count // len(owners) + (1 if number < count % len(owners) else 0)
            if copies:
                clone(schedule(Owner.objects.get(pk=owner), 9), copies - 1)


def mails(count: int, *, told: bool = False) -> None:
    """Invitations that are due now, of meetings without a video link. `told`: a worker is woken, as by a page."""
    with nullcontext() if told else quietly(), transaction.atomic():
        for number in range(count):
            schedule(owner_number(number % 30), 3 + number / 48, provider="", by_mail=True)


def hooks(count: int, url: str) -> None:
    """One owner's endpoints at a slow receiver, each with an event to tell and more to come."""
    owner = owner_number(0)
    for number in range(count):
        endpoint = endpoints.add(owner=owner, url=f"{url}/hook/slow/{number}", events=[EventType.MEETING_SCHEDULED])
        for _ in range(20):
            event = Event.objects.create(owner=owner, type=EventType.MEETING_SCHEDULED, data={})
            Delivery.objects.create(
                endpoint=endpoint, event=event, due_at=timezone.now(), give_up_at=timezone.now() + timedelta(days=3)
            )


def steadily(owners: int, first: int, count: int, pause: float) -> None:
    """Owners schedule one after the other, each waking the worker as a page does. Prints the meetings' ids."""
    made = []
    for number in range(count):
        began = time.monotonic()
        made.append(str(schedule(owner_number(first + number % owners), 5 + number / 1440).pk))
        time.sleep(max(0.0, pause - (time.monotonic() - began)))
    print(json.dumps(made))


def quietly() -> Any:
    """Nothing is published on commit."""
    return patch("django.db.transaction.on_commit", lambda *_args, **_options: None)


def clone(meeting: Meeting, copies: int) -> None:
    """The meeting and its job again so many times, each a minute later, whatever columns they have."""
    keys = "md5(%s::text || g)::uuid"
    later = "+ interval '1 minute' * g"
    with connection.cursor() as cursor:
        for model, key in ((Meeting, "id"), (LinkJob, "meeting_id")):
            names = [field.column for field in model._meta.concrete_fields]
            values = []
            for name in names:
                if name == key:
                    values.append(keys)
                elif name == "request_key":
                    values.append("NULL")
                else:
                    values.append(f's."{name}"' + (later if name in {"starts_at", "ends_at"} else ""))
            columns = ", ".join(f'"{name}"' for name in names)
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {', '.join(values)}"  # noqa: S608 -- our names
                f" FROM {model._meta.db_table} s, generate_series(1, %s) g WHERE s.{key} = %s",
                [str(meeting.pk), copies, str(meeting.pk)],
            )


def main(what: str, *words: str) -> None:
    match what:
        case "connect":
            connect(int(words[0]))
        case "jobs":
            jobs(*map(int, words))
        case "mails":
            mails(int(words[0]), told="told" in words)
        case "hooks":
            hooks(int(words[0]), words[1])
        case "crowd":
            crowd(int(words[0]), list(words[1:]))
        case "steadily":
            steadily(int(words[0]), int(words[1]), int(words[2]), float(words[3]))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
