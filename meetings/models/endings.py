"""Meetings whose end is still to be told."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from meetings.models.meetings import Meeting
from okey.lib.claims import Claimable


class MeetingEnd(Claimable):
    """One row a meeting that is not over: due at its end, and gone when that was told. What is over costs nothing."""

    lane: ClassVar[str] = "housekeeping"

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, primary_key=True, related_name="end")

    class Meta:
        verbose_name = _("end of a meeting")
        verbose_name_plural = _("ends of meetings")

    def __str__(self) -> str:
        return str(self.meeting_id)
