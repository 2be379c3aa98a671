"""Conversations with the bot, for administrators: that they are there and wait. What was said is their owner's."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from meetings.bot.models import Conversation, MessengerKey
from okey.lib.read_only_admin import ReadOnlyAdmin


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin[Conversation]):
    contents = {"contact": ""}
    list_display = ("id", "owner", "channel", "created_at", "last_at", "handed_over_at", "done_at")
    list_filter = ("channel", ("handed_over_at", admin.EmptyFieldListFilter), ("done_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner",)
    ordering = ("-due_at", "-pk")  # they are forgotten in the order in which they were last used
    search_fields = ("pk", "owner__email__any_case")
    search_help_text = _("The owner’s whole e-mail address, or the conversation’s ID.")
    fields = ("id", "owner", "channel", "contact", "created_at", "last_at", "handed_over_at", "done_at", "due_at")


@admin.register(MessengerKey)
class MessengerKeyAdmin(ReadOnlyAdmin[MessengerKey]):
    """The key itself is sealed."""

    contents = {}
    list_display = ("owner", "made_at")
    list_select_related = ("owner",)
    ordering = ("-pk",)
    search_fields = ("owner__email__any_case",)
    fields = ("owner", "made_at")
