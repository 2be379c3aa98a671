"""What the bot says of types of meeting: which is meant, and what their rules make of a wish."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from meetings.bot import choices
from meetings.bot.words import ASK_PERSON, CANCEL_IT, Reply


def hello(owner: str) -> str:
    return _("Hello! I am the bot that keeps %(owner)s’s calendar.") % {"owner": owner}


def which_kind(named: Iterable[tuple[str, str]]) -> Reply:
    """`named`: name and address of each."""
    named = list(named)
    lines = [f"{number}. {name}" for number, (name, _slug) in enumerate(named, 1)]
    values = {name: choices.of_kind(slug) for name, slug in named}
    text = _("What would you like to book?") + "\n" + "\n".join(lines)
    return Reply(text, (*values, ASK_PERSON), values=values)


def kind_taken(name: str) -> str:
    return _("“%(name)s”, gladly.") % {"name": name}


def kind_on_its_page(name: str, url: str) -> Reply:
    if not url:
        return Reply(_("“%(name)s” cannot be booked here. Shall I ask for you?") % {"name": name}, (ASK_PERSON,))
    text = _("“%(name)s” asks for some answers, so it is booked on its own page:") % {"name": name}
    return Reply(text, (ASK_PERSON,), url)


def asked(when: str, url: str, owner: str, *, email: str) -> Reply:
    text = _(
        "I have asked %(owner)s for %(when)s. It is held, but not booked before they approve it; the answer goes to "
        "%(email)s. What becomes of it is on this page:"
    )
    return Reply(text % {"owner": owner, "when": when, "email": email}, (CANCEL_IT,), url)


def too_late_to_change(when: str, owner: str) -> Reply:
    text = _("It is too late to move or cancel %(when)s here, so nothing was changed. Shall I ask %(owner)s for you?")
    return Reply(text % {"when": when, "owner": owner}, (ASK_PERSON,))
