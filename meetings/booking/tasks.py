"""Wake-up calls. The work is in the modules named after it."""

from celery import shared_task

from meetings.booking import confirming
from meetings.booking.bot import engine


@shared_task
def forget_unconfirmed_booking(booking_id: str) -> None:
    confirming.forget(booking_id)


@shared_task
def forget_conversation(conversation_id: str) -> None:
    engine.forget(conversation_id)
