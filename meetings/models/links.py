"""What providers hold for meetings, what they still owe them, and who has to be reminded of a reconnect."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations import resting
from integrations.models import Connection, ProviderAccount
from meetings.models.meetings import Meeting
from okey.lib.claims import Claimable, TakesTurns


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
    #: Whether people with the link come in without being let in, as the provider said; empty where it did not say.
    lets_everyone_in = models.BooleanField(null=True)
    #: The meeting's revision that the provider knows.
    synced_revision = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CURRENT)
    #: Somebody deleted it at the provider, as O-Key knows since then: its link opens no more.
    gone_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("provider meeting")
        verbose_name_plural = _("provider meetings")
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(state="current"), name="one_current_provider_meeting"
            )
        ]
        indexes = [  # for what providers tell by themselves
            models.Index(fields=["external_id"], condition=~Q(external_id=""), name="provider_meetings_by_their_id")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.external_id}"


class CallsProvider(TakesTurns):
    """A row for which a provider is called; its turn is an account's."""

    class Meta(TakesTurns.Meta):
        abstract = True

    @classmethod
    def may_go(cls, now: datetime) -> Q:
        """Neither its account nor its provider rests."""
        return resting.free("turn", now)

    @classmethod
    def troubles(cls) -> "models.QuerySet[Any]":
        """Whoever has failed lately, mostly nobody: then nothing has to be asked before a call."""
        return resting.anybody()


class LinkJob(CallsProvider):
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
    #: Since when what is owed now is owed; empty while nothing is.
    wanted_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: Whose doing that is: the ID of the request (okey.lib.tracing).
    request_id = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
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
            models.Index(  # for administrators
                fields=["wanted_at"],
                condition=Q(wanted_at__isnull=False, waits_for_connection=False),
                name="link_jobs_by_wait",
            ),
        ]

    def __str__(self) -> str:
        return str(self.meeting_id)


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
