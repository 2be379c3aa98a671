"""What the API remembers: owners' tokens and grants, and the requests that must not be done twice."""

import uuid
from datetime import timedelta
from typing import ClassVar, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_mcpz.oauth.conf import LOCAL_HOSTS
from django_mcpz.oauth.models import Client

from okey.owners.models import Owner


class Scope(models.TextChoices):
    """What a token allows; each stands for itself."""

    READ = "read", _("Read: contacts, meetings, connections, free times")
    SCHEDULE = (
        "schedule",
        _("Schedule: make, move and cancel meetings; approve and decline what is asked for; add and change contacts"),
    )
    CONNECT = (
        "connect",
        _("Connect: connect and disconnect meeting providers; change hours and the booking page; set up webhooks"),
    )


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def of(self, owner: Owner) -> Self:
        """The owner's tokens, revoked and expired ones too."""
        return self.filter(owner=owner)

    def valid(self) -> Self:
        """Those that work now. Whether the owner may sign in is asked apart."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)


class ApiToken(models.Model):
    """A key by which a program acts for its owner. Only the hash of its secret is kept, so that is shown once."""

    NAME_MAX: ClassVar[int] = 80

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens", editable=False
    )
    name = models.CharField(_("name"), max_length=NAME_MAX)
    #: How the secret begins, so that its owner can tell one token from another.
    prefix = models.CharField(_("begins with"), max_length=16, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    #: Names of Scope, with spaces between them.
    scopes = models.CharField(_("scopes"), max_length=100)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    #: Empty: it works until it is revoked.
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-id"]
        indexes = [  # for administrators
            models.Index(fields=["created_at", "id"], name="api_tokens_by_age"),
            models.Index(fields=["prefix"], name="api_tokens_by_prefix"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def scope_set(self) -> frozenset[str]:
        return frozenset(self.scopes.split())

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class GrantQuerySet(models.QuerySet["Grant"]):
    def of(self, owner: Owner) -> Self:
        """The owner's grants, those that are over too."""
        return self.filter(owner=owner)

    def valid(self) -> Self:
        """Those that work now. Whether the owner may sign in is asked apart."""
        return self.filter(expires_at__gt=timezone.now())


class Grant(models.Model):
    """What an owner allowed an assistant or an app, by OAuth. okey.api.oauth.grants is the only writer."""

    #: One that is over is kept so long, so that administrators see it, and a code that comes late is known.
    KEPT_FOR: ClassVar[timedelta] = timedelta(days=30)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="grants", verbose_name=_("client"))
    #: What the client called itself when the owner allowed it.
    name = models.CharField(_("name"), max_length=100)
    scopes = models.CharField(_("scopes"), max_length=100)
    resource = models.CharField(_("resource"), max_length=500)
    #: Where the browser went with the code, and goes with no other.
    redirect_uri = models.CharField(_("leads back to"), max_length=500)
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    #: Of the client's verifier (PKCE, S256).
    challenge = models.CharField(max_length=43, editable=False)
    created_at = models.DateTimeField(_("allowed"), default=timezone.now)
    #: When the code became tokens: it does so once.
    exchanged_at = models.DateTimeField(_("exchanged"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    #: When the code runs out, then the newest refresh token. Of an ended one: when that was.
    expires_at = models.DateTimeField(_("expires"), db_index=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant to an assistant or app")
        verbose_name_plural = _("grants to assistants and apps")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["created_at", "id"], name="grants_by_age")]  # for administrators

    def __str__(self) -> str:
        return self.name

    @property
    def scope_set(self) -> frozenset[str]:
        return frozenset(self.scopes.split())

    @property
    def is_over(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def host(self) -> str:
        """Where the browser went with the code: what cannot be made up, as a name can. "" for this computer."""
        return host_of(self.redirect_uri)


#: What a request is allowed by: both have an owner, scopes, a name and an end.
Bearer = ApiToken | Grant


class GrantToken(models.Model):
    """An access token or a refresh token of a grant. Only the hash of its secret is kept."""

    class Kind(models.TextChoices):
        ACCESS = "access"
        REFRESH = "refresh"

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="tokens")
    kind = models.CharField(max_length=10, choices=Kind)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    #: Of a refresh token that was used: until when that is known.
    expires_at = models.DateTimeField(db_index=True)
    #: Of a refresh token: when another took its place.
    used_at = models.DateTimeField(null=True)
    #: Of an access token that does less than the grant allows. Empty: all of it.
    scopes = models.CharField(max_length=100, blank=True, default="", db_default="")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


def host_of(redirect_uri: str) -> str:
    """The host that the address leads to; the scheme where an app answers to it; "" for this computer."""
    parts = urlsplit(redirect_uri)
    if parts.scheme not in {"http", "https"}:
        return f"{parts.scheme}:"
    return "" if parts.hostname in LOCAL_HOSTS else parts.netloc


def old_grants(limit: int) -> models.QuerySet[Grant]:
    """Grants that were over long ago, with their tokens."""
    return Grant.objects.filter(expires_at__lt=timezone.now() - Grant.KEPT_FOR).order_by("expires_at")[:limit]


def old_grant_tokens(limit: int) -> models.QuerySet[GrantToken]:
    """Tokens that have run out, of grants that go on."""
    return GrantToken.objects.filter(expires_at__lt=timezone.now()).order_by("expires_at")[:limit]


def old_clients(limit: int) -> models.QuerySet[Client]:
    """Clients that registered themselves, or named a document, and that no owner has allowed anything for a week."""
    allowed = Grant.objects.filter(client=OuterRef("pk"))
    before = timezone.now() - timedelta(days=7)
    return Client.objects.filter(~Exists(allowed), created_at__lt=before).order_by("pk")[:limit]


class IdempotentRequest(models.Model):
    """A request that came with an Idempotency-Key and was done: what it made, never what it said or was answered."""

    #: A repeated request finds what it made for at least so long.
    KEPT_FOR: ClassVar[timedelta] = timedelta(days=2)

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key_hash = models.CharField(max_length=64)
    #: Method and path: "POST /api/v1/meetings".
    operation = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    object_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("idempotent request")
        verbose_name_plural = _("idempotent requests")
        constraints = [models.UniqueConstraint(fields=["owner", "key_hash"], name="one_request_a_key")]
        indexes = [models.Index(fields=["owner", "created_at"], name="requests_of_an_owner_by_age")]

    def __str__(self) -> str:
        return f"{self.operation} {self.object_id}"
