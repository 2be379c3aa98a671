"""Provider accounts and their grants, owners' connections to them, and the way from the one to the other."""

import json
import uuid
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations import registry
from okey.lib.claims import Claimable
from okey.lib.sealing import SealedField, SealedModel


class PairHolder(SealedModel, Claimable):
    """A row that holds a pair of tokens, sealed. refreshing.py renews it, for whichever of them."""

    #: The slug of whom the pair is from.
    vendor: Any
    #: JSON: {"access_token": …, "refresh_token": …}
    tokens = SealedField()
    #: The first `invalid_grant` on the present pair; a second one, a minute later, is the verdict.
    suspected_at = models.DateTimeField(null=True, blank=True)
    #: When a refresh was begun last whose answer has not come: it may replace the pair yet. See refreshing.py.
    lost_at = models.DateTimeField(null=True, blank=True, editable=False)
    refreshed_at = models.DateTimeField(_("refreshed"), null=True, blank=True)
    #: JSON: what the vendor demands that the next sign-in brings. Empty where it demands nothing.
    claims = models.TextField(blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True

    def pair(self) -> tuple[str, str]:
        """The access and the refresh token, opened. Raises CannotOpen; ("", "") where there are none."""
        opened = self.opened("tokens")
        pair = json.loads(opened) if opened else {}
        return pair.get("access_token", ""), pair.get("refresh_token", "")

    def as_read(self) -> "models.QuerySet[Self]":
        """The row, if it still holds the pair that was read."""
        return type(self)._default_manager.filter(pk=self.pk)

    def due(self, when: Any) -> Any:
        """What `due_at` is to be where the pair wants to be looked at `when` (None: not at all)."""
        return when


class ProviderAccount(PairHolder):
    """One person's account at a vendor, with the grant that O-Key holds there, for all that the vendor serves.

    Unique per vendor and external id: there is one grant, however many owners connect with it and whatever they use
    it for, because at some vendors (Zoom) a new authorization by anybody kills the older one. `grant_no` rises with
    each stored or ended grant, `pair_no` with each refresh; writes that come from other numbers than the row's are
    dropped.

    `due_at` is when the grant next needs something: its daily refresh, a second look at a suspicion, or a
    revocation that is owed. One claim, the account's lease, covers all of these.
    """

    class State(models.TextChoices):
        LIVE = "live", _("Connected")
        NEEDS_RECONNECT = "needs_reconnect", _("Needs reconnecting")
        ENDED = "ended", _("Not connected")

    class Lost(models.TextChoices):
        #: The verdict is spoken and the grant not used; O-Key asks again before it tells its owners to act.
        DOUBTED = "doubted", _("the provider refuses the grant; O-Key asks again")
        REFUSED = "refused", _("the provider does not accept the grant any more")
        REMOVED = "removed", _("O-Key was removed at the provider")
        CHALLENGED = "challenged", _("the person has to sign in otherwise")

    lane: ClassVar[str] = "tokens"

    #: The column keeps the name that it had when each vendor served one provider: processes of that time read it.
    vendor = models.SlugField(_("vendor"), max_length=30, db_index=False, db_column="provider")
    external_id = models.CharField(_("user ID at the provider"), max_length=200)
    external_account_id = models.CharField(max_length=200, blank=True)
    email = models.EmailField(_("account e-mail"), blank=True)
    display_name = models.CharField(_("name at the provider"), max_length=200, blank=True)

    scopes = models.TextField(_("scopes"), blank=True)
    expires_at = models.DateTimeField(_("access token expires"), null=True, blank=True)
    state = models.CharField(_("grant"), max_length=20, choices=State.choices, default=State.ENDED)
    grant_no = models.PositiveIntegerField(default=0)
    pair_no = models.PositiveIntegerField(default=0)
    granted_at = models.DateTimeField(_("authorized"), null=True, blank=True)
    #: Why the grant needs reconnecting, while it does.
    lost_why = models.CharField(_("why it was lost"), max_length=20, choices=Lost.choices, blank=True)
    #: A revocation is owed from then on.
    revoke_after = models.DateTimeField(_("to be revoked"), null=True, blank=True)
    #: The provider's daily limit was met: nobody asks before.
    blocked_until = models.DateTimeField(_("daily limit until"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    last_error_at = models.DateTimeField(_("last error at"), null=True, blank=True)
    created_at = models.DateTimeField(_("first seen"), auto_now_add=True)

    class Meta:
        verbose_name = _("provider account")
        verbose_name_plural = _("provider accounts")
        indexes = [  # for administrators, who look for a person
            models.Index(Lower("email"), name="accounts_by_address"),
            models.Index(fields=["external_id"], name="accounts_by_external_id"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "external_id"], name="one_account_per_provider_user"),
            models.CheckConstraint(
                condition=Q(tokens__isnull=False) | ~Q(state="live"), name="live_account_has_tokens"
            ),
        ]

    def __str__(self) -> str:
        return self.email or self.display_name or self.external_id

    @property
    def is_named(self) -> bool:
        """Whether it is known whose it is. Not of a person who removed O-Key at the provider."""
        return bool(self.email or self.display_name)

    @property
    def scope_set(self) -> frozenset[str]:
        return frozenset(self.scopes.split())

    @property
    def is_doubted(self) -> bool:
        """Whether the provider refuses the grant and O-Key still asks again by itself."""
        return self.state == self.State.NEEDS_RECONNECT and self.lost_why == self.Lost.DOUBTED

    def as_read(self) -> "models.QuerySet[Self]":
        return super().as_read().filter(grant_no=self.grant_no, pair_no=self.pair_no)

    def due(self, when: Any) -> Combinable:
        """A revocation that is owed by then comes first."""
        wanted = when if isinstance(when, Combinable) else Value(when, output_field=DateTimeField(null=True))
        is_owed = Q(revoke_after__isnull=False) & (Q() if when is None else Q(revoke_after__lte=wanted))
        return Case(When(is_owed, then=F("revoke_after")), default=wanted, output_field=DateTimeField(null=True))


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def active(self) -> "ConnectionQuerySet":
        return self.filter(ended_at=None)

    def for_meetings(self) -> "ConnectionQuerySet":
        """Without those of calendars, which make no links."""
        return self.exclude(provider__in=registry.CALENDARS)


class Connection(models.Model):
    """An owner's use of a provider, by way of a provider account where there is one.

    The row outlives its end: meetings made through it keep pointing at it.
    """

    class Ended(models.TextChoices):
        DISCONNECTED = "disconnected", _("disconnected by the owner")
        REPLACED = "replaced", _("replaced by another account")
        REMOVED_BY_ADMIN = "admin", _("disconnected by an administrator")
        REMOVED_AT_PROVIDER = "provider", _("removed at the provider")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connections")
    provider = models.SlugField(_("provider"), max_length=30, db_index=False)
    account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="connections"
    )
    #: The owner's own meeting address (personal link).
    link = models.URLField(_("meeting link"), max_length=500, blank=True)
    #: The owner's choice, where the provider lets them choose: people with the link come in without being let in.
    lets_everyone_in = models.BooleanField(_("people with the link come in"), default=False, db_default=False)
    is_default = models.BooleanField(_("default"), default=False)
    connected_at = models.DateTimeField(_("connected since"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_why = models.CharField(max_length=20, choices=Ended.choices, blank=True)
    #: The number of the account's grant whose loss this owner was told of: once a grant.
    told_grant_no = models.PositiveIntegerField(null=True, editable=False)
    #: What the owner's webhooks were told last.
    announced = models.CharField(max_length=40, blank=True, editable=False)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("connected account")
        verbose_name_plural = _("connected accounts")
        indexes = [models.Index(fields=["connected_at", "id"], name="connections_by_age")]  # for administrators
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "provider"],
                condition=Q(ended_at=None),
                name="one_active_connection_per_provider",
            ),
            models.UniqueConstraint(fields=["owner"], condition=Q(is_default=True), name="one_default_per_owner"),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(ended_at=None), name="an_ended_connection_is_no_default"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.account or self.link or self.owner}"


class AuthorizationAttempt(PairHolder):
    """One walk from *Connect* to a connection, or to a reason why not.

    `state` in the URL is random and used once; only its hash is compared. An exchanged pair is sealed here before
    anything else happens, because the exchange has already killed that person's older grant.
    """

    class Status(models.TextChoices):
        PENDING = "pending"  # waiting for the person to come back from the provider
        RETURNED = "returned"  # back, with a code sealed here, not exchanged yet
        EXCHANGED = "exchanged"  # the pair is sealed here; who it belongs to is not known yet
        ASKING = "asking"  # another account is connected: replace it?
        DONE = "done"
        FAILED = "failed"

    class Outcome(models.TextChoices):
        CONNECTED = "connected"
        RECONNECTED = "reconnected"
        DECLINED = "declined"
        EXPIRED = "expired"
        KEPT = "kept"
        CODE_REFUSED = "code_refused"
        UNAVAILABLE = "unavailable"
        MISCONFIGURED = "misconfigured"
        SCOPE_MISSING = "scope_missing"
        MAY_NOT_HOST = "may_not_host"
        NOT_ENTITLED = "not_entitled"
        OTHER_OWNER = "other_owner"
        NEEDS_ADMIN = "needs_admin"
        PERSONAL_ACCOUNT = "personal_account"
        CHALLENGED = "challenged"

    #: How long the person may take at the provider.
    LIFETIME: ClassVar[timedelta] = timedelta(minutes=10)
    lane: ClassVar[str] = "tokens"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    provider = models.SlugField(max_length=30, db_index=False)
    state_hash = models.CharField(max_length=64, unique=True)
    #: JSON: {"state": …, "verifier": …, "claims": …, "handle": …}, so that the attempt's own page can show its URL. The
    #: handle is there only where a phone app asked.
    secrets = SealedField()
    #: Of the handle by which a phone app goes on with the code: see phone_apps.py. Empty where no app asked.
    handle_hash = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 -- unique, so absent is NULL
    code = SealedField()
    scopes = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True)
    in_popup = models.BooleanField(default=False)
    #: A path of O-Key's (returning.is_safe), or anything else for settings.
    return_to = models.CharField(max_length=300, blank=True, default="", db_default="")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    #: What the outcome names: scopes, or the provider's reason.
    detail = models.TextField(blank=True)
    account = models.ForeignKey(ProviderAccount, on_delete=models.SET_NULL, null=True, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.SET_NULL, null=True, related_name="+")
    became_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    spent_at = models.DateTimeField(null=True)

    @property
    def vendor(self) -> str:
        return registry.service(self.provider).vendor

    @property
    def is_expired(self) -> bool:
        return self.created_at + self.LIFETIME <= timezone.now()

    @property
    def is_for_app(self) -> bool:
        """Whether a phone app began it, and goes on when the person is back."""
        return self.handle_hash is not None

    @property
    def is_over(self) -> bool:
        return self.status in {self.Status.DONE, self.Status.FAILED}


class ConnectionEvent(models.Model):
    """One line of an owner's diary of a provider, in words an owner reads."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connection_events")
    provider = models.SlugField(max_length=30, db_index=False)
    account = models.ForeignKey(ProviderAccount, on_delete=models.SET_NULL, null=True, related_name="events")
    kind = models.SlugField(max_length=40, db_index=False)
    text = models.TextField()
    tracking_id = models.CharField(_("the provider's tracking ID"), max_length=100, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("connection event")
        verbose_name_plural = _("connection events")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.text


class WebhookDelivery(Claimable):
    """A message from a provider, rightly signed, that has work to follow. Replays of it are known by the row.

    Due until it is settled, and once more to be deleted when a replay would be too old to be taken for new.
    """

    #: Zoom's last retry comes 85 minutes after the first try.
    KEPT_FOR: ClassVar[timedelta] = timedelta(hours=2)
    lane: ClassVar[str] = "tokens"

    signature_hash = models.CharField(max_length=64, unique=True)
    provider = models.SlugField(max_length=30, db_index=False)
    external_id = models.CharField(max_length=200)
    external_account_id = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    #: When it happened, by the message; empty where it does not say.
    happened_at = models.DateTimeField(null=True)
    #: The signature is older than it should be: the message may be one that comes again.
    is_late = models.BooleanField(default=False)
    settled_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("message from a provider")
        verbose_name_plural = _("messages from providers")

    def __str__(self) -> str:
        return f"{self.provider}: {self.external_id}"


class Rest(models.Model):
    """An account that fails, or (`is_wide`) a provider; kept while it does. Written by integrations.resting."""

    key = models.CharField(primary_key=True, max_length=255)
    is_wide = models.BooleanField(default=False)
    #: In a row.
    failures = models.PositiveIntegerField(default=0)
    #: Of a provider: the accounts that failed in a row, as far as they count.
    accounts = models.JSONField(default=list)
    #: Nobody calls before.
    rest_until = models.DateTimeField(null=True)
    #: Of a provider: a call tries whether it is back, until then.
    trial_until = models.DateTimeField(null=True)
    #: Of a provider that is back: so many such calls have worked.
    proofs = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("rest")
        verbose_name_plural = _("rests")

    def __str__(self) -> str:
        return self.key
