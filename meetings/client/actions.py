"""What clients do with their meeting themselves. The owner hears of each by mail and reads it in the diary."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from meetings import diary, scheduling
from meetings.hours import asking
from meetings.invitations import words
from meetings.models import Invitation, Meeting
from meetings.scheduling import Plan
from okey.limits import limits
from okey.mails import outbox
from okey.owners.models import Owner

#: What the history calls a move by the client.
MOVED = "moved_by_client"
MESSAGE_MAX = 1000
REASON_MAX = 500
#: Moves of one meeting by its client: within an hour, and in all. Each is a mail to the owner and one to the client.
MOVES_AN_HOUR, MOVES = 3, 10
#: Clients' messages about meetings that an owner gets by mail within 24 hours; all of them are in the histories.
ASKS_A_DAY = 20


class MovedTooOften(scheduling.Conflict):
    """The client has moved this meeting too often: within the hour, or `is_for_good` (only the owner moves it now)."""

    def __init__(self, *, is_for_good: bool) -> None:
        super().__init__("The client has moved this meeting too often.")
        self.is_for_good = is_for_good


class ChangedMeanwhile(scheduling.Conflict):
    """The meeting is at another time, or of another length, than the client saw when they chose a new one."""


@transaction.atomic
def cancel(invitation: Invitation, *, reason: str = "", is_unasked: bool = False) -> Meeting:
    """Cancel the meeting; twice is once. Raises scheduling.Conflict for one that is over.

    `reason`: what the client says of it, for the owner. `is_unasked`: whoever has the mailbox says that they never
    asked for it.
    """
    owner = Owner.objects.locked(invitation.meeting.owner_id)
    was_cancelled = Meeting.objects.get(pk=invitation.meeting_id).is_cancelled
    meeting = scheduling.cancel(owner=owner, meeting_id=invitation.meeting_id, by_client=True, reason=reason)
    if not was_cancelled:
        if is_unasked:
            text = _("Whoever has the mailbox %(email)s says that they did not ask for this meeting.")
            diary.note(meeting.pk, "unasked", text % {"email": invitation.email})
        _tell(invitation, "meetings/client/mails/cancelled", is_unasked=is_unasked, reason=reason, changed=meeting)
    return meeting


@transaction.atomic
def move(invitation: Invitation, starts_at: datetime, *, word: str = "", seen: str = "") -> Meeting:
    """To another time on offer, as long as it is; twice is once.

    `word`: what the client says with it, for the owner. `seen`: the meeting that a page showed them (`mark_of`).
    Raises scheduling.SlotTaken, ChangedMeanwhile, MovedTooOften, scheduling.Conflict.
    """
    owner = Owner.objects.locked(invitation.meeting.owner_id)
    before = Meeting.objects.get(pk=invitation.meeting_id)
    if starts_at != before.starts_at:
        if seen and seen != mark_of(before):
            raise ChangedMeanwhile
        _check_moves(before)
    plan = Plan(before.title, starts_at, before.minutes, before.agenda, before.provider)
    meeting = scheduling.reschedule(owner=owner, meeting_id=before.pk, plan=plan, must_be_offered=True)
    if meeting.starts_at != before.starts_at:
        said = _("The client moved it: “%(word)s”") % {"word": word} if word else _("The client moved it.")
        diary.note(meeting.pk, MOVED, said)
        with translation.override(owner.language):
            unsure = asking.unsure_words(owner, meeting.starts_at, meeting.ends_at)
        moved: dict[str, Any] = {"was": before.starts_at, "now": meeting.starts_at, "unsure": unsure, "word": word}
        _tell(invitation, "meetings/client/mails/moved", changed=meeting, **moved)
    return meeting


def mark_of(meeting: Meeting) -> str:
    """When it is and how long, for a form that asks whether it still is so."""
    return f"{meeting.starts_at.isoformat()}/{meeting.minutes}"


@transaction.atomic
def ask_for_another_time(invitation: Invitation, message: str) -> None:
    """Hand the client's words to the owner, who decides; also about one that is cancelled.

    Raises scheduling.Conflict once the meeting's time is over.
    """
    owner = Owner.objects.locked(invitation.meeting.owner_id)
    meeting = Meeting.objects.get(pk=invitation.meeting_id)
    if meeting.is_over:
        raise scheduling.Conflict
    scheduling.note_wish(owner=owner, meeting_id=meeting.pk, words=message)
    if limits.hit("asks", str(owner.pk), limit=ASKS_A_DAY, seconds=24 * 3600).allowed:
        _tell(invitation, "meetings/client/mails/asks", message=message)
    else:
        text = _("This was not mailed to you: clients have written %(count)d times about your meetings within a day.")
        diary.note(meeting.pk, "ask_not_mailed", text % {"count": ASKS_A_DAY})


def _check_moves(meeting: Meeting) -> None:
    """Of a meeting whose owner's row is locked. Counted in its history. Raises MovedTooOften."""
    moves = meeting.events.filter(kind=MOVED)
    lately = moves.filter(at__gt=timezone.now() - timedelta(hours=1))
    is_for_good = moves.count() >= MOVES
    if is_for_good or lately.count() >= MOVES_AN_HOUR:
        raise MovedTooOften(is_for_good=is_for_good)


def _tell(
    invitation: Invitation, template: str, *, changed: Meeting | None = None, **more: str | datetime | bool
) -> None:
    """Answers go to the client, at the address that the owner has of them. `changed`: the meeting, for calendars."""
    meeting = invitation.meeting
    owner = meeting.owner
    context = {"owner": owner, "meeting": meeting, "contact": invitation.contact, "zone": str(owner.timezone), **more}
    with translation.override(owner.language), timezone.override(owner.timezone):
        outbox.write(
            to=owner.email,
            template=template,
            context=context,
            reply_to=invitation.contact.email,
            calendar=_calendar(invitation, changed) if changed else "",
            account=notices(owner),
        )


def _calendar(invitation: Invitation, meeting: Meeting) -> str:
    """As the invitation is now, and the meeting."""
    fresh = Invitation.objects.select_related("contact").get(pk=invitation.pk)
    fresh.meeting = meeting
    return words.owners_calendar(fresh)


def notices(owner: Owner) -> str:
    """What mails *to* the owner are counted under, apart from those to clients: neither uses up the other's day."""
    return f"to {owner.pk}"
