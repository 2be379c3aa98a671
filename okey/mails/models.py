"""Mails that wait in a table, so that a mail server's bad hour loses none and slows no page."""

import uuid
from typing import ClassVar

from django.db import models
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
        indexes = TakesTurns.Meta.indexes

    def __str__(self) -> str:
        return self.subject
