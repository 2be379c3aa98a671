"""The one task for all work: look at a lane."""

from celery import shared_task

from okey.lib.lanes import LANES


@shared_task
def look(lane: str) -> None:
    LANES[lane].look()
