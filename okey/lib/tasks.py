"""What has to be done again and again: the one sweep, and forgetting what is old."""

import logging

from celery import shared_task

from okey.lib import claims, retention

logger = logging.getLogger(__name__)


@shared_task
def sweep() -> None:
    """Whatever is due in any table of claims gets a wake-up call."""
    claims.sweep()


@shared_task
def forget() -> None:
    if gone := retention.forget():
        logger.info("Forgotten: %s.", ", ".join(f"{count} {name}" for name, count in gone.items()))
