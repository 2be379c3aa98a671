"""The people an owner meets."""

import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from okey.owners.models import Owner

#: How long an upload waits for its confirmation.
IMPORT_LIFETIME = timedelta(days=1)


class ContactQuerySet(models.QuerySet["Contact"]):
    def of(self, owner: Owner) -> Self:
        """The owner's contacts, archived ones too."""
        return self.filter(owner=owner)

    def active(self) -> Self:
        return self.filter(archived_at=None)

    def archived(self) -> Self:
        return self.exclude(archived_at=None)

    def search(self, text: str) -> Self:
        """Contacts in which every word of `text` is found somewhere."""
        found = self
        for word in text.split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(email__icontains=word)
                | Q(company__icontains=word)
                | Q(phone__icontains=word)
            )
        return found


class Contact(models.Model):
    """A person an owner meets. Never deleted by O-Key's pages: archiving keeps their meetings."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contacts", editable=False
    )
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail address"))
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    company = models.CharField(_("company"), max_length=150, blank=True)
    timezone = TimeZoneField(
        _("time zone"),
        null=True,
        blank=True,
        choices_display="WITH_GMT_OFFSET",
        help_text=_("Invitations show times in this zone. Leave it empty if you don't know it."),
    )
    notes = models.TextField(_("notes"), max_length=5000, blank=True, help_text=_("Only you see these."))
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = [Lower("name"), "id"]
        constraints = [models.UniqueConstraint("owner", Lower("email"), name="contact_email_once_an_owner")]
        indexes = [models.Index("owner", Lower("name"), "id", name="contact_owner_by_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("contact", args=[self.pk])

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def initials(self) -> str:
        """The first letters of the first and last name."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class ContactImportQuerySet(models.QuerySet["ContactImport"]):
    def of(self, owner: Owner) -> Self:
        return self.filter(owner=owner)

    def alive(self) -> Self:
        """Uploads that may still be looked at and confirmed."""
        return self.filter(created_at__gt=timezone.now() - IMPORT_LIFETIME)


class ContactImport(models.Model):
    """An uploaded file, read and kept until its owner has seen the preview and confirms."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contact_imports", editable=False
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    file_name = models.CharField(_("file name"), max_length=255)
    #: The lines as read, before any verdict: okey.contacts.importing says what each becomes, whenever asked.
    lines = models.JSONField(_("lines"), default=list)
    #: What was noticed while reading: the encoding guessed, the columns ignored.
    remarks = models.JSONField(_("remarks"), default=dict)
    done_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    imported_count = models.PositiveIntegerField(_("contacts imported"), null=True, blank=True)

    objects = ContactImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact import")
        verbose_name_plural = _("contact imports")
        indexes = [models.Index("owner", "created_at", name="contact_import_by_owner")]

    def __str__(self) -> str:
        return self.file_name
