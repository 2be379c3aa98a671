"""What owners have asked to be told, where, and what became of each message."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from okey.lib.claims import Claimable, TakesTurns
from okey.lib.sealing import SealedField, SealedModel
from okey.owners.models import Owner


class EventType(models.TextChoices):
    """What a receiver can be told of. The names are part of the API and never change."""

    MEETING_SCHEDULED = "meeting.scheduled", _("A meeting was scheduled")
    MEETING_RESCHEDULED = "meeting.rescheduled", _("A meeting was changed")
    MEETING_CANCELLED = "meeting.cancelled", _("A meeting was cancelled")
    LINK_READY = "meeting.link_ready", _("A join link is ready")
    LINK_NEEDS_ATTENTION = "meeting.link_needs_attention", _("A join link needs attention")
    MEETING_OVER = "meeting.over", _("A meeting is over")
    CONTACT_CREATED = "contact.created", _("A contact was added")
    CONTACT_CHANGED = "contact.changed", _("A contact was changed")
    CONTACT_ARCHIVED = "contact.archived", _("A contact was archived")
    CONTACT_RESTORED = "contact.restored", _("A contact was restored")
    CONTACT_DELETED = "contact.deleted", _("A contact was deleted")
    CONVERSATION_WAITING = "conversation.waiting", _("A conversation waits for you")
    CONNECTED = "connection.connected", _("A meeting provider was connected")
    NEEDS_RECONNECT = "connection.needs_reconnect", _("A meeting provider needs reconnecting")
    DISCONNECTED = "connection.disconnected", _("A meeting provider was disconnected")


#: Of one owner's endpoints, so many are called at once.
OWNERS_CALLS = 2

#: What the test button sends, to one endpoint, whatever it has asked for.
TEST = "endpoint.test"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def of(self, owner: Owner) -> Self:
        return self.filter(owner=owner)

    def awake(self, now: datetime) -> Self:
        """Those that may be called now."""
        return self.filter(Q(rest_until=None) | Q(rest_until__lte=now), disabled_at=None)


class Endpoint(SealedModel):
    """An address that an owner wants told of some events."""

    class Disabled(models.TextChoices):
        BY_OWNER = "owner", _("You switched it off.")
        FAILING = "failing", _("It failed for three days, so O-Key stopped sending.")
        GONE = "gone", _("It answered 410 (gone), so O-Key stopped sending.")

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        FAILING = "failing", _("Failing")
        DISABLED = "disabled", _("Switched off")

    class Payload(models.TextChoices):
        THIN = "thin", _("IDs only; your program reads the rest")
        WHOLE = "whole", _("With the whole object: names, addresses, titles and join links, too")

    #: What it may be narrowed by, and where events have that.
    MEMBERS: ClassVar[dict[str, str]] = {"providers": "provider", "sources": "source", "contact_ids": "contact_id"}
    URL_MAX: ClassVar[int] = 500
    DESCRIPTION_MAX: ClassVar[int] = 100

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhook_endpoints")
    url = models.CharField(_("address"), max_length=URL_MAX)
    description = models.CharField(_("description"), max_length=DESCRIPTION_MAX, blank=True)
    #: Names of EventType, with spaces between them.
    events = models.CharField(_("events"), max_length=400)
    payload = models.CharField(_("messages"), max_length=10, choices=Payload.choices, default="thin", db_default="thin")
    #: By names of MEMBERS: only these. What is not named is not narrowed.
    only = models.JSONField[dict[str, list[str]], Any](default=dict, db_default=Value({}, models.JSONField()))
    secret = SealedField()
    #: Signs as well until then, so that a receiver can change over.
    old_secret = SealedField()
    old_secret_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    disabled_at = models.DateTimeField(_("switched off"), null=True, blank=True, editable=False)
    disabled_why = models.CharField(_("why"), max_length=10, choices=Disabled.choices, blank=True, editable=False)
    #: Since the first failure after the last success.
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    #: In a row.
    failures = models.PositiveIntegerField(_("failures"), default=0, editable=False)
    #: Not called before: a receiver that is down must not keep the workers waiting.
    rest_until = models.DateTimeField(null=True, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["created_at", "id"], name="webhooks_by_age")]  # for administrators

    def __str__(self) -> str:
        return self.url

    @property
    def event_set(self) -> frozenset[str]:
        return frozenset(self.events.split())

    def wants(self, type_: str, data: dict[str, Any]) -> bool:
        """What it is narrowed by counts for events that have such a member."""
        narrowed = [(self.MEMBERS[name], values) for name, values in self.only.items() if values]
        return type_ in self.event_set and all(data[one] in values for one, values in narrowed if one in data)

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    @property
    def is_given_up(self) -> bool:
        """Switched off, and not by its owner."""
        return not self.is_enabled and self.disabled_why != self.Disabled.BY_OWNER

    @property
    def overlaps_until(self) -> datetime | None:
        """Until when the secret before signs as well; None where there is none that still does."""
        until = self.old_secret_until
        return until if until and until > timezone.now() else None

    @property
    def state(self) -> "Endpoint.State":
        if not self.is_enabled:
            return self.State.DISABLED
        return self.State.FAILING if self.failing_since else self.State.ACTIVE


class Event(Claimable):
    """Something that happened to an owner's things, as receivers are told; due when it is to be forgotten."""

    lane: ClassVar[str] = "housekeeping"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: First in the index of `events_of_an_owner`.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    type = models.CharField(_("type"), max_length=40)
    data = models.JSONField(_("data"))
    #: What it is about, as it was then, where an endpoint wanted it whole.
    whole = models.JSONField(null=True, editable=False)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        indexes = [models.Index(fields=["owner", "at", "id"], name="events_of_an_owner")]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"

    @staticmethod
    def kept_for() -> timedelta:
        return timedelta(days=settings.OKEY_KEEP_WEBHOOK_EVENTS_DAYS)

    @property
    def label(self) -> str:
        """In words."""
        return str(EventType(self.type).label) if self.type in EventType.values else str(_("Test"))

    @property
    def message_id(self) -> str:
        """The webhook-id: the same however often it is sent."""
        return f"msg_{self.pk.hex}"


class Delivery(TakesTurns):
    """One event on its way to one endpoint: due while it still is to be sent."""

    class State(models.TextChoices):
        PENDING = "pending", _("On its way")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Not delivered")

    class Trouble(models.TextChoices):
        NO_CONNECTION = "no_connection", _("No connection came about: nobody answers there, or the name is unknown.")
        UNTRUSTED = "untrusted", _("Its TLS certificate is not valid.")
        PRIVATE_ADDRESS = (
            "private_address",
            _("The name leads to a private network address; O-Key sends there only where your administrator opens it."),
        )
        TIMED_OUT = "timed_out", _("No complete answer came within 5 seconds.")
        BROKEN_OFF = "broken_off", _("The connection broke off before an answer came.")
        REDIRECTED = "redirected", _("It answered with a redirect. O-Key does not follow those: enter the new address.")
        REFUSED = "refused", _("It answered with an error.")
        GONE = "gone", _("It answered that it is gone for good.")
        NOT_SIGNED = "not_signed", _("O-Key could not open the secret to sign with; your administrator can help.")
        SWITCHED_OFF = "switched_off", _("The webhook was switched off before this was delivered.")

    EXCERPT_MAX: ClassVar[int] = 200
    lane: ClassVar[str] = "webhooks"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: First in the index of `deliveries_of_an_endpoint`.
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(_("queued"), default=timezone.now)
    #: It is not tried after this.
    give_up_at = models.DateTimeField()
    # Of the last try:
    tried_at = models.DateTimeField(_("last try"), null=True)
    status_code = models.PositiveSmallIntegerField(_("answer"), null=True)
    ms = models.PositiveIntegerField(_("milliseconds"), null=True)
    trouble = models.CharField(_("trouble"), max_length=20, choices=Trouble.choices, blank=True)
    #: How a refusal began, for whoever looks for the reason.
    excerpt = models.CharField(max_length=EXCERPT_MAX, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_an_event"),
            *TakesTurns.Meta.constraints,
        ]
        indexes = [
            models.Index(fields=["endpoint", "created_at", "id"], name="deliveries_of_an_endpoint"),
            *TakesTurns.Meta.indexes,
            models.Index(fields=["created_at", "id"], name="deliveries_by_age"),  # for administrators
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.endpoint_id}"

    @classmethod
    def may_go(cls, now: datetime) -> Q:
        """Its endpoint may be called now, and its owner's slow receivers do not hold more than their share of workers.

        That an endpoint is called once at a time is what its turn is for.
        """
        # In the words of the index of turns that are held: claims are few, deliveries many.
        held = cls.objects.filter(held_turn__isnull=False, claim__isnull=False, claimed_until__gt=now)
        calls = held.filter(endpoint__owner=OuterRef("owner"))
        may_be_called = Endpoint.objects.awake(now).filter(pk=OuterRef("endpoint"))
        return Q(Exists(may_be_called.exclude(Exists(calls.order_by()[OWNERS_CALLS - 1 : OWNERS_CALLS]))))
