"""Where meetings are entered in the tests, behind the same few verbs: a real CalDAV server, or a vendor's simulator."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar as ICalendar

from integrations.calendars import choosing, granted, servers
from integrations.calendars.models import Calendar
from integrations.calendars.signed_in import PRIMARY
from integrations.models import AuthorizationAttempt, Connection
from okey.owners.models import Owner
from tests.calendar_servers import PASSWORD, CalendarServer
from tests.simulator import Simulator


@dataclass(frozen=True)
class Stands:
    """`sequence`: None where the vendor counts by itself."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    sequence: int | None = None


class Place(ABC):
    @abstractmethod
    def connect(self, owner: Owner) -> Calendar:
        """It counts, and nothing is entered there yet."""

    @abstractmethod
    def allow(self, owner: Owner) -> None:
        """The owner lets O-Key write there, after they have chosen it."""

    @abstractmethod
    def count(self, owner: Owner, *, is_on: bool) -> None:
        """The owner ticks it, or not, among those that count."""

    @abstractmethod
    def stand(self) -> list[Stands]:
        """All entries of the calendar."""

    @abstractmethod
    def move(self, *, starts_at: datetime, ends_at: datetime) -> None:
        """The owner moves the only entry, in their calendar program."""

    @abstractmethod
    def empty(self) -> None:
        """The owner deletes all entries there."""


class CalDavPlace(Place):
    def __init__(self, server: CalendarServer) -> None:
        self.server = server

    def connect(self, owner: Owner) -> Calendar:
        there = self.server
        account = servers.connect(owner=owner, server=there.url, user_name=there.user, password=PASSWORD)
        self.count(owner, is_on=True)
        return account.calendars.get()

    def allow(self, owner: Owner) -> None:
        pass

    def count(self, owner: Owner, *, is_on: bool) -> None:
        account = owner.calendar_accounts.get(user_name=self.server.user)
        servers.choose(owner=owner, account_id=account.pk, urls=[self.server.calendar] if is_on else [])

    def stand(self) -> list[Stands]:
        found = []
        for name in self.server.names():
            for event in ICalendar.from_ical(self.server.get(name)).walk("VEVENT"):
                texts = [str(event[key]) for key in ("UID", "SUMMARY")]
                place = str(event.get("LOCATION", ""))
                found.append(Stands(*texts, event["DTSTART"].dt, event["DTEND"].dt, place, int(event["SEQUENCE"])))
        return sorted(found, key=lambda one: one.starts_at)

    def move(self, *, starts_at: datetime, ends_at: datetime) -> None:
        (name,) = self.server.names()
        calendar = ICalendar.from_ical(self.server.get(name))
        (event,) = calendar.walk("VEVENT")
        event["DTSTART"].dt, event["DTEND"].dt = starts_at, ends_at
        self.server.put(name, calendar.to_ical())

    def empty(self) -> None:
        self.server.empty()


class SignedInPlace(Place):
    """`authorize`: walks the whole way for the calendar's service. `creates`: what the simulator calls making one."""

    def __init__(
        self, simulator: Simulator, service: str, creates: str, authorize: Callable[..., AuthorizationAttempt]
    ) -> None:
        self.simulator = simulator
        self.service = service
        self.creates = creates
        self.authorize = authorize

    def connect(self, owner: Owner) -> Calendar:
        attempt = self.authorize(owner)
        assert attempt.outcome == "connected", attempt.detail
        return Calendar.objects.get(owner=owner, connection=attempt.connection)

    def allow(self, owner: Owner) -> None:
        attempt = self.authorize(owner)
        assert attempt.outcome == "reconnected", attempt.detail

    def count(self, owner: Owner, *, is_on: bool) -> None:
        connection = Connection.objects.get(owner=owner)
        listed = granted.listed(connection, seconds=5)
        choosing.choose(owner=owner, connection=connection, listed=listed, chosen=[PRIMARY] if is_on else [])

    def stand(self) -> list[Stands]:
        return sorted(map(_stands, self.simulator.entries()), key=lambda one: one.starts_at)

    def move(self, *, starts_at: datetime, ends_at: datetime) -> None:
        (entry,) = self.simulator.entries()
        to = {"start": starts_at, "end": ends_at}
        self.simulator.change_entry(
            entry["id"], zone="UTC", **{name: f"{one.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" for name, one in to.items()}
        )

    def empty(self) -> None:
        for entry in self.simulator.entries():
            self.simulator.change_entry(entry["id"], is_cancelled=True)


def _stands(entry: dict[str, Any]) -> Stands:
    starts, ends = (
        datetime.fromisoformat(entry[name]).replace(tzinfo=ZoneInfo(entry["zone"])).astimezone(UTC)
        for name in ("start", "end")
    )
    name = entry["more"].get("transactionId") or entry["id"]
    uid = str(UUID(name.partition(":")[0].partition("@")[0]))
    return Stands(uid, entry["title"], starts, ends, entry["more"].get("location", ""))
