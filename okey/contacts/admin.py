"""Owners' contacts, for administrators to find one. Notes and what else is written about people is their owner's."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from okey.contacts.models import Contact, ContactImport, ContactNote, MergedContact, Tag, Tagging
from okey.lib.read_only_admin import ReadOnlyAdmin


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin[Contact]):
    contents = {"name": "id", "email": "", "timezone": "", "email__any_case": ""}
    list_display = ("name", "email", "owner", "created_at", "archived_at")
    list_select_related = ("owner",)
    ordering = ("pk",)
    search_fields = ("email__any_case", "owner__email__any_case")
    search_help_text = _("The whole e-mail address of a contact or an owner.")
    fields = ("owner", "name", "email", "timezone", "created_at", "updated_at", "archived_at")


@admin.register(ContactImport)
class ContactImportAdmin(ReadOnlyAdmin[ContactImport]):
    """How an upload went; its lines are people's details."""

    contents = {"file_name": ""}
    list_display = ("created_at", "owner", "file_name", "encoding", "done_at", "imported_count")
    list_select_related = ("owner",)
    ordering = ("-created_at", "-pk")
    search_fields = ("owner__email__any_case",)
    fields = ("owner", "created_at", "file_name", "encoding", "done_at", "imported_count")


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin[Tag]):
    contents = {"name": "id"}
    list_display = ("name", "owner")
    list_select_related = ("owner",)
    ordering = ("pk",)
    search_fields = ("owner__email__any_case",)
    fields = ("owner", "name")


@admin.register(Tagging)
class TaggingAdmin(ReadOnlyAdmin[Tagging]):
    contents = {"contact": "contact_id", "tag": "tag_id"}
    list_display = ("pk", "contact", "tag")
    list_select_related = ("contact", "tag")
    ordering = ("pk",)
    fields = ("contact", "tag")


@admin.register(ContactNote)
class ContactNoteAdmin(ReadOnlyAdmin[ContactNote]):
    """When an owner wrote something of a contact; what, is theirs."""

    contents = {"contact": "contact_id"}
    list_display = ("pk", "contact", "created_at")
    list_select_related = ("contact",)
    ordering = ("-pk",)
    fields = ("contact", "created_at")


@admin.register(MergedContact)
class MergedContactAdmin(ReadOnlyAdmin[MergedContact]):
    """Which contact a former one is now."""

    contents = {"name": "id", "email": "", "contact": "contact_id", "email__any_case": ""}
    list_display = ("pk", "email", "contact", "merged_at")
    list_select_related = ("contact",)
    ordering = ("pk",)
    search_fields = ("email__any_case",)
    fields = ("id", "name", "email", "contact", "merged_at")
