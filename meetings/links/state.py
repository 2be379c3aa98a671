"""What an owner is told of a meeting's link: one status, what happened, what happens next, and the next step.

Computed from the meeting, its link job and the owner's connections, all read before: no query per meeting. Lists
load `Means` once, and their meetings through meetings.reading.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations import conferencing, connections
from integrations.conferencing import Capability
from integrations.models import Connection
from integrations.resting import resting_for
from meetings.links.owed import CURED_BY_CONNECTING
from meetings.links.there import current_of, was_deleted
from meetings.links.words import clock, link_name
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey.owners.models import Owner

Problem = LinkJob.Problem
#: With these a job that is due goes on by itself when its provider's rest is over.
RESTED = {"", Problem.UNAVAILABLE}


class Status(models.TextChoices):
    """The four words for a link."""

    READY = "ready", gettext_lazy("Ready")
    ON_ITS_WAY = "on_its_way", gettext_lazy("On its way")
    NEEDS_ATTENTION = "needs_attention", gettext_lazy("Needs attention")
    NO_LINK = "no_link", gettext_lazy("No video link")


TONES = {Status.READY: "good", Status.ON_ITS_WAY: "wait", Status.NEEDS_ATTENTION: "bad", Status.NO_LINK: "muted"}


class Action(models.TextChoices):
    """What a step does, for programs that have no buttons."""

    RETRY_LINK = "retry_link"
    NEW_LINK = "new_link"
    ADD_LINK = "add_link"
    OPEN_SETTINGS = "open_settings"


@dataclass(frozen=True)
class Step:
    """A button: a link, or a POST, with the provider where the address needs one.

    `connects`: the provider that a page connects by one click; programs are given the address of settings.
    """

    label: str
    url: str
    is_post: bool = True
    provider: str = ""
    action: Action = Action.OPEN_SETTINGS
    connects: str = ""


@dataclass(frozen=True)
class Notice:
    """What a page says of the owner's providers before a meeting is made: parts/notice.html shows it."""

    tone: str
    title: str
    text: str
    step: Step | None = None


@dataclass(frozen=True)
class LinkState:
    """A link as its owner sees it. The first step is the one to take; more come only with *Add … link*."""

    status: Status
    text: str
    note: str = ""
    steps: tuple[Step, ...] = ()
    #: How often to look again; 0 where nothing changes by itself.
    poll_seconds: int = 0
    #: Whether whoever opens the link may have to wait until the owner lets them in.
    has_lobby: bool = False

    @property
    def label(self) -> str:
        return str(self.status.label)

    @property
    def tone(self) -> str:
        return TONES[self.status]

    @property
    def is_ready(self) -> bool:
        return self.status is Status.READY


class Means:
    """By what an owner's links can be made: their connections as they stand, read once."""

    def __init__(self, *, is_entitled: bool, held: list[Connection], resting: frozenset[str] = frozenset()) -> None:
        self.is_entitled = is_entitled
        self.held = held
        #: Providers that do not answer, and are left alone for a while.
        self.resting = resting

    @classmethod
    def of(cls, owner: Owner) -> "Means":
        held = list(connections.active(owner))
        return cls(is_entitled=owner.meeting_providers_enabled, held=held, resting=resting_for(held))

    @property
    def usable(self) -> list[Connection]:
        """The connections that can make a link now, the default first."""
        return [one for one in self.held if self.is_entitled and connections.can_make_links(one)]

    @property
    def default(self) -> Connection | None:
        return next((one for one in self.held if one.is_default), None)

    def has(self, provider: str) -> bool:
        return any(one.provider == provider for one in self.held)

    def is_doubted(self, provider: str) -> bool:
        return any(one.provider == provider and connections.is_doubted(one) for one in self.held)

    def can_make(self, provider: str) -> bool:
        return any(one.provider == provider for one in self.usable)

    def through(self, held: ProviderMeeting, capability: Capability) -> Connection | None:
        """The connection to the account that holds this, if its grant allows this. It may need reconnecting."""
        its_own = (one for one in self.held if (one.provider, one.account_id) == (held.provider, held.account_id))
        return next((one for one in its_own if self.is_entitled and conferencing.can(one, capability)), None)


def link_state(meeting: Meeting, means: Means) -> LinkState:
    """The state of the meeting's link. The first that holds, in this order."""
    if meeting.is_cancelled:
        return _cancelled(meeting, means)
    if meeting.join_url and not was_deleted(meeting):
        return _ready(meeting, means)
    if meeting.is_over:
        return _over(meeting)
    if not meeting.provider:
        return _not_wanted(meeting, means)
    if was_deleted(meeting):
        return _gone(meeting, means)
    if not means.can_make(meeting.provider):
        return _out_of_reach(meeting, means)
    if meeting.provider in means.resting and meeting.link_job.due_at and meeting.link_job.problem in RESTED:
        text = _("%(provider)s does not answer at the moment. O-Key tries again by itself.")
        return LinkState(Status.ON_ITS_WAY, _worded(text, meeting), poll_seconds=5)
    return _waiting(meeting) if meeting.link_job.due_at else _stuck(meeting)


# --- Steps ------------------------------------------------------------------------------------------------


def settings_step(label: str) -> Step:
    return Step(label, reverse("settings") + "#providers", is_post=False)


def _reconnect(provider: str) -> Step:
    label = _("Reconnect %(provider)s") % {"provider": connections.provider_name(provider)}
    return replace(settings_step(label), connects=provider if connections.is_on_offer(provider) else "")


def _retry(meeting: Meeting) -> Step:
    return Step(_("Try again now"), reverse("meeting_retry", args=[meeting.pk]), action=Action.RETRY_LINK)


def _add(meeting: Meeting, provider: str) -> Step:
    label = _("Add %(link)s") % {"link": link_name(provider)}
    url = reverse("meeting_add_link", args=[meeting.pk])
    return Step(label, url, provider=provider, action=Action.ADD_LINK)


# --- The states -------------------------------------------------------------------------------------------


def _cancelled(meeting: Meeting, means: Means) -> LinkState:
    held = _held(meeting)
    when = date_format(timezone.localtime(meeting.cancelled_at), "D j M Y, H:i")
    text, note = _("This meeting was cancelled on %(date)s. The link has been taken off.") % {"date": when}, ""
    if held is not None and meeting.link_job.due_at and (through := means.through(held, Capability.CANCEL)):
        is_live = connections.can_make_links(through)
        note = _("%(provider)s is being told.") if is_live else _("%(provider)s is told once you reconnect it.")
    elif held is not None:
        note = _("O-Key can’t delete meetings in %(provider)s. You can delete it there yourself.")
    return LinkState(Status.NO_LINK, text, _worded(note, meeting))


def _ready(meeting: Meeting, means: Means) -> LinkState:
    if meeting.is_over:
        return LinkState(Status.READY, _("The meeting is over. Its link stays on the record."))
    text = _("You and your contact join with this link.")
    current = current_of(meeting)
    if current is None:
        return LinkState(Status.READY, text)
    has_lobby = current.lets_everyone_in is False
    notes = []
    if has_lobby:
        notes.append(
            _("Your contact waits at %(provider)s until you let them in, unless they belong to your organization.")
        )
    if conferencing.keeps_times(current.provider) and current.synced_revision < meeting.revision:
        notes.append(_behind(meeting, current, means))
    return LinkState(Status.READY, text, _worded(" ".join(notes), meeting), has_lobby=has_lobby)


def _behind(meeting: Meeting, held: ProviderMeeting, means: Means) -> str:
    """Why the provider still shows what it was told before."""
    job = meeting.link_job
    through = means.through(held, Capability.UPDATE)
    if not job.due_at or through is None:
        return _("%(provider)s still shows the old details of this meeting. The link works as before.")
    if not connections.can_make_links(through):
        return _("%(provider)s is told of the change once you reconnect it. The link stays the same.")
    if job.problem:
        return _("The change could not be told to %(provider)s yet; O-Key keeps trying. The link stays the same.")
    return _("%(provider)s is being told of the change. The link stays the same.")


def _over(meeting: Meeting) -> LinkState:
    if not meeting.provider:
        return LinkState(Status.NO_LINK, _("The meeting is over. It had no video link."))
    return LinkState(Status.NO_LINK, _worded(_("The meeting is over; it has no %(link)s."), meeting))


def _not_wanted(meeting: Meeting, means: Means) -> LinkState:
    if meeting.is_requested:
        return LinkState(
            Status.NO_LINK, _("You have not approved this meeting yet."), str(meeting.get_no_link_display())
        )
    text = meeting.get_no_link_display() or _("No video link was asked for.")
    steps = tuple(_add(meeting, one.provider) for one in means.usable)
    if not means.is_entitled:
        text += " " + _no_access()
    elif not steps and meeting.no_link not in (Meeting.NoLink.CHOSEN, Meeting.NoLink.PLACE):
        broken = means.held[0].provider if means.held else ""
        steps = (_reconnect(broken) if broken else settings_step(_("Connect a meeting provider")),)
    return LinkState(Status.NO_LINK, text, steps=steps)


def _gone(meeting: Meeting, means: Means) -> LinkState:
    text = _("The meeting was deleted at %(provider)s, so its link does not open any more.")
    told = _("Your client has not been told; cancel the meeting if it is off.")
    if means.can_make(meeting.provider):
        url = reverse("meeting_new_link", args=[meeting.pk])
        step = Step(_("Make a new link"), url, action=Action.NEW_LINK)
        return LinkState(Status.NEEDS_ATTENTION, _worded(text, meeting), told, steps=(step,))
    more = _("Reconnect %(provider)s to make a new one.") if means.is_entitled else _no_access()
    steps = (_reconnect(meeting.provider),) if means.is_entitled else ()
    return LinkState(Status.NEEDS_ATTENTION, _worded(f"{text} {more}", meeting), steps=steps)


def _out_of_reach(meeting: Meeting, means: Means) -> LinkState:
    """The provider would have to be connected first."""
    if not means.is_entitled:
        return LinkState(Status.NEEDS_ATTENTION, _no_access())
    job = meeting.link_job
    if means.is_doubted(meeting.provider) and job.due_at:
        text = _(
            "%(provider)s refuses O-Key’s permission at the moment. O-Key asks again by itself, then makes the link. "
            "If you cannot wait, reconnect %(provider)s."
        )
        steps = (_reconnect(meeting.provider),)
        return LinkState(Status.ON_ITS_WAY, _worded(text, meeting), steps=steps, poll_seconds=60)
    is_known = means.has(meeting.provider)
    what = _("%(provider)s needs reconnecting.") if is_known else _("%(provider)s is not connected.")
    comes_by_itself = job.due_at or job.problem in CURED_BY_CONNECTING
    then = (
        _("This meeting gets its link as soon as you reconnect %(provider)s.")
        if comes_by_itself
        else _("Reconnect %(provider)s, then try again here.")
    )
    return LinkState(Status.NEEDS_ATTENTION, _worded(f"{what} {then}", meeting), steps=(_reconnect(meeting.provider),))


def _waiting(meeting: Meeting) -> LinkState:
    """The job is due: O-Key goes on by itself."""
    problem = meeting.link_job.problem
    if problem == Problem.UNAVAILABLE:
        text = _("%(provider)s is not available at the moment. O-Key keeps trying; next try at %(time)s.")
        now = _("%(provider)s is not available at the moment. O-Key keeps trying; it is asking again now.")
        return LinkState(Status.ON_ITS_WAY, _timed(text, now, meeting), steps=(_retry(meeting),), poll_seconds=5)
    if problem == Problem.DAILY_LIMIT:
        text = _("The daily limit of your %(provider)s account is used up. O-Key makes the link after %(time)s.")
        now = _("The daily limit of your %(provider)s account was used up. O-Key is asking again now.")
        return LinkState(Status.ON_ITS_WAY, _timed(text, now, meeting), poll_seconds=60)
    if problem == Problem.MISCONFIGURED:
        text = _("%(provider)s isn’t set up correctly here; your administrator has been told. O-Key keeps trying.")
        return LinkState(Status.NEEDS_ATTENTION, _worded(text, meeting), steps=(_retry(meeting),), poll_seconds=30)
    text = _("The %(link)s is being made. It comes by itself.")
    return LinkState(Status.ON_ITS_WAY, _worded(text, meeting), poll_seconds=2)


def _stuck(meeting: Meeting) -> LinkState:
    """The job waits for the owner."""
    words, step = STUCK.get(meeting.link_job.problem, STUCK[""])
    detail = meeting.link_job.detail if meeting.link_job.problem == Problem.REFUSED else ""
    note = _("What %(provider)s said: ") % {"provider": _name(meeting)} + detail if detail else ""
    return LinkState(Status.NEEDS_ATTENTION, _worded(str(words), meeting), note, steps=(step(meeting),))


def _step_reconnect(meeting: Meeting) -> Step:
    return _reconnect(meeting.provider)


def _step_settings(_meeting: Meeting) -> Step:
    return settings_step(_("Open settings"))


#: What happened and what to do, and the button for it.
STUCK: dict[str, tuple[object, Callable[[Meeting], Step]]] = {
    "": (gettext_lazy("No %(link)s was made for this meeting."), _retry),
    Problem.REFUSED: (
        gettext_lazy("%(provider)s refused to make this meeting. Change its title, time or length, or try again."),
        _retry,
    ),
    Problem.MAY_NOT_HOST: (
        gettext_lazy(
            "Your %(provider)s account may not host meetings. "
            "Ask whoever manages it or connect another account in settings, then try again."
        ),
        _retry,
    ),
    Problem.PAID_ONLY: (
        gettext_lazy(
            "The plan of your %(provider)s account does not allow this meeting. "
            "Shorten it, or have the plan changed, then try again."
        ),
        _retry,
    ),
    Problem.SCOPE_MISSING: (
        gettext_lazy(
            "%(provider)s did not give O-Key the permission to create meetings. "
            "Reconnect and allow it; this meeting then gets its link."
        ),
        _step_reconnect,
    ),
    Problem.USER_GONE: (
        gettext_lazy(
            "Your %(provider)s account no longer exists. Connect another one; this meeting then gets its link."
        ),
        _step_reconnect,
    ),
    Problem.NO_LINK: (
        gettext_lazy("%(provider)s has no address yet. Enter it in settings; this meeting then gets its link."),
        _step_settings,
    ),
    Problem.BAD_LINK: (
        gettext_lazy(
            "%(provider)s sent a link that is not safe to open, so O-Key did not keep it. "
            "Try again; if it happens again, tell support."
        ),
        _retry,
    ),
}

# --- Words ------------------------------------------------------------------------------------------------


def _name(meeting: Meeting) -> str:
    return connections.provider_name(meeting.provider)


def _worded(text: str, meeting: Meeting) -> str:
    return text.replace("%(provider)s", _name(meeting)).replace("%(link)s", link_name(meeting.provider))


def _no_access() -> str:
    return _("Meeting-provider access is switched off for your account. Ask your administrator.")


def _timed(text: str, now: str, meeting: Meeting) -> str:
    """`text` with the time of the next try; `now` where that time has come."""
    due_at = meeting.link_job.due_at
    if due_at is None or due_at <= timezone.now():
        return _worded(now, meeting)
    return _worded(text, meeting).replace("%(time)s", clock(due_at))


def _held(meeting: Meeting) -> ProviderMeeting | None:
    """What the provider holds for the meeting, if that is its present link and has the meeting's time."""
    current = current_of(meeting)
    is_there = current is not None and current.gone_at is None
    return current if current is not None and is_there and conferencing.keeps_times(current.provider) else None
