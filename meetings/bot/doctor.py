"""What the doctor asks of the language model, where one is named: whether it answers in time, and rightly."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.doctor.findings import Finding, bad, ok, warning
from meetings.bot.language_model import asking
from meetings.bot.language_model.asking import Outcome
from meetings.bot.language_model.saying import Bounds
from meetings.bot.understanding.intents import Act, Scene

#: O-Key's own words, of nobody: tomorrow at three in the afternoon.
WORDS = "Morgen um 15 Uhr, bitte."


def language_model() -> Iterator[Finding]:
    if not asking.is_on():
        return
    subject, values = _("Language model"), {"host": asking.host(), "seconds": asking.SECONDS}
    bounds = of_nobody()
    told, now = asking.ask(WORDS, (), bounds), bounds.scene.now
    if told.outcome is Outcome.READ and told.said is not None and told.said.act is Act.MEET and _is_right(told, now):
        yield ok(subject, _("%(host)s answers in time, and rightly.") % values)
    elif told.outcome in {Outcome.READ, Outcome.UNKNOWN, Outcome.UNUSABLE}:
        todo = _("Name a model that follows instructions (OKEY_LANGUAGE_MODEL_NAME). What it says wrongly is dropped.")
        yield warning(subject, _("%(host)s answers, and does not read a simple German sentence.") % values, todo)
    elif told.outcome is Outcome.REFUSED:
        todo = _("Check OKEY_LANGUAGE_MODEL_URL (without /chat/completions), OKEY_LANGUAGE_MODEL_KEY and …_NAME.")
        yield bad(subject, _("%(host)s refuses (%(status)d).") % {**values, "status": told.status}, todo)
    elif told.outcome is Outcome.LATE:
        todo = _("Take a faster model: until it answers in time, the bot understands English only.")
        yield warning(subject, _("%(host)s does not answer within %(seconds)d seconds.") % values, todo)
    else:
        todo = _("Check OKEY_LANGUAGE_MODEL_URL, and whether this machine may reach it.")
        yield bad(subject, _("%(host)s is not reached.") % values, todo)


def of_nobody() -> Bounds:
    """As if somebody in Berlin had just begun to write."""
    return Bounds(Scene(timezone.now().astimezone(ZoneInfo("Europe/Berlin"))), ())


def _is_right(told: asking.Told, now: datetime) -> bool:
    wish = told.said.wish if told.said else None
    tomorrow = now.date() + timedelta(days=1)
    days = wish.main.days if wish else None
    return wish is not None and wish.exact_minute == 15 * 60 and days is not None and days.has(tomorrow) and days.is_one
