"""What the bot says, and the buttons with it. Whoever sends a button's text means what the button says."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetings.bot import choices
from meetings.times import span_words, zone_words


@dataclass(frozen=True)
class Reply:
    """`url`: the page that the text speaks of.

    `values`: what buttons stand for, by their labels: a moment, a day or a zone, as `choices` writes them. `card`: the
    facts of a read-back, which `text` says in a sentence too. `lead`: the text as far as these facts.
    """

    text: str
    buttons: tuple[str, ...] = ()
    url: str = ""
    values: dict[str, str] = field(default_factory=dict)
    card: tuple[tuple[str, str], ...] = ()
    lead: str = ""

    def after(self, words: str) -> "Reply":
        """With something said before it."""
        lead = f"{words} {self.lead}".strip() if self.card else ""
        return replace(self, text=f"{words} {self.text}".strip(), lead=lead)


#: What the bot understands. So it is what it says, too, whatever the page around it speaks.
LANGUAGE = "en"
# Not translated: the bot understands English.
SOONEST, TOMORROW, NEXT_WEEK = "The soonest", "Tomorrow", "Next week"
OTHER_TIMES = "Other times"
YES_BOOK, YES_MOVE, YES_CANCEL = "Yes, book it", "Yes, move it", "Yes, cancel it"
ANOTHER_TIME, KEEP_IT = "Another time", "No, keep it"
MOVE_IT, CANCEL_IT, MY_MEETING = "Move it", "Cancel it", "My meeting"
ANOTHER_NAME, ANOTHER_ADDRESS, DROP_IT, MY_ADDRESS = "Another name", "Another e-mail", "Do not book", "Yes, it is mine"
SHOW_TIMES = "Show me times"
BOOK, BOOK_ANOTHER, ASK_PERSON = "Book a meeting", "Book another meeting", "Talk to a person"

WHEN_BUTTONS = (SOONEST, TOMORROW, NEXT_WEEK)


def time_label(moment: datetime, zone: ZoneInfo) -> str:
    """ "Tue 3 Mar, 09:00" """
    return date_format(moment.astimezone(zone), "D j M, H:i")


def day_label(day: date) -> str:
    return date_format(day, "j F")


def day_words(day: date) -> str:
    """ "Fri 27 Nov" """
    return date_format(day, "D j M")


def span(moment: datetime, minutes: int, zone: ZoneInfo) -> str:
    words = span_words(moment, moment + timedelta(minutes=minutes), zone)
    return f"{words}, {zone_words(zone, moment)}"


# --- Beginning --------------------------------------------------------------------------------------------------


def greeting(owner: str) -> Reply:
    text = _("Hello! I am the bot that keeps %(owner)s’s calendar. When would you like to meet?") % {"owner": owner}
    return Reply(text, (*WHEN_BUTTONS, ASK_PERSON))


def greeting_with_meeting(owner: str, when: str) -> Reply:
    text = _("Hello! I keep %(owner)s’s calendar. Your meeting is on %(when)s. Shall I move or cancel it?")
    return Reply(text % {"owner": owner, "when": when}, (MOVE_IT, CANCEL_IT, ASK_PERSON))


def greeting_to_move(owner: str, when: str) -> str:
    return _("Hello! I keep %(owner)s’s calendar. Your meeting is on %(when)s.") % {"owner": owner, "when": when}


def ask_when() -> Reply:
    return Reply(_("When would suit you? You can write “next Tuesday after 3” or “tomorrow afternoon”."), WHEN_BUTTONS)


def ask_day(days: Iterable[date]) -> Reply:
    days = list(days)
    labels = tuple(day_label(day) if day.year == days[0].year else date_format(day, "j F Y") for day in days)
    values = {label: choices.of_day(day) for label, day in zip(labels, days, strict=True)}
    return Reply(_("Do you mean %(days)s?") % {"days": _(" or ").join(labels)}, labels, values=values)


def help_words(owner: str) -> str:
    return _(
        "I am a bot. I find a free time with %(owner)s, book it, move it or cancel it. Write when it would suit you,"
        " where you are (“my time zone is Madrid”), or “talk to a person”."
    ) % {"owner": owner}


# --- Times ------------------------------------------------------------------------------------------------------


def offer(starts: Iterable[datetime], zone: ZoneInfo, *, is_zone_known: bool) -> Reply:
    starts = list(starts)
    at = _("Times in %(zone)s.") % {"zone": _zone_of(starts, zone)}
    if not is_zone_known:
        at += " " + _("Are you somewhere else? Tell me the city.")
    values = bound(starts, zone)
    text = _("Which of these suits you?") + " " + at + "\n" + listed(starts, zone)
    return Reply(text, (*values, OTHER_TIMES), values=values)


def bound(starts: Iterable[datetime], zone: ZoneInfo) -> dict[str, str]:
    """Labels of times, and what they stand for; where the clocks go back, two labels must not be one."""
    values: dict[str, str] = {}
    for start in starts:
        label = time_label(start, zone)
        label = f"{label} ({start.astimezone(zone):%Z})" if label in values else label
        values[label] = choices.of_moment(start)
    return values


def listed(starts: Iterable[datetime], zone: ZoneInfo) -> str:
    """A line a day: "Thu 26 Nov: 09:00, 09:30"."""
    local = sorted(start.astimezone(zone) for start in starts)
    days = groupby(local, key=lambda start: date_format(start, "D j M"))
    return "\n".join(f"{day}: {', '.join(date_format(start, 'H:i') for start in times)}" for day, times in days)


def _zone_of(starts: list[datetime], zone: ZoneInfo) -> str:
    """Without the distance to GMT where it changes within the list."""
    offsets = {start.astimezone(zone).utcoffset() for start in starts}
    return zone_words(zone, starts[0]) if len(offsets) == 1 else str(zone).replace("_", " ")


def free(moment: datetime, zone: ZoneInfo) -> str:
    values = {"when": time_label(moment, zone), "zone": zone_words(zone, moment)}
    return _("%(when)s, %(zone)s, is free.") % values


def other_hours() -> str:
    return _("Nothing is free at that time of day. These come closest.")


def other_days() -> str:
    return _("Nothing is free then. These come closest.")


def past() -> str:
    return _("That day is over. These are the next ones.")


def beyond(last: date) -> str:
    return _("I can book as far as %(day)s.") % {"day": day_label(last)}


def closest() -> str:
    return _("These come closest.")


def taken() -> str:
    return _("Somebody has just taken that time, I am sorry.")


def no_more() -> str:
    return _("There are no others like that. These are free.")


def nothing_free(owner: str) -> Reply:
    text = _("%(owner)s has no free time at the moment. Shall I ask for you?") % {"owner": owner}
    return Reply(text, (ASK_PERSON,))


def not_one_of_these() -> str:
    return _("There is no such one in the list.")


# --- The client -------------------------------------------------------------------------------------------------


def ask_name() -> Reply:
    return Reply(_("What is your name?"))


def ask_email_of_asker(owner: str) -> Reply:
    return Reply(_("Thank you. At which e-mail address can %(owner)s reach you?") % {"owner": owner})


def ask_email() -> Reply:
    return Reply(_("To which e-mail address may the invitation go?"))


def bad_email() -> str:
    return _("That does not look like an e-mail address.")


def zone_noted(zone: ZoneInfo, now: datetime) -> str:
    return _("Your time zone is %(zone)s.") % {"zone": zone_words(zone, now)}


def which_zone(zones: Iterable[ZoneInfo]) -> Reply:
    values = {str(zone).replace("_", " "): choices.of_zone(zone) for zone in zones}
    return Reply(
        _("Which time zone is that: %(zones)s?") % {"zones": _(" or ").join(values)}, tuple(values), values=values
    )


def unknown_place(place: str) -> Reply:
    text = _("I don’t know the time zone of “%(place)s”. Name a large city near you, or write it as “UTC+2”.")
    return Reply(text % {"place": place})


# --- Read-backs, and what was done ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    """What is read back before it is booked."""

    moment: datetime
    minutes: int
    zone: ZoneInfo
    owner: str
    where: str
    name: str
    email: str
    #: The meeting that stands already and stays; "" for none.
    standing: str = ""
    #: The type of meeting, where there are several; else "".
    kind: str = ""


def please_check() -> str:
    return _("Please check:")


def read_back(draft: Draft) -> Reply:
    when = span(draft.moment, draft.minutes, draft.zone)
    text = _("%(check)s a meeting with %(owner)s on %(when)s, for %(name)s, invitation to %(email)s.")
    text = text % {
        "check": please_check(),
        "owner": draft.owner,
        "when": when,
        "name": draft.name,
        "email": draft.email,
    }
    if draft.kind:
        text += " " + _("It is “%(kind)s”.") % {"kind": draft.kind}
    if draft.standing:
        text += " " + _("Your meeting on %(standing)s stays; this is another one.") % {"standing": draft.standing}
    local = draft.moment.astimezone(draft.zone)
    card = (
        *([(_("What"), draft.kind)] if draft.kind else []),
        (_("When"), span_words(draft.moment, draft.moment + timedelta(minutes=draft.minutes), draft.zone)),
        (_("Time zone"), zone_words(draft.zone, local)),
        (_("Length"), length(draft.minutes)),
        (_("Where"), draft.where),
        (_("Name"), draft.name),
        (_("Invitation to"), draft.email),
        *([(_("Stays as it is"), draft.standing)] if draft.standing else []),
    )
    return Reply(text + " " + _("Shall I book it?"), (YES_BOOK, ANOTHER_TIME), card=card, lead=please_check())


def length(minutes: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def read_back_move(was: str, when: str) -> Reply:
    text = _("%(check)s your meeting moves from %(was)s to %(when)s. Shall I move it?")
    text = text % {"check": please_check(), "was": was, "when": when}
    card = ((_("From"), was), (_("To"), when))
    return Reply(text, (YES_MOVE, ANOTHER_TIME, KEEP_IT), card=card, lead=please_check())


def read_back_cancel(when: str) -> Reply:
    text = _("Shall I cancel your meeting on %(when)s?") % {"when": when}
    return Reply(text, (YES_CANCEL, KEEP_IT), card=((_("When"), when),))


def booked(when: str, url: str, owner: str, *, has_link: bool, email: str) -> Reply:
    text = _("Booked: %(when)s. An invitation goes to %(email)s.") % {"when": when, "email": email}
    if has_link:
        text += " " + _("Your meeting page shows how to join, and is where the video link will be:")
    else:
        text += " " + _("It has no video link; %(owner)s is told so. Your meeting page:") % {"owner": owner}
    return Reply(text, (MOVE_IT, CANCEL_IT), url)


def check_mail(email: str) -> Reply:
    text = _("Almost done: I have sent a mail to %(email)s. The meeting is booked when you follow the link in it.")
    return Reply(text % {"email": email})


def held_off() -> Reply:
    return Reply(_("There have been many bookings lately, so nothing was booked. Please try later."), (ASK_PERSON,))


def has_seat() -> Reply:
    text = _("This address has a seat at that time already; the way in went there by mail. Nothing else was booked.")
    return Reply(text, (BOOK_ANOTHER, ASK_PERSON))


def shared() -> Reply:
    text = _("Others may come to this meeting, so it stays when it is. You can cancel your seat and book another time.")
    return Reply(text, (CANCEL_IT, BOOK_ANOTHER))


def moved(when: str, url: str) -> Reply:
    return Reply(_("Moved: %(when)s. Your meeting page is the same:") % {"when": when}, (MOVE_IT, CANCEL_IT), url)


def cancelled(when: str) -> Reply:
    return Reply(_("Cancelled: the meeting on %(when)s.") % {"when": when}, (BOOK_ANOTHER,))


def gone() -> str:
    return _("That meeting has been cancelled or is over.")


def meeting(when: str, url: str) -> Reply:
    text = _("Your meeting is on %(when)s. How to join is on your meeting page:") % {"when": when}
    return Reply(text, (MOVE_IT, CANCEL_IT), url)


def which_meeting(starts: Iterable[datetime], zone: ZoneInfo) -> Reply:
    starts = list(starts)
    values = bound(starts, zone)
    return Reply(_("Which meeting do you mean?") + "\n" + listed(starts, zone), tuple(values), values=values)


def not_mine() -> Reply:
    text = _(
        "I only see meetings that were booked in this conversation. To change another one, open the link in your"
        " invitation. Or shall we book a new one?"
    )
    return Reply(text, (BOOK, ASK_PERSON))


def draft_dropped() -> str:
    return _("What we were arranging is not booked.")


def kept() -> str:
    return _("Nothing was changed.")


# --- The rest ---------------------------------------------------------------------------------------------------


def not_understood() -> str:
    return _("I did not understand that.")


def too_long() -> str:
    return _("That is too long for me. Please say it in a sentence.")


def handed_over(owner: str) -> Reply:
    text = _("I have passed this on to %(owner)s, with what you wrote. I can still look for a time meanwhile.")
    return Reply(text % {"owner": owner}, (BOOK,))


def ask_for_address(owner: str) -> str:
    return _("Tell me your name and e-mail address, so that %(owner)s can reach you.") % {"owner": owner}


def stuck() -> str:
    return _("I do not get any further here.")


def small_talk() -> str:
    return _("I only know about calendars, but thank you.")


def welcome() -> Reply:
    return Reply(_("You’re welcome!"))


def bye() -> Reply:
    return Reply(_("Goodbye! Come back to this page whenever you need me."))


def already_done() -> Reply:
    return Reply(_("There is nothing open that you could agree to."), (BOOK, MY_MEETING))


def restarted() -> str:
    return _("Let’s start again.")
