"""Schedule, reschedule, cancel: the only writers of meetings, whoever asks.

Each commits the meeting first, with its link job due where a provider is wanted; nothing that a provider does can
lose it or slow the page. Every writer locks the owner's row, so that the CRM and the bot cannot both take a slot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meetings import announcements, checks, diary, endings, groups, writing
from meetings import guests as named
from meetings.entries import owing
from meetings.hours import asking, availability
from meetings.hours.availability import Slot
from meetings.invitations import inviting, telling
from meetings.links import there
from meetings.links.words import link_name
from meetings.models import LinkJob, Meeting, MeetingType, SearchedTitle, Series
from meetings.types.questions import Answer
from meetings.writing import Conflict
from okey.contacts.models import Contact
from okey.owners.models import Owner

__all__ = [
    "Conflict",
    "Kept",
    "Plan",
    "SlotTaken",
    "add_link",
    "answer_wish",
    "cancel",
    "keep",
    "note_wish",
    "reschedule",
    "retry_link",
    "schedule",
]

#: So long an owner has to approve what a client asks for, and at most until it would begin.
APPROVE_WITHIN = timedelta(days=3)


class SlotTaken(Exception):
    """The owner does not offer this time, or not any more: somebody took it. `next_free`: what to offer instead."""

    def __init__(self, next_free: list[Slot]) -> None:
        super().__init__("This time is not on offer.")
        self.next_free = next_free


@dataclass(frozen=True)
class Plan:
    """What a meeting shall be. `provider` is a slug, or "" for no video link."""

    title: str
    starts_at: datetime  # aware
    minutes: int
    agenda: str = ""
    provider: str = ""

    @property
    def one_line_title(self) -> str:
        """As it is kept: without line breaks, for calendars and subjects."""
        return " ".join(self.title.split())

    @property
    def columns(self) -> dict[str, Any]:
        """What a meeting that is to be so has in its row; of the provider each writer decides."""
        return {
            "title": self.one_line_title,
            "agenda": self.agenda.strip(),
            "starts_at": self.starts_at,
            "minutes": self.minutes,
            "ends_at": self.starts_at + timedelta(minutes=self.minutes),
        }

    def check(self, now: datetime | None = None) -> None:
        """Raises ValidationError by field. `now`: when it was asked for, if that was a moment ago."""
        now = now or timezone.now()
        errors: dict[str, str] = {}
        if not any(letter.isprintable() and not letter.isspace() for letter in self.title):
            errors["title"] = _("Give the meeting a title.")
        elif len(self.title) > Meeting.TITLE_MAX:
            errors["title"] = _("The title is longer than %(max)d characters.") % {"max": Meeting.TITLE_MAX}
        if len(self.agenda) > Meeting.AGENDA_MAX:
            errors["agenda"] = _("The agenda is longer than %(max)d characters.") % {"max": Meeting.AGENDA_MAX}
        if not 1 <= self.minutes <= Meeting.MINUTES_MAX:
            errors["minutes"] = _("A meeting takes 1 to 1440 minutes.")
        if self.starts_at <= now:
            errors["starts_at"] = _("This time is in the past.")
        elif self.starts_at > now + timedelta(days=5 * 366):
            errors["starts_at"] = _("This is more than five years ahead.")
        if errors:
            raise ValidationError(errors)


class Kept(TypedDict, total=False):
    """What a meeting's row holds beside what was agreed: what a program keeps there for itself, and its series."""

    external_id: str
    metadata: dict[str, str]
    series: Series


def schedule(
    *,
    owner: Owner,
    contact: Contact,
    plan: Plan,
    source: str = Meeting.Source.CRM,
    request_key: str = "",
    address: str = "",
    by_mail: bool = True,
    is_address_confirmed: bool = True,
    must_be_offered: bool = False,
    zone: ZoneInfo | None = None,
    language: str = "",
    no_link: str = "",
    kept: Kept | None = None,
    meeting_type: MeetingType | None = None,
    answers: Sequence[Answer] = (),
    guests: Sequence[str] = (),
    are_guests_known: bool = True,
) -> Meeting:
    """Schedule a meeting. The same `request_key` of the same owner again is the same meeting.

    As a type with seats, the contact comes into the one that stands at that time, if there is one: that stays as it is.

    `by_mail`: the contact gets an invitation, at `address` or else at their first. `is_address_confirmed=False`: a
    stranger typed it. `zone`, `language`: those that the client chose. `no_link`: why no provider is asked for.
    `kept`: what a program keeps beside it. `meeting_type`: what was booked, whose rules decide what is on offer;
    `answers`: what the client said to its questions. `guests`: addresses of those who come too
    (meetings.guests.checked); `are_guests_known=False`: a client named them.
    `must_be_offered`: only at a time that availability offers; else SlotTaken. The owner's calendars have been asked
    (meetings.hours.asking.ask); the history says which have not answered. A `request_key` that was seen is answered
    before that is asked: the meeting itself takes the time now.
    Raises ValidationError by field: also for a contact that is not the owner's or is archived, and for a provider
    that the owner has not connected; and groups.HasSeat.
    """
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        if request_key and (done := groups.earlier(owner, request_key)):
            return done
        now = timezone.now()  # before the time is looked up: what is still on offer then, has not begun
        if must_be_offered:
            _check_offered(owner, plan, meeting_type=meeting_type)
        plan.check(now)
        checks.contact(owner, contact)
        invited: dict[str, Any] = {"address": address, "by_mail": by_mail, "is_address_confirmed": is_address_confirmed}
        invited |= {"zone": zone, "language": language}
        if group := groups.standing_at(meeting_type, plan.starts_at, plan.minutes):
            groups.join(group, contact, request_key=request_key, answers=answers, **invited)
            return group
        checks.provider(owner, plan.provider)
        is_group = meeting_type is not None and meeting_type.is_group
        asked: dict[str, Any] = {"request_key": request_key or None, "answers": list(answers) or None}
        known = {"source": source, "is_group": is_group, **(kept or {}), **({} if is_group else asked)}
        columns = {**plan.columns, **_provided(owner, plan, meeting_type, no_link), **_promised(meeting_type), **known}
        meeting = Meeting.objects.create(owner=owner, contact=contact, timezone=str(owner.timezone), **columns)
        _note_made(meeting)
        if must_be_offered:
            _note_unsure(meeting)
        writing.begin_link(meeting)
        inviting.invite(meeting, **invited, **(asked if is_group else {}))
        named.invite(meeting, guests, by_mail=by_mail, is_address_confirmed=are_guests_known)
        owing.owe(meeting)
        endings.expect(meeting)
        _tell_made(meeting)
    return meeting


def reschedule(*, owner: Owner, meeting_id: Any, plan: Plan, must_be_offered: bool = False, word: str = "") -> Meeting:
    """Change title, time, length or agenda; the provider and the link stay.

    `word`: what the owner says to the client with it. Another time or length answers a wish for another time.
    `must_be_offered`: another time or length only where availability offers it; else SlotTaken.
    Raises ValidationError by field, Conflict, and Meeting.DoesNotExist for one that is not the owner's.
    """
    with transaction.atomic():
        meeting = writing.locked(owner, meeting_id)
        if meeting.is_cancelled or meeting.is_over or meeting.is_requested:
            raise Conflict
        now = timezone.now()
        is_moved = (plan.starts_at, plan.minutes) != (meeting.starts_at, meeting.minutes)
        takes_a_time = must_be_offered and is_moved
        if takes_a_time:
            _check_offered(meeting.owner, plan, ignoring=meeting.pk, meeting_type=meeting.meeting_type)
        plan.check(now)
        if is_moved:
            groups.check_apart(meeting, plan.starts_at, plan.minutes)
        if all(getattr(meeting, name) == value for name, value in plan.columns.items()):
            return meeting
        changes: dict[str, Any] = {"word": writing.word_to_tell(meeting, word)}
        changes["searched"] = SearchedTitle.text_of([plan.one_line_title])
        if plan.starts_at != meeting.starts_at:
            changes |= {"moved_from": meeting.starts_at, "moved_at": timezone.now()}
        if is_moved:
            changes |= writing.ANSWERED
        writing.revise(meeting, **plan.columns, **changes)
        diary.note_news(meeting.pk, "rescheduled" if is_moved else "changed", writing.what_changed(meeting, plan))
        writing.note_word(meeting, word)
        changed = Meeting.objects.get(pk=meeting_id)
        if takes_a_time:
            _note_unsure(changed)
        endings.expect(changed)
        if plan.starts_at != meeting.starts_at:
            there.expect(changed)
        announcements.rescheduled(changed)
    return changed


def cancel(*, owner: Owner, meeting_id: Any, by_client: bool = False, reason: str = "", word: str = "") -> Meeting:
    """Cancel, or decline what waits for approval; twice is once.

    `reason`: the client's, where they cancel. `word`: what the owner says to the client.

    Raises Meeting.DoesNotExist for one that is not the owner's, Conflict for one over."""
    with transaction.atomic():
        meeting = writing.locked(owner, meeting_id)
        if meeting.is_cancelled:
            return meeting
        if meeting.is_over:
            raise Conflict
        writing.revise(
            meeting, cancelled_at=timezone.now(), word=writing.word_to_tell(meeting, word), **writing.ANSWERED
        )
        diary.note(meeting.pk, "cancelled", _how_cancelled(meeting, reason, by_client=by_client))
        writing.note_word(meeting, word)
        changed = Meeting.objects.get(pk=meeting_id)
        endings.forget(changed)
        if not meeting.is_requested:
            announcements.cancelled(changed, by_client=by_client)
        elif not by_client:
            telling.refused(changed)
    return changed


def note_wish(*, owner: Owner, meeting_id: Any, words: str) -> None:
    """The client wishes for another time, in these words; it waits until the owner answers or moves the meeting."""
    with transaction.atomic():
        meeting = writing.locked(owner, meeting_id)
        Meeting.objects.filter(pk=meeting.pk).update(asked_at=timezone.now(), asked_words=words)
        text = _("The client asks for another time: “%(message)s”") % {"message": words}
        diary.note(meeting.pk, "asked_by_client", text)


def answer_wish(*, owner: Owner, meeting_id: Any, word: str) -> None:
    """The owner leaves the meeting as it is; the client is told, with this word. Twice is once.

    Raises Meeting.DoesNotExist.
    """
    with transaction.atomic():
        meeting = writing.locked(owner, meeting_id)
        if meeting.asked_at is None:
            return
        Meeting.objects.filter(pk=meeting.pk).update(**writing.ANSWERED)
        diary.note_news(meeting.pk, "wish_answered", _("You answered the client’s wish; nothing else changed."))
        writing.note_word(meeting, word)
        telling.answer(meeting, word)


def keep(*, owner: Owner, meeting_id: Any, kept: Kept) -> None:
    """What a program keeps beside it, also beside one that is over. Nobody is told. Raises Meeting.DoesNotExist."""
    with transaction.atomic():
        meeting = writing.locked(owner, meeting_id)
        if any(getattr(meeting, name) != value for name, value in kept.items()):
            Meeting.objects.filter(pk=meeting.pk).update(**kept, updated_at=timezone.now())


def add_link(*, owner: Owner, meeting_id: Any, provider: str) -> Meeting:
    """Have a link made for a meeting that has none wanted. Raises ValidationError, Conflict, Meeting.DoesNotExist."""
    with transaction.atomic():
        meeting = writing.locked(owner, meeting_id)
        if meeting.provider:
            return meeting
        if meeting.is_cancelled or meeting.is_over or meeting.is_requested:
            raise Conflict
        if not provider:
            raise ValidationError({"provider": _("Choose a meeting provider.")})
        checks.provider(owner, provider)
        writing.revise(meeting, provider=provider, no_link="")
        text = _("A %(link)s was asked for.") % {"link": link_name(provider)}
        diary.note(meeting.pk, "link_wanted", text)
    return Meeting.objects.get(pk=meeting_id)


def retry_link(*, owner: Owner, meeting_id: Any) -> Meeting:
    """Try again now, whatever the last problem was. Raises Conflict, Meeting.DoesNotExist."""
    with transaction.atomic():
        meeting = writing.locked(owner, meeting_id)
        if not meeting.wants_link or meeting.is_over:
            raise Conflict
        LinkJob.objects.filter(meeting=meeting).update(attempts=0)
        writing.make_due(meeting.link_job, meeting.provider)
    return meeting


def _provided(owner: Owner, plan: Plan, meeting_type: MeetingType | None, no_link: str) -> dict[str, Any]:
    """What makes its link, or why there is none; where the owner is to approve it first, what will, and until when."""
    why = "" if plan.provider else no_link or checks.why_no_link(owner)
    if meeting_type is None or not meeting_type.needs_approval:
        return {"provider": plan.provider, "no_link": why}
    until = min(timezone.now() + APPROVE_WITHIN, plan.starts_at)
    return {
        "provider": "",
        "approved_provider": plan.provider,
        "no_link": why or Meeting.NoLink.APPROVAL,
        "approval_until": until,
    }


def _tell_made(meeting: Meeting) -> None:
    if meeting.is_requested:
        telling.asked(meeting)
    else:
        announcements.scheduled(meeting)


def _note_made(meeting: Meeting) -> None:
    if meeting.is_requested:
        diary.note(meeting.pk, "requested", _("Asked for. The time is held until you approve or decline."))
    else:
        diary.note(meeting.pk, "scheduled", _("Scheduled."))


def _how_cancelled(meeting: Meeting, reason: str, *, by_client: bool) -> str:
    if not by_client:
        return _("Declined.") if meeting.is_requested else _("Cancelled.")
    if meeting.is_requested:
        said = _("Withdrawn by the client: “%(reason)s”") if reason else _("Withdrawn by the client.")
    else:
        said = _("Cancelled by the client: “%(reason)s”") if reason else _("Cancelled by the client.")
    return said % {"reason": reason}


def _promised(meeting_type: MeetingType | None) -> dict[str, Any]:
    """The meeting's own copy: what its type says later changes nothing about it."""
    if meeting_type is None:
        return {}
    return {
        "meeting_type": meeting_type if meeting_type.is_saved else None,
        "type_name": meeting_type.name,
        "place": meeting_type.place,
        "place_words": meeting_type.place_words,
        "change_notice_minutes": meeting_type.change_notice_minutes,
    }


def _check_offered(
    owner: Owner, plan: Plan, *, ignoring: UUID | None = None, meeting_type: MeetingType | None = None
) -> None:
    """Of an owner whose row is locked: so of two who want one time, the second sees what the first took."""
    wanted: dict[str, Any] = {"minutes": plan.minutes, "ignoring": ignoring, "meeting_type": meeting_type}
    if availability.is_free(owner, plan.starts_at, **wanted):
        return
    following = availability.next_free(owner, after=plan.starts_at, **wanted)
    raise SlotTaken(following or availability.next_free(owner, after=timezone.now(), **wanted))


def _note_unsure(meeting: Meeting) -> None:
    """The owner reads which of their calendars have not said that they are free then (meetings.hours.asking)."""
    if text := asking.unsure_words(meeting.owner, meeting.starts_at, meeting.ends_at):
        diary.note_news(meeting.pk, "calendar_unsure", text)
