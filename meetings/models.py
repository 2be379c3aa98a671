"""Meeting records, their join links, and the jobs that bring the provider in line with them."""

import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from integrations import resting
from integrations.models import Connection, ProviderAccount
from okey.contacts.models import Contact
from okey.lib.claims import Claimable, TakesTurns
from okey.lib.folding import FoldedField
from okey.mails.models import NotSent

TOKEN_BYTES = 24  # 192 bits: nobody guesses a meeting page


class SearchedTitle(FoldedField):
    """What a search looks through, beside what it does of the contact."""

    of = ("title",)


class Meeting(models.Model):
    """One appointment of an owner with a contact. `provider` is what makes its link; "" where none is wanted.

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

    MINUTES_MAX: ClassVar[int] = 1440
    TITLE_MAX: ClassVar[int] = 200
    AGENDA_MAX: ClassVar[int] = 1900  # Zoom takes 2,000, and the reference stands in front

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

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.UniqueConstraint(fields=["owner", "request_key"], name="one_meeting_per_request"),
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=1440), name="minutes_from_1_to_1440"),
        ]
        indexes = [
            models.Index(fields=["owner", "starts_at"], name="meetings_of_an_owner"),
            models.Index(fields=["contact", "starts_at"], name="meetings_of_a_contact"),
            models.Index(fields=["starts_at", "id"], name="meetings_by_start"),  # for administrators
            models.Index(fields=["owner", "updated_at"], name="meetings_of_an_owner_by_change"),
            models.Index(fields=["owner", "external_id"], name="meeting_by_external_id", condition=~Q(external_id="")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    @property
    def wants_link(self) -> bool:
        return bool(self.provider) and not self.is_cancelled


class ProviderMeeting(models.Model):
    """What a provider holds for a meeting. A spare is one that nobody wants any more, or may never have."""

    class State(models.TextChoices):
        CURRENT = "current", _("current")
        SPARE = "spare", _("spare")
        ENDED = "ended", _("ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="provider_meetings")
    provider = models.SlugField(_("provider"), max_length=30, db_index=False)
    #: Update and cancel go only through the account that created it.
    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, null=True, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, null=True, related_name="+")
    external_id = models.CharField(_("ID at the provider"), max_length=200, blank=True)
    #: Which of the meeting's creates it came from, or may have come from (LinkJob.generation).
    generation = models.PositiveIntegerField(default=1)
    join_url = models.URLField(max_length=1000, blank=True)
    passcode = models.CharField(max_length=50, blank=True)
    #: The meeting's revision that the provider knows.
    synced_revision = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CURRENT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("provider meeting")
        verbose_name_plural = _("provider meetings")
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(state="current"), name="one_current_provider_meeting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.external_id}"


class LinkJob(TakesTurns):
    """One row a meeting; `due_at` is set exactly while a provider still owes the meeting something."""

    class Problem(models.TextChoices):
        UNAVAILABLE = "unavailable", _("The provider is not answering")
        DAILY_LIMIT = "daily_limit", _("The provider’s daily limit is used up")
        MISCONFIGURED = "misconfigured", _("The provider is not set up correctly here")
        REFUSED = "refused", _("The provider refused")
        MAY_NOT_HOST = "may_not_host", _("The account may not host meetings")
        PAID_ONLY = "paid_only", _("The account’s plan does not allow this")
        SCOPE_MISSING = "scope_missing", _("A permission is missing")
        USER_GONE = "user_gone", _("The account no longer exists")
        GONE = "gone", _("The meeting was deleted at the provider")
        NO_LINK = "no_link", _("There is no address to use")
        BAD_LINK = "bad_link", _("The provider’s link is not safe to open")
        TOO_LATE = "too_late", _("The meeting is over")

    lane: ClassVar[str] = "links"

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, primary_key=True, related_name="link_job")
    #: Parked: a reconnect makes it due (meetings.links.owed). `due_at` is only when to look whether that was missed.
    waits_for_connection = models.BooleanField(default=False, db_default=False, editable=False)
    #: A create is or was under way since then, and its outcome is not known.
    sent_at = models.DateTimeField(null=True, blank=True)
    #: By which connection it was sent: only its account can be asked what came of it.
    sent_through = models.ForeignKey(Connection, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    #: Which create was sent, while `sent_at` is set: another link may have been asked for since.
    sent_generation = models.PositiveIntegerField(null=True, editable=False)
    #: Which create comes next: part of the reference, so that a new link is not mistaken for the old one.
    generation = models.PositiveIntegerField(default=1)
    problem = models.CharField(max_length=20, choices=Problem.choices, blank=True)
    detail = models.TextField(_("what the provider said"), blank=True)
    tracking_id = models.CharField(max_length=100, blank=True)
    #: What the owner's webhooks were told of the link last.
    announced = models.CharField(max_length=40, blank=True, editable=False)
    #: The owner was told on the day before that the provider must be reconnected for this link: once a meeting.
    reminded_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("link job")
        verbose_name_plural = _("link jobs")
        constraints = TakesTurns.Meta.constraints
        indexes = [
            *TakesTurns.Meta.indexes,
            models.Index(fields=["problem"], condition=~Q(problem=""), name="link_jobs_with_a_problem"),
        ]

    def __str__(self) -> str:
        return str(self.meeting_id)

    @classmethod
    def may_go(cls) -> Q:
        """Neither its account nor its provider rests."""
        return resting.free("turn")


class ReconnectReminder(Claimable):
    """One row a connection that was lost: due while its owner may have to be reminded of meetings that wait."""

    lane: ClassVar[str] = "housekeeping"

    connection = models.OneToOneField(
        Connection, on_delete=models.CASCADE, primary_key=True, related_name="reconnect_reminder"
    )

    class Meta:
        verbose_name = _("reminder to reconnect")
        verbose_name_plural = _("reminders to reconnect")

    def __str__(self) -> str:
        return str(self.connection_id)


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
    #: False: the page only. The owner chose to send nothing.
    is_mailed = models.BooleanField(_("gets mails"), default=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
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
        indexes = TakesTurns.Meta.indexes

    def __str__(self) -> str:
        return self.email


class MeetingSettings(models.Model):
    """How an owner's time is offered to clients, and what clients are reminded of. One row an owner."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="meeting_settings"
    )
    slot_minutes = models.PositiveSmallIntegerField(
        _("length of a meeting"), default=30, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    buffer_before_minutes = models.PositiveSmallIntegerField(
        _("free time before"), default=0, validators=[MaxValueValidator(240)]
    )
    buffer_after_minutes = models.PositiveSmallIntegerField(
        _("free time after"), default=0, validators=[MaxValueValidator(240)]
    )
    notice_minutes = models.PositiveIntegerField(
        _("minimum notice"), default=240, validators=[MaxValueValidator(43200)]
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("how far ahead"), default=60, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    #: At most so many meetings on one day of the owner's; NULL: no limit.
    daily_maximum = models.PositiveSmallIntegerField(
        _("meetings a day at most"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    #: The weekly hours are what the rows say, even where there are none. False: the default ones, until there are rows.
    has_own_hours = models.BooleanField(default=False, editable=False)
    reminds_day_before = models.BooleanField(_("remind clients 24 hours before"), default=True)
    reminds_hour_before = models.BooleanField(_("remind clients 1 hour before"), default=True)

    class Meta:
        verbose_name = _("meeting settings")
        verbose_name_plural = _("meeting settings")

    def __str__(self) -> str:
        return str(self.owner_id)


class WorkingHours(models.Model):
    """One range of a weekday in which an owner can be booked, in the owner's zone. Ranges of a day do not overlap."""

    #: First in the index of `one_range_a_start`.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="working_hours", db_index=False
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), validators=[MaxValueValidator(6)])  # 0 is Monday
    starts = models.TimeField(_("from"))
    #: 00:00 is the end of the day.
    ends = models.TimeField(_("to"))

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["weekday", "starts"]
        constraints = [models.UniqueConstraint(fields=["owner", "weekday", "starts"], name="one_range_a_start")]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts:%H:%M}–{self.ends:%H:%M}"


class DateOverride(models.Model):
    """What replaces the weekly hours on one date of the owner's: a range, or (both empty) no time at all."""

    #: First in the index of `one_override_a_start`.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="date_overrides", db_index=False
    )
    date = models.DateField(_("date"))
    starts = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("date override")
        verbose_name_plural = _("date overrides")
        ordering = ["date", "starts"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "date", "starts"], nulls_distinct=False, name="one_override_a_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.date}"


class MeetingEvent(models.Model):
    """One line of a meeting's diary, in words an owner reads."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="events")
    #: The meeting's, for lists of all that happened. Empty only in lines that an older O-Key wrote meanwhile.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", null=True, db_index=False, editable=False
    )
    kind = models.SlugField(max_length=40, db_index=False)
    text = models.TextField()
    tracking_id = models.CharField(_("the provider's tracking ID"), max_length=100, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("meeting event")
        verbose_name_plural = _("meeting events")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="meeting_events_of_an_owner"),
            models.Index(fields=["owner", "at"], name="meeting_events_since"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_problem(self) -> bool:
        return self.kind in LinkJob.Problem.values
