"""What a client is owed to hear of their meeting: computed from the two rows, without a query.

Level-triggered, as meetings.links is with a provider: what the client was told is compared with what the meeting is. So
ten quick edits owe one mail, an edit that is taken back owes none, and neither does a meeting that was cancelled
before the first mail.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from meetings.models import Invitation, Meeting, MeetingSettings

#: How long the first mail waits for the video link; and at most until so long before the start.
GRACE = timedelta(minutes=2)
#: So long nothing must change before a change is told.
SETTLING = timedelta(seconds=30)
#: How often it is looked again whether an owner whose account is closed is back: what is owed stays owed.
AWAY = timedelta(minutes=15)


class Mail(StrEnum):
    INVITATION = "invitation"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    DAY_REMINDER = "day"
    HOUR_REMINDER = "hour"

    @property
    def is_reminder(self) -> bool:
        return self in (Mail.DAY_REMINDER, Mail.HOUR_REMINDER)


@dataclass(frozen=True)
class Reminder:
    """A mail so long `before` the start; not where the last mail came less than `quiet` before that.

    Nor where it would come less than `useful` before the start, because nobody was there to send it in time.
    """

    mail: Mail
    before: timedelta
    quiet: timedelta
    useful: timedelta


REMINDERS = (
    Reminder(Mail.DAY_REMINDER, timedelta(hours=24), quiet=timedelta(hours=12), useful=timedelta(hours=3)),
    Reminder(Mail.HOUR_REMINDER, timedelta(hours=1), quiet=timedelta(hours=2), useful=timedelta(minutes=5)),
)


@dataclass(frozen=True)
class Step:
    """Send `mail` now, or look again `at` that time; neither where nothing is owed."""

    mail: Mail | None = None
    at: datetime | None = None


NOTHING = Step()


def next_step(invitation: Invitation, settings: MeetingSettings, now: datetime) -> Step:
    """`invitation` with its meeting and the meeting's owner."""
    is_open = invitation.is_mailed and invitation.revoked_at is None and invitation.failed_at is None
    if not is_open or invitation.meeting.approval_until is not None:  # nothing is booked
        return NOTHING
    step = _owed(invitation, settings, now)
    if step.mail is not None and not invitation.meeting.owner.is_active:
        return Step(at=now + AWAY)
    return step


def own_step(invitation: Invitation, settings: MeetingSettings, now: datetime) -> Step:
    """What the invitation's own worker has to do: of a series, what is no reminder goes out with what others are owed.

    Nothing is sent then, and it is looked at again at once (meetings.invitations.together).
    """
    step = next_step(invitation, settings, now)
    return Step(at=now) if is_for_series(invitation, step) else step


def is_for_series(invitation: Invitation, step: Step) -> bool:
    is_own = step.mail is None or step.mail.is_reminder
    return not is_own and invitation.meeting.series_id is not None


def _owed(invitation: Invitation, settings: MeetingSettings, now: datetime) -> Step:
    if not may_know(invitation):
        return _first(invitation, now)
    if not is_up_to_date(invitation):
        return _news(invitation, now)
    return _reminder(invitation, settings, now)


def may_know(invitation: Invitation) -> bool:
    """Whether a mail about the meeting went out, or may have: the server's answer to the last one was lost."""
    return invitation.told_revision is not None or bool(invitation.telling_mail)


def is_up_to_date(invitation: Invitation) -> bool:
    """Whether the client was surely told what the meeting is now, as often as the owner wanted."""
    if invitation.telling_mail:
        return False
    return knows_facts(invitation) and invitation.told_resends == invitation.resends


def knows_facts(invitation: Invitation) -> bool:
    """Whether the last mail said what the meeting is now: that whose answer is open, else the last one taken."""
    when = "telling" if invitation.telling_mail else "told"
    if when == "told" and invitation.told_revision is None:
        return False
    told = facts_told(invitation, when)
    if invitation.left_at is not None:
        return told[-1]  # what becomes of the others' meeting is nothing to them
    return told == facts(invitation)


def facts(invitation: Invitation) -> tuple[str, datetime, int, bool]:
    """Title, start, length, off or not. The agenda is the owner's and the provider's; clients never see it."""
    meeting = invitation.meeting
    return title_of(invitation), meeting.starts_at, meeting.minutes, invitation.is_off


def facts_told(invitation: Invitation, when: str) -> tuple[str, datetime | None, int | None, bool]:
    """The same as the client heard it (`when`: "told"), or may have heard it ("telling")."""
    title, starts_at, minutes, cancelled = (
        getattr(invitation, f"{when}_{name}") for name in ("title", "starts_at", "minutes", "cancelled")
    )
    return title, starts_at, minutes, cancelled


def is_repeat(invitation: Invitation) -> bool:
    """Whether what would be told now is the very mail whose answer is open."""
    return (
        bool(invitation.telling_mail) and knows_facts(invitation) and invitation.telling_resends == invitation.resends
    )


def revision_to_tell(invitation: Invitation) -> int:
    """The meeting's, or that of the mail that is repeated: what has changed since then is nothing that clients see."""
    told_then = invitation.telling_revision if is_repeat(invitation) else None
    return told_then or invitation.meeting.revision


def title_of(invitation: Invitation) -> str:
    """The title as the client may read it; "" where a stranger typed it and nobody has confirmed the address.

    A group's is its type's name, or the owner's words.
    """
    meeting = invitation.meeting
    return meeting.title if invitation.is_address_confirmed or meeting.is_group else ""


def sequence(invitation: Invitation) -> int:
    """iCalendar's SEQUENCE of what would be told now: higher with every change, and with every mail that is sent anew.

    Both numbers only rise, so nothing is counted here that a crash could count twice. A mail whose answer was lost is
    repeated with its own number.
    """
    return revision_to_tell(invitation) - 1 + invitation.resends


def link_is_settled(meeting: Meeting) -> bool:
    """Whether no video link is still to come."""
    return bool(meeting.join_url) or not meeting.wants_link


def _first(invitation: Invitation, now: datetime) -> Step:
    meeting = invitation.meeting
    if invitation.is_off or meeting.starts_at <= now:
        return NOTHING
    until = min(invitation.created_at + GRACE, meeting.starts_at - GRACE)
    if not link_is_settled(meeting) and now < until:
        return Step(at=until)
    return Step(Mail.INVITATION)


def _news(invitation: Invitation, now: datetime) -> Step:
    meeting = invitation.meeting
    if meeting.ends_at <= now:
        return NOTHING
    if invitation.is_off:
        return Step(Mail.CANCELLATION)
    if invitation.told_revision is None and meeting.starts_at <= now:
        return NOTHING  # a first mail is of no use any more
    if is_repeat(invitation):
        return Step(Mail(invitation.telling_mail))
    if knows_facts(invitation):
        return Step(Mail.INVITATION)  # once more, because the owner asked for it
    settled = invitation.changed_at + SETTLING if invitation.changed_at else now
    return Step(at=settled) if now < settled else Step(Mail.CHANGE)


def _reminder(invitation: Invitation, settings: MeetingSettings, now: datetime) -> Step:
    meeting = invitation.meeting
    if invitation.is_off:
        return NOTHING
    for reminder in REMINDERS:
        at = meeting.starts_at - reminder.before
        if reminded_for(invitation, reminder.mail) == meeting.starts_at or _is_fresh(invitation, at, reminder):
            continue
        if now < at:
            return Step(at=at)
        if now < meeting.starts_at - reminder.useful and _is_wanted(settings, reminder.mail):
            return Step(reminder.mail)
    return NOTHING


def reminded_for(invitation: Invitation, mail: Mail) -> datetime | None:
    """The start of which the last reminder of this kind spoke."""
    return invitation.day_reminder_for if mail is Mail.DAY_REMINDER else invitation.hour_reminder_for


def _is_fresh(invitation: Invitation, at: datetime, reminder: Reminder) -> bool:
    return invitation.told_at is not None and invitation.told_at > at - reminder.quiet


def _is_wanted(settings: MeetingSettings, mail: Mail) -> bool:
    return settings.reminds_day_before if mail is Mail.DAY_REMINDER else settings.reminds_hour_before
