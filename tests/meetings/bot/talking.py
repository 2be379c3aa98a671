"""Talking with alice's bot in tests."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from meetings.bot import engine
from meetings.bot.engine import Said
from meetings.bot.models import Conversation, Message
from meetings.models import Invitation, Meeting
from okey.owners.models import Owner

#: A Monday; in Berlin it is 10:00. The first time on offer is 14:00 there (four hours' notice).
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")


class Talk:
    """One client's conversation."""

    def __init__(self, owner: Owner, **more: Any) -> None:
        self.conversation = engine.begin(owner, channel=Conversation.Channel.WEB, **more)

    def say(self, *texts: str, **more: Any) -> str:
        """The bot's answer to the last of the texts."""
        for text in texts:
            answer = self.hear(text, **more)
        return answer.text

    def hear(self, text: str, **more: Any) -> Message:
        return engine.hear(self.conversation.pk, Said(text, **more))

    @property
    def buttons(self) -> list[str]:
        last = self.conversation.messages.filter(by=Message.By.BOT).last()
        assert last is not None
        return last.buttons

    def book(self, when: str = "tomorrow at 10", name: str = "Yuki Tanaka", email: str = "yuki@client.example") -> str:
        return self.say(when, f"my name is {name}", email, "yes")

    @property
    def meetings(self) -> list[Meeting]:
        self.conversation.refresh_from_db()
        tokens = self.conversation.invitation_tokens
        return [one.meeting for one in Invitation.objects.filter(token__in=tokens).order_by("pk")]
