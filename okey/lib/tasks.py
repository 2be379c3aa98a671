"""The one sweep: whatever is due in any table of claims gets a wake-up call."""

from celery import shared_task

from okey.lib import claims


@shared_task
def sweep() -> None:
    claims.sweep()
