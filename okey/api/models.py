"""What the API remembers: the tokens that owners made, and the requests that must not be done twice."""

import uuid
from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from okey.owners.models import Owner


class Scope(models.TextChoices):
    """What a token allows; each stands for itself."""

    READ = "read", _("Read: contacts, meetings, connections, free times")
    SCHEDULE = "schedule", _("Schedule: make, move and cancel meetings; add and change contacts")
    CONNECT = "connect", _("Connect: connect and disconnect meeting providers; set up webhooks")


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
