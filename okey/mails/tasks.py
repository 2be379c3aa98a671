from celery import shared_task

from okey.mails import outbox


@shared_task
def send_mail(pk: str) -> None:
    outbox.send(pk)
