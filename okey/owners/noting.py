"""Who signed in, who could not, and what administrators changed: a line in the log each."""

import logging
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models.signals import post_save
from django.dispatch import receiver

from okey import figures
from okey.owners.models import Owner

logger = logging.getLogger(__name__)
ACTIONS = {1: "added", 2: "changed", 3: "deleted"}


@receiver(user_logged_in)
def signed_in(user: Owner, **_: Any) -> None:
    figures.note(figures.SIGN_INS, outcome="ok", owner=user.pk)


@receiver(user_login_failed)
def refused(**_: Any) -> None:
    """Without the address that was typed: it may be a password."""
    figures.note(figures.SIGN_INS, level=logging.WARNING, outcome="refused")


@receiver(post_save, sender=LogEntry)
def changed_by_an_administrator(instance: LogEntry, **_: Any) -> None:
    what = instance.content_type.model if instance.content_type else "?"
    action = ACTIONS.get(instance.action_flag, "?")
    known = {"admin": instance.user_id, "action": action, "table": what, "row": instance.object_id}
    logger.info("admin %s %s %s %s", instance.user_id, action, what, instance.object_id, extra=known)
