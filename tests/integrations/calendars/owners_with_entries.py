"""What the owners of a running stack do whose meetings are entered in calendars: run beside it, with its settings."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db.models import QuerySet

from integrations import authorization
from integrations.calendars import choosing, servers
from meetings import scheduling
from meetings.models import CalendarEntry, Meeting
from okey.api import tokens
from okey.contacts.editing import add_contact
from okey.owners.models import Owner
from tests.google_simulator import GoogleSimulator
from tests.microsoft_simulator import MicrosoftSimulator
from tests.simulator import Simulator

HOUR = timedelta(hours=1)
SIMULATORS: dict[str, type[Simulator]] = {"google_calendar": GoogleSimulator, "outlook_calendar": MicrosoftSimulator}


def set_up(places: dict[str, dict[str, str]], count: int) -> None:
    """For each place an owner with so many meetings, which are to be entered there. Prints their contact and token."""
    owners = {name: _owner(name) for name in places}
    said = {}
    for name, owner in owners.items():
        contact = add_contact(owner=owner, name="Ann Lee", email="ann@example.com")
        first = (datetime.now(UTC) + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
        for number in range(count):
            plan = scheduling.Plan(title=f"Meeting {number}", starts_at=first + number * HOUR, minutes=30, provider="")
            scheduling.schedule(owner=owner, contact=contact, plan=plan, by_mail=False)
        token = tokens.make(owner=owner, name="Test", scopes=["read", "schedule"])[1]
        said[name] = {"contact": str(contact.pk), "token": token}
    for name, place in places.items():
        _connect(owners[name], **place)
    print(json.dumps(said))


def change() -> None:
    """Of each owner every third meeting is moved, every fifth is cancelled, the first one to begin with."""
    seen: Counter[str] = Counter()
    for meeting in _entered().order_by("starts_at", "owner"):
        number = seen[meeting.owner.name]
        seen[meeting.owner.name] += 1
        if number % 3 == 1:
            plan = scheduling.Plan(meeting.title, meeting.starts_at + HOUR / 4, meeting.minutes)
            scheduling.reschedule(owner=meeting.owner, meeting_id=meeting.pk, plan=plan)
        if number % 5 == 0:
            scheduling.cancel(owner=meeting.owner, meeting_id=meeting.pk)


def books() -> None:
    """Prints for each owner what shall stand in their calendar, and how many entries are not done or ask something."""
    shall: dict[str, list[list[str]]] = {}
    for meeting in _entered().filter(cancelled_at=None).prefetch_related("invitations"):
        [invitation] = meeting.invitations.all()
        shall.setdefault(meeting.owner.name, []).append([str(invitation.pk), meeting.starts_at.isoformat()])
    done = CalendarEntry.objects.filter(due_at=None, found__isnull=True, problem="", sent_at=None)
    print(json.dumps({"shall": shall, "undone": CalendarEntry.objects.exclude(pk__in=done.values("pk")).count()}))


def _entered() -> QuerySet[Meeting]:
    return Meeting.objects.filter(owner__calendars__takes_meetings=True).select_related("owner")


def _owner(name: str) -> Owner:
    return Owner.objects.create_user(f"{name}@example.com", name=name, timezone="UTC")


def _connect(owner: Owner, *, service: str, url: str, user: str = "", password: str = "", calendar: str = "") -> None:
    """And choose it; who signs in allows it then."""
    if service == "caldav":
        account = servers.connect(owner=owner, server=url, user_name=user, password=password)
        servers.choose(owner=owner, account_id=account.pk, urls=[calendar])
        choosing.enter_meetings_in(owner=owner, calendar_id=owner.calendars.get().pk)
        return
    _sign_in(owner, service, url)
    choosing.enter_meetings_in(owner=owner, calendar_id=owner.calendars.get().pk)
    _sign_in(owner, service, url)


def _sign_in(owner: Owner, service: str, url: str) -> None:
    attempt: Any = authorization.begin(owner, service)
    simulator = SIMULATORS[service]()
    simulator.url = url
    query = parse_qs(urlsplit(simulator.approve(authorization.url_of(attempt))).query)
    simulator.stop()
    back = {"state": query["state"][0], "code": query["code"][0]}
    attempt = authorization.receive(service, error="", visitor=owner, **back)
    attempt = authorization.proceed(attempt.pk)
    assert attempt.outcome in {"connected", "reconnected"}, attempt.detail
