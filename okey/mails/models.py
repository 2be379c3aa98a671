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


class NotSent(models.TextChoices):
    """Why a mail did not go out though the mail server would take it (okey.mails.limits)."""

    STOPPED = "stopped", _("Whoever has this mailbox said that they did not ask for such mails.")
    MAILBOX = "mailbox", _("Nobody has confirmed this address, and it got six mails within 24 hours.")
    OWNER = "owner", _("The day’s limit of mails of this account is used up.")


class Mail(TakesTurns):
    """One mail to one address; due until the mail server has taken it."""

    lane: ClassVar[str] = "mails"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.EmailField(_("to"))
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    #: Whom an answer reaches; "" for O-Key itself.
    reply_to = models.CharField(_("answers go to"), max_length=254, blank=True, default="", db_default="")
    #: The sender's name, where that is not O-Key's own (messages.sent_for).
    from_name = models.CharField(_("sent in the name of"), max_length=200, blank=True, default="", db_default="")
    #: A calendar part, whose METHOD says what it does; "" for none.
    calendar = models.TextField(blank=True, default="", db_default="")
    #: Where it goes to an address that nobody has confirmed: its link *I did not ask for this*.
    unasked_url = models.CharField(max_length=500, blank=True, default="", db_default="")
    #: The account whose mails of the day it counts with; "" for none.
    account = models.CharField(max_length=40, blank=True, default="", db_default="")
    #: Its text opens an account, so it goes once the mail is sent or given up.
    is_secret = models.BooleanField(default=False, db_default=False, editable=False)
    not_sent = models.CharField(
        _("not sent"), max_length=10, choices=NotSent.choices, blank=True, default="", db_default=""
    )
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

    @property
    def calendar_method(self) -> str:
        """As the part itself says: the mail's headers must say the same."""
        methods = (line.removeprefix("METHOD:") for line in self.calendar.splitlines() if line.startswith("METHOD:"))
        return next(methods, "PUBLISH")


class Mailbox(models.Model):
    """What went to a mailbox of which nobody has shown that it is theirs, and whether they want no more.

    The address itself is not here, only a salted hash of it.
    """

    key = models.CharField(max_length=32, primary_key=True)
    #: When mails went there within the last 24 hours: seconds since 1970.
    sent = models.JSONField[list[float], list[float]](default=list)
    last_at = models.DateTimeField(null=True, db_index=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    class Meta:
        verbose_name = _("unconfirmed mailbox")
        verbose_name_plural = _("unconfirmed mailboxes")

    def __str__(self) -> str:
        return self.key[:8]


def old_mails(limit: int) -> "QuerySet[Mail]":
    """Sent or given up long ago: their texts hold addresses of meeting pages."""
    before = timezone.now() - timedelta(days=settings.OKEY_KEEP_MAILS_DAYS)
    return Mail.objects.filter(due_at=None, created_at__lt=before).order_by("created_at", "id")[:limit]
