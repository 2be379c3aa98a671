"""Wake-up calls. The work is in links.py."""

from celery import shared_task

from meetings import links


@shared_task
def work_on_link(meeting_id: str) -> None:
    links.work(meeting_id)
