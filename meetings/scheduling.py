"""Schedule, reschedule, cancel: the only writers of meetings, whoever asks.

Each commits the meeting first, with its link job due where a provider is wanted; nothing that a provider does can
lose it or slow the page. Every writer locks the owner's row, so that the CRM and the bot cannot both take a slot.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import connections
from meetings import announcements, diary, endings
from meetings.entries import owing
from meetings.hours import asking, availability
from meetings.hours.availability import Slot
from meetings.invitations import inviting
from meetings.links import owed
from meetings.links.words import link_name
from meetings.models import LinkJob, Meeting, SearchedTitle
from meetings.times import span_words
from okey.contacts.models import Contact
from okey.owners.models import Owner

#: Nobody waits for an answer to a wish for another time.
ANSWERED: dict[str, Any] = {"asked_at": None, "asked_words": ""}


class Conflict(Exception):
    """The meeting is not in a state that allows this: it was cancelled, or is over."""


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
    """What a program keeps beside a meeting for itself."""

    external_id: str
    metadata: dict[str, str]


def schedule(
    *,
    owner: Owner,
    contact: Contact,
    plan: Plan,
    source: str = Meeting.Source.CRM,
    request_key: str = "",
    by_mail: bool = True,
    is_address_confirmed: bool = True,
    must_be_offered: bool = False,
    zone: ZoneInfo | None = None,
    no_link: str = "",
    kept: Kept | None = None,
) -> Meeting:
    """Schedule a meeting. The same `request_key` of the same owner again is the same meeting.

    `by_mail`: the contact gets an invitation. `is_address_confirmed=False`: a stranger typed their address.
    `zone`: the one that the client chose. `no_link`: why no provider is asked for, where that is known.
    `kept`: what a program keeps beside it.
    `must_be_offered`: only at a time that availability offers; else SlotTaken. The owner's calendars have been asked
    (meetings.hours.asking.ask); the history says which have not answered. A `request_key` that was seen is answered
    before that is asked: the meeting itself takes the time now.
    Raises ValidationError by field: also for a contact that is not the owner's or is archived, and for a provider
    that the owner has not connected.
    """
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        if request_key and (earlier := Meeting.objects.filter(owner=owner, request_key=request_key).first()):
            return earlier
        now = timezone.now()  # before the time is looked up: what is still on offer then, has not begun
        if must_be_offered:
            _check_offered(owner, plan)
        plan.check(now)
        _check_contact(owner, contact)
        _check_provider(owner, plan.provider)
        meeting = Meeting.objects.create(
            owner=owner,
            contact=contact,
            title=plan.one_line_title,
            agenda=plan.agenda.strip(),
            starts_at=plan.starts_at,
            minutes=plan.minutes,
            ends_at=plan.starts_at + timedelta(minutes=plan.minutes),
            timezone=str(owner.timezone),
            source=source,
            request_key=request_key or None,
            provider=plan.provider,
            no_link="" if plan.provider else no_link or _why_no_link(owner),
            **(kept or {}),
        )
        diary.note(meeting.pk, "scheduled", _("Scheduled."))
        if must_be_offered:
            _note_unsure(meeting)
        _begin_link(meeting)
        inviting.invite(meeting, by_mail=by_mail, is_address_confirmed=is_address_confirmed, zone=zone)
        owing.owe(meeting)
        endings.expect(meeting)
        announcements.scheduled(meeting)
    return meeting


def reschedule(*, owner: Owner, meeting_id: Any, plan: Plan, must_be_offered: bool = False, word: str = "") -> Meeting:
    """Change title, time, length or agenda; the provider and the link stay.

    `word`: what the owner says to the client with it. Another time or length answers a wish for another time.
    `must_be_offered`: another time or length only where availability offers it; else SlotTaken.
    Raises ValidationError by field, Conflict, and Meeting.DoesNotExist for one that is not the owner's.
    """
    with transaction.atomic():
        meeting = _locked(owner, meeting_id)
        if meeting.is_cancelled or meeting.is_over:
            raise Conflict
        now = timezone.now()
        is_moved = (plan.starts_at, plan.minutes) != (meeting.starts_at, meeting.minutes)
        takes_a_time = must_be_offered and is_moved
        if takes_a_time:
            _check_offered(meeting.owner, plan, ignoring=meeting.pk)
        plan.check(now)
        wanted = {
            "title": plan.one_line_title,
            "agenda": plan.agenda.strip(),
            "starts_at": plan.starts_at,
            "minutes": plan.minutes,
        }
        if all(getattr(meeting, name) == value for name, value in wanted.items()):
            return meeting
        ends_at = plan.starts_at + timedelta(minutes=plan.minutes)
        changes: dict[str, Any] = {"ends_at": ends_at, "word": _word(meeting, word)}
        changes["searched"] = SearchedTitle.text_of([plan.one_line_title])
        if plan.starts_at != meeting.starts_at:
            changes["moved_from"] = meeting.starts_at
        if is_moved:
            changes |= ANSWERED
        _revise(meeting, **wanted, **changes)
        diary.note_news(meeting.pk, "rescheduled" if is_moved else "changed", _what_changed(meeting, plan))
        _note_word(meeting, word)
        changed = Meeting.objects.get(pk=meeting_id)
        if takes_a_time:
            _note_unsure(changed)
        endings.expect(changed)
        announcements.rescheduled(changed)
    return changed


def cancel(*, owner: Owner, meeting_id: Any, by_client: bool = False, reason: str = "", word: str = "") -> Meeting:
    """Cancel; twice is once. `reason`: the client's, where they cancel. `word`: what the owner says to the client.

    Raises Meeting.DoesNotExist for one that is not the owner's, Conflict for one over."""
    with transaction.atomic():
        meeting = _locked(owner, meeting_id)
        if meeting.is_cancelled:
            return meeting
        if meeting.is_over:
            raise Conflict
        _revise(meeting, cancelled_at=timezone.now(), word=_word(meeting, word), **ANSWERED)
        said = _("Cancelled by the client: “%(reason)s”") if reason else _("Cancelled by the client.")
        text = said % {"reason": reason} if by_client else _("Cancelled.")
        diary.note(meeting.pk, "cancelled", text)
        _note_word(meeting, word)
        changed = Meeting.objects.get(pk=meeting_id)
        endings.forget(changed)
        announcements.cancelled(changed, by_client=by_client)
    return changed


def note_wish(*, owner: Owner, meeting_id: Any, words: str) -> None:
    """The client wishes for another time, in these words; it waits until the owner answers or moves the meeting."""
    with transaction.atomic():
        meeting = _locked(owner, meeting_id)
        Meeting.objects.filter(pk=meeting.pk).update(asked_at=timezone.now(), asked_words=words)
        text = _("The client asks for another time: “%(message)s”") % {"message": words}
        diary.note(meeting.pk, "asked_by_client", text)


def answer_wish(*, owner: Owner, meeting_id: Any, word: str) -> None:
    """The owner leaves the meeting as it is; the client is told, with this word. Twice is once.

    Raises Meeting.DoesNotExist.
    """
    with transaction.atomic():
        meeting = _locked(owner, meeting_id)
        if meeting.asked_at is None:
            return
        Meeting.objects.filter(pk=meeting.pk).update(**ANSWERED)
        diary.note_news(meeting.pk, "wish_answered", _("You answered the client’s wish; nothing else changed."))
        _note_word(meeting, word)
        inviting.tell_answer(meeting, word)


def keep(*, owner: Owner, meeting_id: Any, kept: Kept) -> None:
    """What a program keeps beside it, also beside one that is over. Nobody is told. Raises Meeting.DoesNotExist."""
    with transaction.atomic():
        meeting = _locked(owner, meeting_id)
        if any(getattr(meeting, name) != value for name, value in kept.items()):
            Meeting.objects.filter(pk=meeting.pk).update(**kept, updated_at=timezone.now())


def add_link(*, owner: Owner, meeting_id: Any, provider: str) -> Meeting:
    """Have a link made for a meeting that has none wanted. Raises ValidationError, Conflict, Meeting.DoesNotExist."""
    with transaction.atomic():
        meeting = _locked(owner, meeting_id)
        if meeting.provider:
            return meeting
        if meeting.is_cancelled or meeting.is_over:
            raise Conflict
        if not provider:
            raise ValidationError({"provider": _("Choose a meeting provider.")})
        _check_provider(owner, provider)
        _revise(meeting, provider=provider, no_link="")
        text = _("A %(link)s was asked for.") % {"link": link_name(provider)}
        diary.note(meeting.pk, "link_wanted", text)
    return Meeting.objects.get(pk=meeting_id)


def retry_link(*, owner: Owner, meeting_id: Any) -> Meeting:
    """Try again now, whatever the last problem was. Raises Conflict, Meeting.DoesNotExist."""
    with transaction.atomic():
        meeting = _locked(owner, meeting_id)
        if not meeting.wants_link or meeting.is_over:
            raise Conflict
        LinkJob.objects.filter(meeting=meeting).update(attempts=0)
        _make_due(meeting.link_job, meeting.provider)
    return meeting


def _what_changed(meeting: Meeting, plan: Plan) -> str:
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


def _word(meeting: Meeting, word: str) -> str:
    """What goes out with the next mail: one that was not sent yet is not lost to a change without a word."""
    return word.strip() or (meeting.word if inviting.owes_news(meeting) else "")


def _note_word(meeting: Meeting, word: str) -> None:
    if word.strip():
        diary.note_news(meeting.pk, "word", _("You said to the client: “%(word)s”") % {"word": word.strip()})


def _locked(owner: Owner, meeting_id: Any) -> Meeting:
    locked = Owner.objects.locked(owner.pk)
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting_id, owner=owner)
    meeting.owner = locked
    return meeting


def _revise(meeting: Meeting, **changes: Any) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(revision=F("revision") + 1, updated_at=timezone.now(), **changes)
    inviting.owe(meeting)
    owing.owe(meeting)
    if provider := changes.get("provider", meeting.provider):
        _make_due(meeting.link_job, provider)


def _begin_link(meeting: Meeting) -> None:
    job = LinkJob.objects.create(meeting=meeting)
    if meeting.provider:
        _make_due(job, meeting.provider)


def _make_due(job: LinkJob, provider: str) -> None:
    turn = connections.turn(job.meeting.owner_id, provider)
    fresh = {**owed.due_now(job), "turn": turn, "waits_for_connection": False}
    LinkJob.objects.filter(pk=job.pk).update(**fresh)
    for name, value in fresh.items():  # whoever gets the meeting reads the job that is now in the database
        setattr(job, name, value)
    LinkJob.wake_on_commit()


def _check_offered(owner: Owner, plan: Plan, *, ignoring: UUID | None = None) -> None:
    """Of an owner whose row is locked: so of two who want one time, the second sees what the first took."""
    if availability.is_free(owner, plan.starts_at, minutes=plan.minutes, ignoring=ignoring):
        return
    following = availability.next_free(owner, after=plan.starts_at, minutes=plan.minutes, ignoring=ignoring)
    now = timezone.now()
    raise SlotTaken(following or availability.next_free(owner, after=now, minutes=plan.minutes, ignoring=ignoring))


def _note_unsure(meeting: Meeting) -> None:
    """The owner reads which of their calendars have not said that they are free then (meetings.hours.asking)."""
    if text := asking.unsure_words(meeting.owner, meeting.starts_at, meeting.ends_at):
        diary.note_news(meeting.pk, "calendar_unsure", text)


def _check_contact(owner: Owner, contact: Contact) -> None:
    if contact.owner_id != owner.pk:
        raise ValidationError({"contact": _("This is not one of your contacts.")})
    if contact.archived_at is not None:
        raise ValidationError({"contact": _("This contact is archived. Restore it first.")})


def _check_provider(owner: Owner, provider: str) -> None:
    if not provider:
        return
    if not owner.meeting_providers_enabled:
        raise ValidationError({"provider": _("Meeting-provider access is switched off for your account.")})
    if not connections.active(owner).filter(provider=provider).exists():
        name = connections.provider_name(provider)
        raise ValidationError({"provider": _("%(provider)s is not connected any more.") % {"provider": name}})


def _why_no_link(owner: Owner) -> str:
    mine = connections.active(owner)
    if not mine.exists():
        return Meeting.NoLink.NOT_CONNECTED
    return Meeting.NoLink.CHOSEN if mine.filter(is_default=True).exists() else Meeting.NoLink.NO_DEFAULT
