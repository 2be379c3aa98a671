"""How a meeting's row is changed: with the owner locked, and with all that has to hear of it made due."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import connections
from meetings import diary
from meetings.entries import owing
from meetings.invitations import inviting
from meetings.links import owed
from meetings.models import LinkJob, Meeting
from meetings.times import span_words
from okey.owners.models import Owner

#: Nobody waits for an answer to a wish for another time.
ANSWERED: dict[str, Any] = {"asked_at": None, "asked_words": ""}


class Conflict(Exception):
    """The meeting is not in a state that allows this: it was cancelled, or is over."""


def locked(owner: Owner, meeting_id: Any) -> Meeting:
    locked = Owner.objects.locked(owner.pk)
    meeting = Meeting.objects.locked(meeting_id, owner=owner)
    meeting.owner = locked
    return meeting


def revise(meeting: Meeting, **changes: Any) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(revision=F("revision") + 1, updated_at=timezone.now(), **changes)
    inviting.owe(meeting)
    owing.owe(meeting)
    if provider := changes.get("provider", meeting.provider):
        make_due(meeting.link_job, provider)


def begin_link(meeting: Meeting) -> None:
    job = LinkJob.objects.create(meeting=meeting)
    if meeting.provider:
        make_due(job, meeting.provider)


def make_due(job: LinkJob, provider: str) -> None:
    turn = connections.turn(job.meeting.owner_id, provider)
    fresh = {**owed.due_now(job), "turn": turn, "waits_for_connection": False}
    LinkJob.objects.filter(pk=job.pk).update(**fresh)
    for name, value in fresh.items():  # whoever gets the meeting reads the job that is now in the database
        setattr(job, name, value)
    LinkJob.wake_on_commit()


def what_changed(meeting: Meeting, plan: Any) -> str:
    """Of the meeting as it was: from what to what, on the owner's clocks."""
    zone, parts = meeting.owner.timezone, []
    was = span_words(meeting.starts_at, meeting.ends_at, zone)
    now = span_words(plan.starts_at, plan.starts_at + timedelta(minutes=plan.minutes), zone)
    if was != now:
        parts.append(_("Moved from %(was)s to %(now)s.") % {"was": was, "now": now})
    if plan.one_line_title != meeting.title:
        titles = {"was": meeting.title, "now": plan.one_line_title}
        parts.append(_("Title changed from “%(was)s” to “%(now)s”.") % titles)
    if plan.agenda.strip() != meeting.agenda:
        parts.append(_("Agenda changed."))
    return " ".join(parts) or _("Changed.")


def word_to_tell(meeting: Meeting, word: str) -> str:
    """What goes out with the next mail: one that was not sent yet is not lost to a change without a word."""
    return word.strip() or (meeting.word if inviting.owes_news(meeting) else "")


def note_word(meeting: Meeting, word: str) -> None:
    if word.strip():
        diary.note_news(meeting.pk, "word", _("You said to the client: “%(word)s”") % {"word": word.strip()})
