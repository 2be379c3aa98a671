"""Mails that wait in a table, so that a mail server's bad hour loses none and slows no page."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from okey.lib.claims import TakesTurns


class Mail(TakesTurns):
    """One mail to one address; due until the mail server has taken it."""

    lane: ClassVar[str] = "mails"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.EmailField(_("to"))
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = TakesTurns.Meta.constraints
        indexes = [
            *TakesTurns.Meta.indexes,
            models.Index(fields=["created_at", "id"], name="mails_by_age"),
            models.Index(fields=["to", "created_at"], name="mails_to_an_address"),
        ]

    def __str__(self) -> str:
        return self.subject


def old_mails(limit: int) -> "QuerySet[Mail]":
    """Sent or given up long ago: their texts hold addresses of meeting pages."""
    before = timezone.now() - timedelta(days=settings.OKEY_KEEP_MAILS_DAYS)
    return Mail.objects.filter(due_at=None, created_at__lt=before).order_by("created_at", "id")[:limit]
