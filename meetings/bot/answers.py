"""What the bot says to questions, to other languages, and when it passes something on."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from meetings.bot import choices, words
from meetings.bot.words import ASK_PERSON, BOOK, BOOK_ANOTHER, KEEP_IT, MOVE_IT, Reply
from meetings.times import zone_words


def meant(taken: str, said: Iterable[str]) -> str:
    """ "I took Fri 27 Nov; what did you mean by “3”?" """
    quoted = _(" and ").join(_("“%(words)s”") % {"words": one} for one in said)
    if taken:
        return _("I took %(taken)s. What did you mean by %(words)s?") % {"taken": taken, "words": quoted}
    return _("What did you mean by %(words)s?") % {"words": quoted}


def not_understood(said: Iterable[str]) -> str:
    quoted = _(" and ").join(_("“%(words)s”") % {"words": one} for one in said)
    return _("I did not understand %(words)s.") % {"words": quoted}


def length(owner: str, minutes: int, wanted: int | None = None) -> str:
    said = _("Meetings with %(owner)s take %(length)s.") % {"owner": owner, "length": words.length(minutes)}
    if wanted is not None and wanted != minutes:
        said += " " + _("If you need longer or shorter, say “talk to a person”.")
    return said


def where(place: str) -> str:
    return _("Where: %(place)s.") % {"place": place}


def video(place: str) -> str:
    return _("How you meet: %(place)s.") % {"place": place}


def zone(at: ZoneInfo, now: datetime) -> str:
    return _("I say times in %(zone)s. Tell me a city, and I use its time zone.") % {"zone": zone_words(at, now)}


def who(owner: str) -> str:
    return _("The meeting is with %(owner)s.") % {"owner": owner}


def robot(owner: str) -> str:
    return _("I am a bot, no human. I keep %(owner)s’s calendar; to reach a person, say “talk to a person”.") % {
        "owner": owner
    }


def passed_on(owner: str) -> str:
    return _("%(owner)s has your message.") % {"owner": owner}


def thanks_for_details(owner: str) -> Reply:
    return Reply(_("Thank you. %(owner)s has your message and can reach you.") % {"owner": owner}, (BOOK,))


def only_owner_knows(owner: str) -> str:
    return _("I do not know that. I have passed your question on to %(owner)s.") % {"owner": owner}


def told_late(owner: str) -> str:
    return _("I have told %(owner)s that you are running late.") % {"owner": owner}


def guest(owner: str) -> str:
    text = _(
        "I can invite one person. I have passed this on to %(owner)s; you can also forward the invitation yourself."
    )
    return text % {"owner": owner}


def other_language(*, reads_others: bool) -> str:
    if reads_others:
        return _("I did not understand that. English I understand best; the booking page’s calendar needs no words.")
    return _("I only understand English. You can pick a time from the calendar on the booking page, in any language.")


def languages(*, reads_others: bool) -> str:
    if reads_others:
        return _("I understand English best, and most wishes in other languages. I answer in English.")
    return other_language(reads_others=False)


def say_yes() -> str:
    return _("To be sure, please press the button, or write “yes”.")


def move_or_another(when: str) -> Reply:
    text = _("You have a meeting on %(when)s. Shall I move it, or book another one?") % {"when": when}
    return Reply(text, (MOVE_IT, BOOK_ANOTHER))


def move_or_cancel(when: str) -> Reply:
    text = _("Which of the two: move your meeting on %(when)s, or cancel it?") % {"when": when}
    return Reply(text, (MOVE_IT, words.CANCEL_IT, KEEP_IT))


def which_zone_meant(labels: dict[str, datetime]) -> Reply:
    values = {label: choices.of_moment(moment) for label, moment in labels.items()}
    return Reply(_("Do you mean %(times)s?") % {"times": _(" or ").join(labels)}, tuple(values), values=values)


def in_zone(moment: datetime, at: ZoneInfo) -> str:
    return _("%(when)s in %(zone)s") % {"when": words.time_label(moment, at), "zone": str(at).replace("_", " ")}


def address_changed(email: str, url: str) -> Reply:
    text = _("Corrected: the invitation goes to %(email)s now. Your meeting page:") % {"email": email}
    return Reply(text, (MOVE_IT, words.CANCEL_IT), url)


def whose_address(email: str) -> Reply:
    text = _("Is %(email)s your own address, to which the invitation should go instead? I can invite one person only.")
    return Reply(text % {"email": email}, (words.MY_ADDRESS, ASK_PERSON))


def what_to_change() -> Reply:
    text = _("Nothing was booked. What shall I change: the time, the name or the e-mail address?")
    return Reply(text, (words.ANOTHER_TIME, words.ANOTHER_NAME, words.ANOTHER_ADDRESS, words.DROP_IT))


def notice(owner: str, minutes: int) -> str:
    if minutes % 1440 == 0:
        how_long = _("%(count)d days") % {"count": minutes // 1440} if minutes > 1440 else _("a day")
    else:
        hours = minutes // 60
        how_long = _("%(count)d hours") % {"count": hours} if hours > 1 else words.length(minutes)
    return _("That is too soon: %(owner)s needs %(notice)s’ notice.") % {"owner": owner, "notice": how_long}


def hours_end(owner: str, begins: str, ends: str, zone: str) -> str:
    text = _("That is outside %(owner)s’s hours: %(begins)s to %(ends)s in %(zone)s.")
    return text % {"owner": owner, "begins": begins, "ends": ends, "zone": zone}


def exactly_then(when: str) -> str:
    return _("%(when)s is not free. These come closest.") % {"when": when}


def closed_on(owner: str, day: str) -> str:
    return _("%(owner)s has no hours on %(day)s.") % {"owner": owner, "day": day}


def not_free(times: Iterable[str]) -> str:
    return _("%(times)s cannot be had.") % {"times": _(" and ").join(times)}


def can_change() -> str:
    return _("Yes: here, with “move it” or “cancel it”, or on your meeting page, whose link is in the invitation.")


def open_hours(owner: str, days: str, last: str) -> str:
    return _("%(owner)s’s hours: %(days)s. I can book as far as %(last)s.") % {
        "owner": owner,
        "days": days,
        "last": last,
    }


def time_past() -> str:
    return _("That time has passed. These are the next ones.")


def day_full(day: date) -> str:
    return _("Nothing is free today any more, so I looked at %(day)s.") % {"day": words.day_words(day)}


def others() -> str:
    return _("These are others; or I ask for you.")


def same_again(owner: str) -> str:
    return _("I can only say the same again; “talk to a person” passes it on to %(owner)s.") % {"owner": owner}


def no_mail(owner: str, email: str, *, is_owners: bool) -> Reply:
    if is_owners:
        text = _(
            "No more mails go out for %(owner)s today, so nothing was booked. Try tomorrow, or I ask them for you."
        )
        return Reply(text % {"owner": owner}, (ASK_PERSON,))
    text = _("No mail can go to %(email)s today: it got too many, or whoever has it wants none. Nothing was booked.")
    return Reply(text % {"email": email}, (words.ANOTHER_ADDRESS, ASK_PERSON))


def moved_too_often(owner: str, when: str, *, is_for_good: bool) -> Reply:
    """`is_for_good`: not only for an hour. `when`: where the meeting stays."""
    if is_for_good:
        text = _("This meeting has been moved so often that only %(owner)s moves it now. It stays on %(when)s.")
    else:
        text = _("This meeting has been moved several times within an hour. It stays on %(when)s; try again later.")
    return Reply(text % {"owner": owner, "when": when}, (words.MY_MEETING, ASK_PERSON))
