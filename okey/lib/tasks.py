"""The one task for all work that is due, look at a lane; and forgetting what is old."""

import logging

from celery import shared_task

from okey.lib import retention
from okey.lib.lanes import LANES

logger = logging.getLogger(__name__)


@shared_task
def look(lane: str) -> None:
    LANES[lane].look()


@shared_task
def forget() -> None:
    if gone := retention.forget():
        logger.info("Forgotten: %s.", ", ".join(f"{count} {name}" for name, count in gone.items()))
