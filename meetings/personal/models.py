"""Accounts that their owners have closed."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from okey.lib.claims import Claimable


class Closing(Claimable):
    """One row a closed account: due while clients are told and grants end, and then when it is deleted for good.

    Since when it is closed stands on the owner. An administrator who opens it again deletes this row.
    """

    lane: ClassVar[str] = "housekeeping"

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="closing"
    )
    #: When everybody had been told and the grants had ended: nothing is owed to anybody from then on.
    settled_at = models.DateTimeField(_("everything ended"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("closed account")
        verbose_name_plural = _("closed accounts")

    def __str__(self) -> str:
        return str(self.owner)

    @property
    def deleted_at(self) -> datetime:
        """When it is deleted for good, or soon after."""
        closed_at = self.owner.closed_at or timezone.now()
        return closed_at + timedelta(days=settings.OKEY_CLOSED_ACCOUNT_DAYS)
