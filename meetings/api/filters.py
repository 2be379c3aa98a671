"""Which meetings a list holds, and in what order."""

from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet
from ninja import Schema
from pydantic import Field

from meetings import reading
from meetings.api.answers import CONTACT_ID, MEETING_ID, SERIES_ID
from meetings.models import Meeting
from meetings.reading import MeetingStatus
from okey.api.paging import IDS_MAX
from okey.api.schemas import ExternalId, Moment, Text
from okey.owners.models import Owner


class Order(StrEnum):
    SOONEST = "soonest"
    LATEST = "latest"


COLUMNS = {Order.SOONEST: ("starts_at", "id"), Order.LATEST: ("-starts_at", "-id")}


class MeetingFilters(Schema):
    since: Moment | None = Field(None, description="Those that start then or later.", examples=["2026-08-03T00:00:00Z"])
    until: Moment | None = Field(None, description="Those that start before.", examples=["2026-08-10T00:00:00Z"])
    contact_id: UUID | None = Field(None, description="Those with this contact.", examples=[CONTACT_ID])
    series_id: UUID | None = Field(None, description="Those of this series.", examples=[SERIES_ID])
    status: MeetingStatus | None = Field(None, examples=["scheduled"])
    search: Text = Field(
        "",
        max_length=200,
        description="Words of the title, or of the contact's name, address, company or phone number.",
        examples=["kick-off"],
    )
    external_id: ExternalId = ""
    ids: list[UUID] = Field(
        [], max_length=IDS_MAX, description="These, as far as they are yours: `ids=…&ids=…`.", examples=[[MEETING_ID]]
    )
    updated_since: Moment | None = Field(
        None,
        description="Those that were scheduled or changed, or whose link did, then or later.",
        examples=["2026-08-03T00:00:00Z"],
    )
    order: Order = Field(Order.SOONEST, description="By the time when they start.", examples=["soonest"])

    @property
    def columns(self) -> tuple[str, ...]:
        return COLUMNS[self.order]

    def apply(self, meetings: "QuerySet[Meeting]", owner: Owner) -> "QuerySet[Meeting]":
        if self.since is not None:
            meetings = meetings.filter(starts_at__gte=self.since)
        if self.until is not None:
            meetings = meetings.filter(starts_at__lt=self.until)
        if self.contact_id is not None:
            meetings = meetings.filter(contact=self.contact_id)
        if self.series_id is not None:
            meetings = meetings.filter(series=self.series_id)
        if self.status is not None:
            meetings = WITH_STATUS[self.status](meetings)
        if self.external_id:
            meetings = meetings.filter(external_id=self.external_id)
        if self.ids:
            meetings = meetings.filter(pk__in=self.ids)
        if self.updated_since is not None:
            meetings = meetings.filter(updated_at__gte=self.updated_since)
        return reading.search(meetings, self.search, owner)


WITH_STATUS = {
    MeetingStatus.REQUESTED: reading.requested,
    MeetingStatus.SCHEDULED: lambda meetings: reading.upcoming(meetings).filter(approval_until=None),
    MeetingStatus.OVER: reading.past,
    MeetingStatus.CANCELLED: reading.cancelled,
}
