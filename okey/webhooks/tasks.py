"""Wake-up calls. The work is in the modules named after it."""

from celery import shared_task

from okey.webhooks import deliveries, events


@shared_task
def deliver(delivery_id: str) -> None:
    deliveries.work(delivery_id)


@shared_task
def forget_event(event_id: str) -> None:
    events.forget(event_id)
