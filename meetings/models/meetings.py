"""The record of a meeting."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetings.models.series import Series
from meetings.models.types import MeetingType
from okey.contacts.models import Contact
from okey.lib.folding import FoldedField


class SearchedTitle(FoldedField):
    """What a search looks through, beside what it does of the contact."""

    of = ("title",)


class MeetingManager(models.Manager["Meeting"]):
    def locked(self, pk: uuid.UUID, **whose: Any) -> "Meeting":
        """The meeting, whose row is mine until the transaction ends. After its owner's, before any of its invitations.

        Raises Meeting.DoesNotExist, also for one that is not `whose` as said.
        """
        return self.select_for_update(no_key=True).get(pk=pk, **whose)

    def all_locked(self, such: Q) -> "QuerySet[Meeting]":
        """Those meetings, whose rows are mine. Before their invitations, and before any webhook of the owner's.

        Their series first: who tells a client of several meetings locks that, and then the invitations.
        """
        those = self.filter(pk__in=self.filter(such).values("pk"))
        series = Series.objects.select_for_update(no_key=True).filter(pk__in=those.values("series"))
        list(series.order_by("pk").values_list("pk"))
        list(those.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        return those


class Meeting(models.Model):
    """One appointment of an owner with a contact. `provider` is what makes its link; "" where none is wanted.

    With `is_group` of an owner with several, each by an invitation of their own; `contact` is then one of those who
    come: the first, until they leave.

    `revision` rises with every change that the provider or the client should know of.
    """

    class Source(models.TextChoices):
        CRM = "crm", _("by you")
        BOOKING = "booking", _("on your booking page")
        BOT = "bot", _("by the bot")
        ASSISTANT = "assistant", _("by an assistant")
        AUTOMATION = "automation", _("by an automation")

    class NoLink(models.TextChoices):
        CHOSEN = "chosen", _("You chose no video link.")
        NO_DEFAULT = "no_default", _("No meeting provider was your default when this was scheduled.")
        NOT_CONNECTED = "not_connected", _("No meeting provider was connected when this was scheduled.")
        #: meetings.booking.bookings
        PUBLIC_LIMIT = "public_limit", _("That day’s links for clients’ own bookings were used up.")
        #: meetings.types: by phone, in person, or nowhere that O-Key knows of.
        PLACE = "place", _("This type of meeting takes place without a video link.")
        APPROVAL = "approval", _("The link is made once you have approved the meeting.")
        NO_PROVIDER = "no_provider", _("The provider of this type of meeting was not connected when it was booked.")

    MINUTES_MAX: ClassVar[int] = 1440
    TITLE_MAX: ClassVar[int] = 200
    AGENDA_MAX: ClassVar[int] = 1900  # Zoom takes 2,000, and the reference stands in front
    WORD_MAX: ClassVar[int] = 500

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: Both stand first in an index of `indexes`.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="meetings", db_index=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="meetings", db_index=False)
    title = models.CharField(_("title"), max_length=TITLE_MAX)
    agenda = models.TextField(_("agenda"), blank=True)
    starts_at = models.DateTimeField(_("starts"))
    minutes = models.PositiveIntegerField(_("minutes"))
    ends_at = models.DateTimeField(_("ends"))  # derived on save; here so that lists can ask for it
    timezone = models.CharField(_("time zone"), max_length=64)
    source = models.CharField(_("scheduled"), max_length=20, choices=Source.choices, default=Source.CRM)
    request_key = models.CharField(max_length=100, null=True, editable=False)  # noqa: DJ001 -- unique, so absent is NULL
    provider = models.SlugField(_("provider"), max_length=30, blank=True, db_index=False)
    no_link = models.CharField(max_length=20, choices=NoLink.choices, blank=True)
    revision = models.PositiveIntegerField(default=1, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    #: When it would have started before it was last moved.
    moved_from = models.DateTimeField(null=True, editable=False)
    #: When it was moved: who came into it since then never had that time. NULL of what an older O-Key has moved.
    moved_at = models.DateTimeField(null=True, editable=False)
    #: What the owner says to the client with the last change or the cancellation.
    word = models.TextField(blank=True, default="", db_default="", editable=False)
    #: Since when the client waits for an answer to a wish for another time, and in which words; NULL where none does.
    asked_at = models.DateTimeField(null=True, editable=False)
    asked_words = models.TextField(blank=True, default="", db_default="", editable=False)
    #: Until when the owner can approve what a client asked for; NULL: approved, or never to be. See meetings.approving.
    approval_until = models.DateTimeField(_("to be approved until"), null=True, editable=False)
    #: What makes the link once it is approved; `provider` is empty until then.
    approved_provider = models.SlugField(
        max_length=30, blank=True, default="", db_default="", db_index=False, editable=False
    )
    #: Written by meetings.links and nowhere else.
    join_url = models.URLField(_("join link"), max_length=1000, blank=True)
    passcode = models.CharField(_("passcode"), max_length=50, blank=True)
    created_at = models.DateTimeField(_("scheduled at"), auto_now_add=True)
    searched = SearchedTitle(editable=False, default="", db_default="")
    #: Of the meeting or its link; written with them.
    updated_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    #: A program's own ID of the meeting, and what it keeps beside it; NULL: nothing.
    external_id = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    metadata = models.JSONField(null=True, blank=True, editable=False)
    #: What was booked, and a copy of what was promised then; NULL where the owner scheduled it by themselves.
    #: First in the index `meetings_of_a_type`.
    meeting_type = models.ForeignKey(
        MeetingType, on_delete=models.SET_NULL, null=True, blank=True, related_name="meetings", db_index=False
    )
    type_name = models.CharField(
        _("type"), max_length=MeetingType.NAME_MAX, blank=True, default="", db_default="", editable=False
    )
    place = models.CharField(
        max_length=10, choices=MeetingType.Place.choices, blank=True, default="", db_default="", editable=False
    )
    place_words = models.CharField(
        max_length=MeetingType.PLACE_MAX, blank=True, default="", db_default="", editable=False
    )
    #: Booked as a type with seats: further people may come into it. It stays so, whatever becomes of the type.
    is_group = models.BooleanField(default=False, db_default=False, editable=False)
    change_notice_minutes = models.PositiveIntegerField(null=True, editable=False)
    #: With which it was scheduled; NULL: alone. First in the index `meetings_of_a_series`.
    series = models.ForeignKey(
        Series, on_delete=models.SET_NULL, null=True, blank=True, related_name="meetings", db_index=False
    )
    #: What the client was asked and answered: [{"question": ..., "answer": ...}]. NULL: nothing. Of a group, each
    #: invitation says it.
    answers = models.JSONField(null=True, blank=True, editable=False)

    objects = MeetingManager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.UniqueConstraint(fields=["owner", "request_key"], name="one_meeting_per_request"),
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=1440), name="minutes_from_1_to_1440"),
        ]
        indexes = [
            # All that says which meetings come next, are over or cancelled: none of them is read to be left out.
            models.Index(
                fields=["owner", "starts_at"], include=["id", "ends_at", "cancelled_at"], name="meetings_in_order"
            ),
            models.Index(fields=["contact", "starts_at"], name="meetings_of_a_contact"),
            models.Index(fields=["starts_at", "id"], name="meetings_by_start"),  # for administrators
            models.Index(fields=["owner", "updated_at"], name="meetings_of_an_owner_by_change"),
            models.Index(
                fields=["owner", "asked_at"], name="meetings_asked_about", condition=Q(asked_at__isnull=False)
            ),
            models.Index(
                fields=["owner", "approval_until"],
                name="meetings_to_approve",
                condition=Q(approval_until__isnull=False),
            ),
            models.Index(
                fields=["meeting_type", "starts_at"],
                name="meetings_of_a_type",
                condition=Q(meeting_type__isnull=False),
            ),
            models.Index(
                fields=["series", "starts_at"], name="meetings_of_a_series", condition=Q(series__isnull=False)
            ),
            models.Index(fields=["owner", "external_id"], name="meeting_by_external_id", condition=~Q(external_id="")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def with_whom(self) -> str:
        """As lists and sentences name those who come beside the owner."""
        return str(_("The group")) if self.is_group else self.contact.name

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def is_requested(self) -> bool:
        """Whether it waits for the owner's approval: the time is held, and nothing else is done."""
        return self.approval_until is not None and not self.is_cancelled

    @property
    def was_refused(self) -> bool:
        """Whether it came to an end without having been approved."""
        return self.approval_until is not None and self.is_cancelled

    @property
    def changes_until(self) -> datetime | None:
        """Until when clients move and cancel it by themselves, where its type says so."""
        if not self.change_notice_minutes:
            return None
        return self.starts_at - timedelta(minutes=self.change_notice_minutes)

    @property
    def is_fixed(self) -> bool:
        """Whether it is too late for that."""
        return self.changes_until is not None and self.changes_until <= timezone.now()

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    @property
    def wants_link(self) -> bool:
        return bool(self.provider) and not self.is_cancelled
