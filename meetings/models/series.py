"""Meetings that were scheduled together."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from okey.lib.claims import TakesTurns


class Series(TakesTurns):
    """Meetings at the same time of every so-many-th week, each of which goes its own way from then on.

    Due while its client may be owed mails about them: what is to be said of several at once is one mail
    (meetings.invitations.together).
    """

    lane: ClassVar[str] = "mails"

    TIMES_MIN: ClassVar[int] = 2
    TIMES_MAX: ClassVar[int] = 52
    WEEKS_MAX: ClassVar[int] = 12

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="series")
    every_weeks = models.PositiveSmallIntegerField(_("every so many weeks"))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        constraints = TakesTurns.Meta.constraints
        indexes = TakesTurns.Meta.indexes

    def __str__(self) -> str:
        return str(self.pk)
