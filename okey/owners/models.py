"""The people who sign in."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField


class OwnerManager(BaseUserManager["Owner"]):
    """Makes owners by e-mail address; there is no username."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Owner":
        owner = self.model(email=self.normalize_email(email).lower(), **fields)
        owner.set_password(password)
        owner.save(using=self._db)
        return owner

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Owner":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def locked(self, pk: uuid.UUID) -> "Owner":
        """The owner, whose row is mine until the transaction ends: every writer of an owner's things begins so.

        Rows that merely point at the owner can still be added by others.
        """
        return self.select_for_update(no_key=True).get(pk=pk)

    def get_by_natural_key(self, username: str | None) -> "Owner":
        return self.get(email__iexact=username)


class Owner(AbstractBaseUser, PermissionsMixin):
    """A user of O-Key, whose contacts, connections and meetings are their own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    timezone = TimeZoneField(_("time zone"), default="UTC", choices_display="WITH_GMT_OFFSET")
    language = models.CharField(_("language"), max_length=10, default="en")
    meeting_providers_enabled = models.BooleanField(
        _("meeting-provider access"),
        default=True,
        help_text=_("May connect Zoom and other meeting providers, and have O-Key make links with them."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("administrator"), default=False)
    date_joined = models.DateTimeField(_("added"), default=now, editable=False)
    #: When the owner closed the account. Nobody gets in from then on, while O-Key itself still ends what is to end.
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    #: Whether an organisation's word for the address may let them in: not once they were disconnected from it.
    joins_by_address = models.BooleanField(default=True, db_default=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = OwnerManager()

    class Meta:
        verbose_name = _("owner")
        verbose_name_plural = _("owners")
        constraints = [models.UniqueConstraint(Lower("email"), name="owner_email_any_case")]
        permissions = [("see_contents", _("Can see contents in the administration, and not states alone"))]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def is_open(self) -> bool:
        """Whether anybody may come in: the owner, their programs, clients who want to book."""
        return self.is_active and self.closed_at is None

    @property
    def initials(self) -> str:
        """One or two capitals for the avatar."""
        parts = (self.name or self.email).split()
        return "".join(part[0] for part in [*parts[:1], *parts[1:][-1:]]).upper()
