from celery import shared_task

from okey.pulse.models import Pulse


@shared_task
def beat() -> None:
    Pulse.beat()
