"""What the bot remembers: conversations, what was said in them, and how a messenger proves itself."""

import secrets
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from okey.contacts.models import Contact
from okey.lib.claims import Claimable
from okey.lib.sealing import SealedField, SealedModel
from okey.mails.models import Mail

TOKEN_BYTES = 24  # 192 bits: nobody guesses somebody else's conversation


def conversation_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


class Conversation(Claimable):
    """One client talking with one owner's bot. Due when it is to be forgotten."""

    class Channel(models.TextChoices):
        WEB = "web", _("on your booking page")
        MESSENGER = "messenger", _("by messenger")
        API = "api", _("by API")

    lane: ClassVar[str] = "housekeeping"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.WEB)
    #: Opens the conversation on the web, for whoever has it.
    token = models.CharField(max_length=64, unique=True, default=conversation_token, editable=False)
    #: Who writes, as the messenger names them; NULL elsewhere.
    sender = models.CharField(max_length=200, null=True, editable=False)  # noqa: DJ001 -- unique, so absent is NULL
    #: Whom it has booked for.
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="conversations")
    #: Tokens of the invitations that it made or that opened it: all that it may see and change.
    invitation_tokens = models.JSONField(default=list, editable=False)
    #: Where the talk stands (bot.state).
    state = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(_("began"), auto_now_add=True)
    last_at = models.DateTimeField(_("last message"), default=timezone.now)
    #: The owner is asked to take over, and has not marked it as done yet.
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        app_label = "booking"
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-last_at", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "sender"], name="one_conversation_a_sender")]
        indexes = [
            models.Index(fields=["owner", "last_at"], name="conversations_of_an_owner"),
            models.Index(
                fields=["owner", "handed_over_at"],
                name="conversations_that_wait",
                condition=models.Q(done_at__isnull=True, handed_over_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.client_name or str(self.pk)

    @property
    def client_name(self) -> str:
        """As they gave it; "" while they have not."""
        return str(self.state.get("name", ""))

    @property
    def client_email(self) -> str:
        return str(self.state.get("email", ""))

    @property
    def is_waiting(self) -> bool:
        """Whether the owner is asked to do something."""
        return self.handed_over_at is not None and self.done_at is None


class Message(models.Model):
    """One thing said. `buttons`: texts that the client may send instead of typing."""

    class By(models.TextChoices):
        CLIENT = "client", _("client")
        BOT = "bot", _("bot")
        OWNER = "owner", _("owner")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    by = models.CharField(max_length=10, choices=By.choices)
    text = models.TextField()
    #: A page that the text speaks of: the client's meeting page. "" for none.
    url = models.URLField(max_length=500, blank=True)
    buttons = models.JSONField[list[str], Any](default=list)
    #: What buttons stand for, by their labels (bot.choices).
    values = models.JSONField[dict[str, str], Any](default=dict, db_default=Value({}, models.JSONField()))
    #: The facts of a read-back, in pairs of a name and what it is; `text` says them too.
    card = models.JSONField[list[list[str]], Any](default=list, db_default=Value([], models.JSONField()))
    #: What stands before a card: the text as far as its facts. "" where there is none.
    lead = models.TextField(blank=True, default="", db_default="")
    #: The same key again in one conversation is the same message; NULL for what the bot says.
    key = models.CharField(max_length=100, null=True, editable=False)  # noqa: DJ001 -- unique, so absent is NULL
    #: When a messenger says that it signed the request, in seconds since 1970.
    signed_at = models.BigIntegerField(null=True, editable=False)
    at = models.DateTimeField(default=timezone.now)
    #: Where the owner said it: the mail in which it went to the address that the client gave.
    mail = models.ForeignKey(Mail, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        app_label = "booking"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["conversation", "key"], name="one_message_a_key")]

    def __str__(self) -> str:
        return self.text[:50]

    @property
    def question(self) -> str:
        """The last sentence of a read-back; of one with a single fact, all that is not said before the card."""
        sentence = self.text.rstrip("?").rpartition(". ")[2] + "?"
        return sentence if self.card[1:] else self.text.removeprefix(self.lead).strip()

    @property
    def is_client(self) -> bool:
        return self.by == self.By.CLIENT


class MessengerKey(SealedModel):
    """The secret with which an owner's messenger signs its requests. One an owner."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="messenger_key")
    secret = SealedField()
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        app_label = "booking"
        verbose_name = _("messenger key")
        verbose_name_plural = _("messenger keys")

    def __str__(self) -> str:
        return str(self.owner_id)
