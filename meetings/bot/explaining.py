"""Why a time cannot be had: too soon, outside the owner's hours, beyond what is booked, or taken."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from meetings.bot import answers, words
from meetings.bot.context import Table
from meetings.bot.offers import Offer
from meetings.bot.understanding.calendar_words import monday_of
from meetings.bot.understanding.wanted_times import Window, Wish


def why_not(table: Table, wish: Wish, *, is_other_day: bool) -> str:
    """Said before the times that come closest."""
    reason = _reason(table, wish)
    if reason:
        return f"{reason} {words.closest()}"
    exact = _moment(table, wish.main) if wish.exact_minute is not None else None
    if exact is not None:
        return answers.exactly_then(words.time_label(exact, table.zone))
    return words.other_days() if is_other_day else words.other_hours()


def missing(table: Table, wish: Wish, offer: Offer) -> str:
    """What of the times that were named cannot be had."""
    since = wish.main.since
    if since is not None and since < _earliest(table):
        return answers.notice(table.owner, table.desk.settings.notice_minutes)
    if len(wish.windows) < 2:
        return ""
    gone = [
        window for window in wish.windows if not any(window.admits(start, start, table.zone) for start in offer.starts)
    ]
    named = [moment for window in gone if (moment := _moment(table, window)) is not None]
    if not named:
        return ""
    return answers.not_free([words.time_label(moment, table.zone) for moment in named])


def _reason(table: Table, wish: Wish) -> str:
    window = wish.main
    today = table.now.astimezone(table.zone).date()
    last = table.desk.last_day
    if all(one.days and one.days.first > last for one in wish.windows):
        return words.beyond(last)
    if window.since is not None and window.since < _earliest(table):
        return answers.notice(table.owner, table.desk.settings.notice_minutes)
    ends = _last_moment(table, window, today)
    if ends is not None and ends < _earliest(table):
        return answers.notice(table.owner, table.desk.settings.notice_minutes)
    return _outside_hours(table, window, today)


def _earliest(table: Table) -> datetime:
    return table.now + timedelta(minutes=table.desk.settings.notice_minutes)


def _last_moment(table: Table, window: Window, today: date) -> datetime | None:
    """The end of what was wished, where that is today or tomorrow."""
    if window.days is None or window.days.last > today + timedelta(days=1):
        return None
    hours = window.hours
    minute = 1439 if hours is None else hours.near if hours.is_exact and hours.near is not None else hours.until - 1
    return datetime.combine(window.days.last, time(minute // 60, minute % 60), table.zone)


def _moment(table: Table, window: Window) -> datetime | None:
    hours, days = window.hours, window.days
    if hours is None or not hours.is_exact or hours.near is None or days is None or not days.is_one:
        return None
    return datetime.combine(days.first, time(hours.near // 60, hours.near % 60), table.zone)


def _outside_hours(table: Table, window: Window, today: date) -> str:
    """The owner's hours as the client's clocks show them, where the wish lies outside of them."""
    hours = window.hours
    if hours is None or hours.is_any:
        return ""
    day = window.days.first if window.days else today + timedelta(days=1)
    open_hours = table.desk.hours_on(day)
    if open_hours is None:
        return answers.closed_on(table.owner, words.day_words(day)) if window.days and window.days.is_one else ""
    begins, ends = (_here(day, one, table) for one in open_hours)
    begin = begins.hour * 60 + begins.minute
    end = begin + round((ends - begins).total_seconds() / 60)
    wished = (hours.near, hours.near) if hours.is_exact and hours.near is not None else (hours.since, hours.until)
    length = table.desk.minutes
    if any(begin <= minute + shift and wished[1] - minute >= 0 and minute + shift + length <= end
           for shift in (0, 1440) for minute in range(wished[0], min(wished[1], 1440) + 1, 5)):  # fmt: skip
        return ""
    clocks = (date_format(begins, "H:i"), date_format(ends, "H:i"))
    return answers.hours_end(table.owner, *clocks, str(table.zone).replace("_", " "))


def _here(day: date, at: time, table: Table) -> datetime:
    owners: ZoneInfo = table.desk.owner.timezone
    moment = datetime.combine(day, at, owners)
    return moment.astimezone(table.zone)


def hours(table: Table) -> str:
    """The owner's week, as the client's clocks show it."""
    monday = monday_of(table.now.astimezone(table.desk.owner.timezone).date()) + timedelta(days=7)
    days = []
    for step in range(7):
        day = monday + timedelta(days=step)
        found = table.desk.hours_on(day)
        if found is not None:
            begins, ends = (_here(day, one, table) for one in found)
            days.append(f"{date_format(begins, 'D H:i')}–{date_format(ends, 'H:i')}")
    zone = str(table.zone).replace("_", " ")
    return answers.open_hours(table.owner, f"{', '.join(days)} ({zone})", words.day_label(table.desk.last_day))
