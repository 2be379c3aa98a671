"""Wake-up calls. The work is in the modules named after it."""

from celery import shared_task

from meetings import invitations, links, reconnecting


@shared_task
def work_on_link(meeting_id: str) -> None:
    links.work(meeting_id)


@shared_task
def remind_of_reconnecting(connection_id: str) -> None:
    reconnecting.remind(connection_id)


@shared_task
def work_on_invitation(invitation_id: str) -> None:
    invitations.work(invitation_id)
