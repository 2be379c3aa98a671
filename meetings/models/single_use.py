"""Addresses by which a type of meeting is booked once."""

import secrets
import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetings.models.meetings import Meeting
from meetings.models.types import MeetingType

#: How long one is kept after its time, so that whoever comes late is told what became of it.
KEPT_FOR = timedelta(days=90)


def single_use_token() -> str:
    return secrets.token_urlsafe(24)  # 192 bits: nobody guesses it


class SingleUseLink(models.Model):
    """Books its type once, hidden or not. Written by meetings.types.single_use and nowhere else."""

    TOKEN_MAX: ClassVar[int] = 64

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting_type = models.ForeignKey(MeetingType, on_delete=models.CASCADE, related_name="single_use_links")
    token = models.CharField(max_length=TOKEN_MAX, unique=True, default=single_use_token, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)
    used_at = models.DateTimeField(_("used"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    #: What was booked by it.
    meeting = models.ForeignKey(Meeting, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("single-use link")
        verbose_name_plural = _("single-use links")

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> str:
        """open, used, withdrawn or expired: the first that came about."""
        if self.used_at is not None:
            return "used"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "expired" if self.expires_at <= timezone.now() else "open"

    @property
    def is_open(self) -> bool:
        return self.state == "open"


def old_single_use_links(most: int) -> "QuerySet[SingleUseLink]":
    """At most so many that may go now."""
    old = SingleUseLink.objects.filter(expires_at__lte=timezone.now() - KEPT_FOR)
    return old.order_by("expires_at")[:most]
