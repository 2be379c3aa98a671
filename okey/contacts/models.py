"""The people an owner meets."""

import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from okey.lib.folding import FoldedField, fold, words_of
from okey.owners.models import Owner

#: How long an upload waits for its confirmation.
IMPORT_LIFETIME = timedelta(days=1)
NOTES_LENGTH = 5000
NOT_AN_ADDRESS = _("Enter a valid e-mail address.")
TAG_MAX = 40
SEARCHED = ("name", "email", "company", "phone", "merged_addresses")


class SearchedField(FoldedField):
    """What a search looks through."""

    of = SEARCHED


class ContactQuerySet(models.QuerySet["Contact"]):
    def of(self, owner: Owner) -> Self:
        """The owner's contacts, archived ones too."""
        return self.filter(owner=owner)

    def active(self) -> Self:
        return self.filter(archived_at=None)

    def archived(self) -> Self:
        return self.exclude(archived_at=None)

    def with_address(self, email: str) -> Self:
        """Those whose e-mail address this is, in whatever case: at most one an owner.

        Also by the address of a contact that was merged into them.
        """
        this = Lower(Value(email))
        own = Contact.objects.alias(address=Lower("email")).filter(address=this).order_by().values("pk")
        merged = MergedContact.objects.alias(address=Lower("email")).filter(address=this).order_by().values("contact")
        return self.filter(pk__in=own.union(merged, all=True))

    def tagged(self, name: str) -> Self:
        """Those with this tag, in whatever case and with whatever accents it is written."""
        return self.filter(taggings__tag__folded=fold(" ".join(name.replace("\0", " ").split())))

    def with_tags(self) -> Self:
        """Each with its tags, for one query more."""
        return self.prefetch_related(Prefetch("taggings", Tagging.objects.select_related("tag")))

    def search(self, text: str) -> Self:
        """Contacts in which every word of `text` is found somewhere."""
        found = self
        for word in words_of(text):
            found = found.filter(searched__contains=word)
        return found


class Contact(models.Model):
    """A person an owner meets. Archiving keeps their meetings; erasing takes all that is known of them
    (meetings.personal.erasing). A program may delete one without meetings.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: First in the index of `contact_owner_by_name`.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contacts", editable=False, db_index=False
    )
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail address"), error_messages={"invalid": NOT_AN_ADDRESS})
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    company = models.CharField(_("company"), max_length=150, blank=True)
    timezone = TimeZoneField(
        _("time zone"),
        blank=True,
        choices_display="WITH_GMT_OFFSET",
        help_text=_("Meetings with them also show the time there. Leave it empty if you don't know it."),
    )
    #: In which mails to them are written, as they chose it; "": not known, so the owner's.
    language = models.CharField(max_length=10, blank=True, default="", db_default="", editable=False)
    notes = models.TextField(
        _("notes"),
        blank=True,
        help_text=_("Only you see these."),
        # A validator, because a text column's max_length is looked at by forms only.
        validators=[MaxLengthValidator(NOTES_LENGTH)],
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    #: A program's own ID of the contact, and what it keeps beside it; NULL: nothing.
    external_id = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    metadata = models.JSONField(null=True, blank=True, editable=False)
    searched = SearchedField(editable=False, default="")

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = [Lower("name"), "id"]
        constraints = [models.UniqueConstraint("owner", Lower("email"), name="contact_email_once_an_owner")]
        indexes = [
            models.Index("owner", Lower("name"), "id", name="contact_owner_by_name"),
            # An administrator looks for a client, whoever's contact that is.
            models.Index(Lower("email"), name="contacts_by_address"),
            models.Index(fields=["owner", "updated_at"], name="contact_owner_by_change"),
            models.Index(fields=["owner", "external_id"], name="contact_by_external_id", condition=~Q(external_id="")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("contact", args=[self.pk])

    @property
    def dialled(self) -> str:
        """The phone number as a telephone dials it, or "" where there is nothing to dial."""
        digits = "".join(letter for letter in self.phone if letter in "0123456789")
        return f"+{digits}" if digits and self.phone.lstrip().startswith("+") else digits

    @property
    def zone_name(self) -> str:
        """The time zone as people read it; "" where it isn't known."""
        return str(self.timezone).replace("_", " ") if self.timezone else ""

    @property
    def tag_names(self) -> list[str]:
        """In their order; one query where `taggings__tag` was not fetched before."""
        return [one.tag.name for one in self.taggings.all()]

    @property
    def merged_addresses(self) -> str:
        """E-mail addresses of contacts that were merged into this one, one a line."""
        return "" if self._state.adding else "\n".join(self.merged.values_list("email", flat=True))

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def initials(self) -> str:
        """The first letters of the first and last name."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class MergedContact(models.Model):
    """One that was merged into another, who is found by its address as well (meetings.merging)."""

    #: The one that the contact had: old links and webhooks know it.
    id = models.UUIDField(primary_key=True, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="merged")
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail address"))
    #: What a program kept of it.
    external_id = models.CharField(max_length=200, blank=True, default="", editable=False)
    metadata = models.JSONField(null=True, blank=True, editable=False)
    #: Further addresses to which its invitations went, of those that are not kept.
    invited_as = models.JSONField[list[str], list[str]](default=list, editable=False)
    merged_at = models.DateTimeField(_("merged"), auto_now_add=True)

    class Meta:
        verbose_name = _("merged contact")
        verbose_name_plural = _("merged contacts")
        ordering = ["merged_at", "id"]
        indexes = [models.Index(Lower("email"), name="merged_contacts_by_address")]

    def __str__(self) -> str:
        return self.name


class FoldedName(FoldedField):
    of = ("name",)


class Tag(models.Model):
    """A word of an owner's by which they find contacts; there as long as a contact has it."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tags", editable=False, db_index=False
    )
    name = models.CharField(_("name"), max_length=TAG_MAX)
    folded = FoldedName(editable=False, default="")

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["folded"]
        constraints = [models.UniqueConstraint(fields=["owner", "folded"], name="tag_once_an_owner")]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A contact has a tag."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="taggings", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        verbose_name = _("tag of a contact")
        verbose_name_plural = _("tags of contacts")
        ordering = ["tag__folded"]
        constraints = [models.UniqueConstraint(fields=["contact", "tag"], name="tag_once_a_contact")]

    def __str__(self) -> str:
        return str(self.tag)


class ContactNote(models.Model):
    """What an owner wrote of a contact at one time."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="notes_over_time", db_index=False)
    text = models.TextField(_("note"), validators=[MaxLengthValidator(NOTES_LENGTH)])
    created_at = models.DateTimeField(_("written"), auto_now_add=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["contact", "created_at"], name="notes_of_a_contact")]

    def __str__(self) -> str:
        return self.text[:60]


class ContactImportQuerySet(models.QuerySet["ContactImport"]):
    def of(self, owner: Owner) -> Self:
        return self.filter(owner=owner)

    def expired(self) -> Self:
        """Uploads that nobody may look at or confirm any more."""
        return self.filter(created_at__lte=timezone.now() - IMPORT_LIFETIME)


class ContactImport(models.Model):
    """An uploaded file, read and kept until its owner has seen the preview and confirms."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contact_imports", editable=False
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True, db_index=True)
    file_name = models.CharField(_("file name"), max_length=255)
    #: The lines as read, before any verdict: okey.contacts.importing says what each becomes, whenever asked.
    lines = models.JSONField(_("lines"), default=list)
    encoding = models.CharField(_("encoding"), max_length=20)
    ignored_columns = models.JSONField(_("columns ignored"), default=list)
    done_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    imported_count = models.PositiveIntegerField(_("contacts imported"), null=True, blank=True)

    objects = ContactImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact import")
        verbose_name_plural = _("contact imports")

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_expired(self) -> bool:
        return self.created_at <= timezone.now() - IMPORT_LIFETIME


def old_imports(limit: int) -> "QuerySet[ContactImport]":
    """Uploads that nobody can confirm any more, with people's details in them; and those that are done."""
    return ContactImport.objects.expired().order_by("created_at")[:limit]
