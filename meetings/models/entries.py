"""Meetings as they stand in their owners' own calendars."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.calendars.models import Calendar
from meetings.models.meetings import Meeting
from okey.lib.claims import TakesTurns


class CalendarEntry(TakesTurns):
    """A meeting in one calendar: due while it may not stand there as it shall. Written by meetings.entries alone.

    Its turn is the owner's: a slow server keeps its own owner's entries waiting. A pair is [start, end] in ISO 8601.
    """

    lane: ClassVar[str] = "calendars"

    #: First in the index of the constraint.
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="calendar_entries", db_index=False)
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="entries")
    #: Rises with everything that may change what shall stand there: who worked on an older number is not done.
    owed = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    #: How it stands there, as far as O-Key knows (meetings.entries.standing); NULL: it does not.
    known = models.JSONField(null=True, editable=False)
    #: The digest of what was written there last; "" where nothing was.
    written = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    #: The pairs that the calendar may have been told since it was last known; None among them: to take it out.
    told = models.JSONField(default=list, blank=True, editable=False)
    #: Since when a call is announced of which it is not known what came of it.
    sent_at = models.DateTimeField(null=True, editable=False)
    #: Whether the calendar seems to hold something else than is known.
    to_look = models.BooleanField(default=False, db_default=False, editable=False)
    #: What the owner did to it there and has not decided about: "there" (NULL: deleted), "instead_of" (a pair).
    found = models.JSONField(null=True, editable=False)
    #: Why it could not be written: integrations.calendars.base.Why.
    problem = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)

    class Meta:
        verbose_name = _("entry in a calendar")
        verbose_name_plural = _("entries in calendars")
        constraints = [
            *TakesTurns.Meta.constraints,
            models.UniqueConstraint(fields=["meeting", "calendar"], name="a_meeting_once_a_calendar"),
        ]
        indexes = TakesTurns.Meta.indexes

    def __str__(self) -> str:
        return f"{self.meeting_id} in {self.calendar_id}"
