"""The address of an owner's calendar feed."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from okey.lib.sealing import SealedField, SealedModel


class CalendarFeed(SealedModel):
    """Switched on while the row is there. Its token is the address: found by its hash, shown to the owner unsealed."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    token = SealedField()
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    #: Since when there is this address.
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    #: When a calendar asked last, to the hour.
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return str(self.owner_id)
