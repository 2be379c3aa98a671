"""What clients do with their meeting themselves. The owner hears of each by mail and reads it in the diary."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from meetings import diary, groups, guests, scheduling
from meetings.hours import asking
from meetings.invitations import words
from meetings.models import Invitation, Meeting
from meetings.scheduling import Plan
from okey.limits import limits
from okey.mails import outbox
from okey.owners.models import Owner

P = ParamSpec("P")
T = TypeVar("T")
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


class TooLate(scheduling.Conflict):
    """Its type allows clients to change it until so long before it begins, and that is over: they ask the owner."""


class ChangedMeanwhile(scheduling.Conflict):
    """The meeting is at another time, or of another length, than the client saw when they chose a new one."""


def _for_the_owner(act: Callable[Concatenate[Invitation, P], T]) -> Callable[Concatenate[Invitation, P], T]:
    """What is written down of it, the owner reads: in their language, whatever the client's page speaks."""

    @wraps(act)
    def acting(invitation: Invitation, /, *args: P.args, **more: P.kwargs) -> T:
        with translation.override(invitation.meeting.owner.language):
            return act(invitation, *args, **more)

    return acting


@_for_the_owner
@transaction.atomic
def cancel(invitation: Invitation, *, reason: str = "", is_unasked: bool = False) -> Meeting:
    """Cancel the meeting, give a seat back where others come, or decline as a guest; twice is once.

    Raises scheduling.Conflict for one that is over, TooLate where its type allows that no more.

    `reason`: what the client says of it, for the owner. `is_unasked`: whoever has the mailbox says that they never
    asked for it.
    """
    owner = Owner.objects.locked(invitation.meeting.owner_id)
    now = Invitation.objects.select_related("meeting", "contact").get(pk=invitation.pk)
    was_off = now.is_off
    if not was_off and now.meeting.is_over:
        raise scheduling.Conflict
    if not was_off and _is_fixed(now) and not is_unasked:
        raise TooLate
    if was_off:
        return now.meeting
    left = guests.decline(now, reason=reason) if now.is_guest else groups.leave(now, reason=reason)
    meeting = left or scheduling.cancel(owner=owner, meeting_id=now.meeting_id, by_client=True, reason=reason)
    if not was_off:
        if is_unasked:
            text = _("Whoever has the mailbox %(email)s says that they did not ask for this meeting.")
            diary.note(meeting.pk, "unasked", text % {"email": invitation.email})
        about: dict[str, Any] = {"is_unasked": is_unasked, "reason": reason, "has_left": left is not None}
        _tell(invitation, "meetings/client/mails/cancelled", changed=meeting, **about)
    return meeting


@_for_the_owner
@transaction.atomic
def move(invitation: Invitation, starts_at: datetime, *, word: str = "", seen: str = "") -> Meeting:
    """To another time on offer, as long as it is; twice is once.

    `word`: what the client says with it, for the owner. `seen`: the meeting that a page showed them (`mark_of`).
    Raises scheduling.SlotTaken, ChangedMeanwhile, MovedTooOften, TooLate; scheduling.Conflict, also where others come.
    """
    owner = Owner.objects.locked(invitation.meeting.owner_id)
    before = Meeting.objects.get(pk=invitation.meeting_id)
    if before.is_group or before.is_requested or invitation.is_guest:
        raise scheduling.Conflict
    if starts_at != before.starts_at:
        if before.is_fixed:
            raise TooLate
        if seen and seen != mark_of(before):
            raise ChangedMeanwhile
        _check_moves(before)
    plan = Plan(before.title, starts_at, before.minutes, before.agenda, before.provider)
    meeting = scheduling.reschedule(owner=owner, meeting_id=before.pk, plan=plan, must_be_offered=True)
    if meeting.starts_at != before.starts_at:
        said = _("The client moved it: “%(word)s”") % {"word": word} if word else _("The client moved it.")
        diary.note(meeting.pk, MOVED, said)
        unsure = asking.unsure_words(owner, meeting.starts_at, meeting.ends_at)
        moved: dict[str, Any] = {"was": before.starts_at, "now": meeting.starts_at, "unsure": unsure, "word": word}
        _tell(invitation, "meetings/client/mails/moved", changed=meeting, **moved)
    return meeting


def mark_of(meeting: Meeting) -> str:
    """When it is and how long, for a form that asks whether it still is so."""
    return f"{meeting.starts_at.isoformat()}/{meeting.minutes}"


@_for_the_owner
@transaction.atomic
def ask_for_another_time(invitation: Invitation, message: str) -> None:
    """Hand the client's words to the owner, who decides; also about one that is cancelled.

    Raises scheduling.Conflict once the meeting's time is over, and where others come to it.
    """
    owner = Owner.objects.locked(invitation.meeting.owner_id)
    meeting = Meeting.objects.get(pk=invitation.meeting_id)
    if meeting.is_over or meeting.is_group or meeting.is_requested or invitation.is_guest:
        raise scheduling.Conflict
    scheduling.note_wish(owner=owner, meeting_id=meeting.pk, words=message)
    if limits.hit("asks", str(owner.pk), limit=ASKS_A_DAY, seconds=24 * 3600).allowed:
        _tell(invitation, "meetings/client/mails/asks", message=message)
    else:
        text = _("This was not mailed to you: clients have written %(count)d times about your meetings within a day.")
        diary.note(meeting.pk, "ask_not_mailed", text % {"count": ASKS_A_DAY})


def _is_fixed(invitation: Invitation) -> bool:
    """Guests decline, and what was only asked for is withdrawn, whenever they like."""
    meeting = invitation.meeting
    return meeting.is_fixed and not invitation.is_guest and not meeting.is_requested


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
    context["is_guest"] = invitation.is_guest
    # A guest's coming or not changes nothing in the owner's calendar.
    has_entry = changed is not None and changed.approval_until is None and not invitation.is_guest
    with translation.override(owner.language), timezone.override(owner.timezone):
        outbox.write(
            to=owner.email,
            template=template,
            context=context,
            reply_to=invitation.contact.email,
            calendar=_calendar(invitation, changed) if changed is not None and has_entry else "",
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
