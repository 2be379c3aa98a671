"""A contact's way into a meeting."""

import secrets
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from meetings.models.meetings import Meeting
from okey.contacts.models import Contact
from okey.lib.claims import TakesTurns
from okey.mails.models import NotSent

TOKEN_BYTES = 24  # 192 bits: nobody guesses a meeting page


def invitation_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


class Invitation(TakesTurns):
    """One contact's way into one meeting: its token is the address of their meeting page.

    Due while the contact is owed a mail, now or (a reminder) later; meetings.invitations.inviting compares what
    they were told with what the meeting is, as meetings.links does with a provider.
    """

    lane: ClassVar[str] = "mails"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: First in the index of `one_invitation_a_contact`.
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="invitations", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="invitations")
    token = models.CharField(max_length=64, unique=True, default=invitation_token, editable=False)
    #: Where mails go: the contact's address when they were invited.
    email = models.EmailField(_("e-mail address"))
    #: False: a stranger typed the address, so mails to it carry nothing else that they typed.
    is_address_confirmed = models.BooleanField(_("address confirmed"), default=True)
    #: The zone that the client chose when they booked; NULL where the owner invited them.
    timezone = TimeZoneField(_("time zone"), null=True, blank=True)
    #: The one that the client booked in, or chose last; "": the contact's, or else the owner's.
    language = models.CharField(max_length=10, blank=True, default="", db_default="", editable=False)
    #: False: the page only. The owner chose to send nothing.
    is_mailed = models.BooleanField(_("gets mails"), default=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    #: The client, or the owner's program, named their address: they come too, and change nothing for others.
    is_guest = models.BooleanField(_("guest"), default=False, db_default=False, editable=False)
    #: Since when their seat in a group is another's to take, or since when a guest does not come; NULL: they come.
    left_at = models.DateTimeField(_("left"), null=True, editable=False)
    #: Of whoever took a seat in a group: the request by which they did, and what they said, as `Meeting.answers`.
    request_key = models.CharField(max_length=100, null=True, editable=False)  # noqa: DJ001 -- indexed where there is one
    answers = models.JSONField(null=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    #: How often it was to be sent anew though nothing had changed.
    resends = models.PositiveIntegerField(default=0, editable=False)
    #: The last change that they may have to hear of. Several in a row are told in one mail.
    changed_at = models.DateTimeField(null=True, editable=False)

    #: What the last invitation, change or cancellation said; all empty before the first.
    told_revision = models.PositiveIntegerField(_("revision told"), null=True, editable=False)
    told_resends = models.PositiveIntegerField(default=0, editable=False)
    told_title = models.CharField(max_length=Meeting.TITLE_MAX, blank=True, editable=False)
    told_starts_at = models.DateTimeField(null=True, editable=False)
    told_minutes = models.PositiveIntegerField(null=True, editable=False)
    told_cancelled = models.BooleanField(default=False, editable=False)
    told_at = models.DateTimeField(_("told"), null=True, editable=False)
    #: What a mail says that the server was about to get, for as long as its answer is not known: the client may know
    #: it, too. `telling_mail` is "" where nothing is open.
    telling_mail = models.CharField(max_length=12, blank=True, default="", db_default="", editable=False)
    telling_revision = models.PositiveIntegerField(null=True, editable=False)
    telling_resends = models.PositiveIntegerField(null=True, editable=False)
    telling_title = models.CharField(
        max_length=Meeting.TITLE_MAX, blank=True, default="", db_default="", editable=False
    )
    telling_starts_at = models.DateTimeField(null=True, editable=False)
    telling_minutes = models.PositiveIntegerField(null=True, editable=False)
    telling_cancelled = models.BooleanField(default=False, db_default=False, editable=False)
    #: When the first mail went out.
    invited_at = models.DateTimeField(_("invited"), null=True, editable=False)

    #: The start of which the last reminder of this kind spoke, so that a moved meeting is reminded of again.
    day_reminder_for = models.DateTimeField(null=True, editable=False)
    hour_reminder_for = models.DateTimeField(null=True, editable=False)

    failing_since = models.DateTimeField(null=True, editable=False)
    #: O-Key has given up sending what is owed; the owner reads so.
    failed_at = models.DateTimeField(_("given up"), null=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    #: Why O-Key itself does not send what is owed now.
    held = models.CharField(
        _("held back"), max_length=10, choices=NotSent.choices, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "contact"], name="one_invitation_a_contact"),
            *TakesTurns.Meta.constraints,
        ]
        indexes = [
            *TakesTurns.Meta.indexes,
            # For administrators: the few that the mail server does not take.
            models.Index(
                fields=["failing_since"], condition=Q(failing_since__isnull=False), name="invitations_failing"
            ),
            models.Index(fields=["request_key"], condition=Q(request_key__isnull=False), name="invitations_by_request"),
            models.Index(fields=["failed_at"], condition=Q(failed_at__isnull=False), name="invitations_failed"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_off(self) -> bool:
        """Whether they do not come any more: the meeting is cancelled, or they left it to the others."""
        return self.left_at is not None or self.meeting.is_cancelled
