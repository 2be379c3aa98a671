"""Wake-up calls. The work is in the modules named after it."""

from celery import shared_task

from integrations import authorization, deauthorization, upkeep


@shared_task
def work_on_account(account_id: str) -> None:
    upkeep.work(account_id)


@shared_task
def work_on_attempt(attempt_id: str) -> None:
    authorization.work(attempt_id)


@shared_task
def work_on_delivery(delivery_id: str) -> None:
    deauthorization.work(delivery_id)
