"""Hears what happens to an owner's connections: jobs that waited for one wake, and owners read what a loss costs.

And what happens to their calendars: meetings are entered in another one, or in none, and looked for where one was read.
"""

import uuid
from typing import Any

from django.dispatch import receiver

from integrations import conferencing
from integrations.signals import (
    calendar_read,
    connection_changed,
    grant_lost,
    meeting_told,
    meetings_calendar_chosen,
    pair_renewed,
)
from integrations.told import News
from meetings.entries import owing
from meetings.links import owed, reconnect_mails
from meetings.watching import hearing


@receiver(connection_changed, dispatch_uid="meetings.heal")
def heal_owed_links(*, owner_id: uuid.UUID, provider: str, **_kwargs: Any) -> None:
    if conferencing.makes_links(provider):
        owed.heal(owner_id, provider)


@receiver(pair_renewed, dispatch_uid="meetings.go_on")
def go_on_with_the_pair(*, account_id: uuid.UUID, **_kwargs: Any) -> None:
    owed.go_on(account_id)


@receiver(grant_lost, dispatch_uid="meetings.tell_of_loss")
def tell_of_loss(*, connection_id: uuid.UUID, **_kwargs: Any) -> None:
    reconnect_mails.tell(connection_id)


@receiver(meeting_told, dispatch_uid="meetings.hear_provider")
def hear_the_provider(*, provider: str, news: News, **_kwargs: Any) -> None:
    hearing.receive(provider, news)


@receiver(meetings_calendar_chosen, dispatch_uid="meetings.enter")
def enter_in_the_calendar(*, owner_id: uuid.UUID, **_kwargs: Any) -> None:
    owing.choose(owner_id)


@receiver(calendar_read, dispatch_uid="meetings.hear_calendar")
def hear_the_calendar(*, calendar_id: Any, is_recovered: bool, has_news: bool, **_kwargs: Any) -> None:
    owing.hear(calendar_id, is_recovered=is_recovered, has_news=has_news)
