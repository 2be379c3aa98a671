"""How many free times the bot looks at, with usual settings and with the largest: python -m tests.bench.bot_cost

Counts in a database of its own, in memory.
"""

import os
from collections.abc import Iterator
from datetime import time
from typing import Any

import django

TEXTS = ("the soonest", "other times", "next week", "fridays after 8pm", "tomorrow at 3:10am", "earlier")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.test.utils import get_runner, setup_databases, teardown_databases  # noqa: F401, PLC0415

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        usual, largest = _count(is_large=False), _count(is_large=True)
        print(f"usual settings: {usual} times looked at; the largest: {largest}; ratio {largest / usual:.1f}")
    finally:
        teardown_databases(databases, verbosity=0)


def _count(*, is_large: bool) -> int:
    from meetings.bot import engine  # noqa: PLC0415
    from meetings.bot.models import Conversation  # noqa: PLC0415
    from meetings.hours import availability  # noqa: PLC0415
    from meetings.models import WorkingHours  # noqa: PLC0415
    from okey.owners.models import Owner  # noqa: PLC0415

    owner = Owner.objects.create_user(
        f"bench{is_large}@okey.example", "correct horse battery", timezone="Europe/Berlin"
    )
    if is_large:
        settings = availability.settings_of(owner)
        settings.slot_minutes, settings.horizon_days, settings.has_own_hours = 5, 366, True
        settings.save()
        WorkingHours.objects.bulk_create(
            WorkingHours(owner=owner, weekday=weekday, starts=time(), ends=time()) for weekday in range(7)
        )
    look, seen = availability.each_free_slot, []

    def counted(*args: Any, **more: Any) -> Iterator[Any]:
        for slot in look(*args, **more):
            seen.append(slot)
            yield slot

    availability.each_free_slot = counted
    try:
        conversation = engine.begin(owner, channel=Conversation.Channel.WEB)
        for text in TEXTS:
            engine.hear(conversation.pk, engine.Said(text))
    finally:
        availability.each_free_slot = look
    return len(seen)


if __name__ == "__main__":
    main()
