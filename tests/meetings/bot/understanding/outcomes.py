"""What was understood, in one line that a table can hold."""

from datetime import date

from meetings.bot.understanding.days import FAR
from meetings.bot.understanding.intents import Act, Understood
from meetings.bot.understanding.wanted_times import ALL_WEEK, WHOLE_DAY, Days, Hours, Window, Wish

NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def short(said: Understood) -> str:
    """ "meet 3 Mar 12:00-18:00", "pick 2", "tell name Ann", "agreed" """
    if said.is_agreement:
        return "agreed"
    parts = [str(said.act)]
    if said.act is Act.PICK:
        parts.append("none" if said.picked is None else str(said.picked + 1))
    if said.unclear_days:
        parts.append("unclear " + "|".join(map(_day, said.unclear_days)))
    parts += [_wish(said.wish)] if said.wish else []
    parts += [f"zone {said.zone}"] if said.zone else []
    parts += [f"unknown place {said.unknown_place}"] if said.unknown_place else []
    for name in ("name", "email", "note"):
        parts += [f"{name} {getattr(said, name)}"] if getattr(said, name) else []
    parts += ["bad email"] if said.is_bad_email else []
    parts += [f"topic {said.topic}"] if said.topic else []
    parts += [f"{said.minutes} min"] if said.minutes else []
    parts += [f"refused {said.refused + 1} {said.why_refused}"] if said.refused is not None else []
    return " ".join([*parts, *(["asks " + "|".join(said.unclaimed)] if said.unclaimed else [])])


def _wish(wish: Wish) -> str:
    return " + ".join(_window(window) for window in wish.windows)


def _window(window: Window) -> str:
    parts = [_days(window.days) if window.days else "", _hours(window.hours) if window.hours else ""]
    parts += ["latest"] if window.is_latest_first else []
    parts += ["since " + window.since.strftime("%H:%M")] if window.since else []
    parts += ["but " + _window(one) for one in window.unwanted]
    return " ".join(part for part in parts if part) or "any"


def _days(days: Days) -> str:
    reach = _day(days.first) if days.is_one else f"{_day(days.first)}..{_day(days.last)}"
    weekdays = ""
    if days.weekdays != ALL_WEEK:
        is_most = len(days.weekdays) == 6
        names = [name for index, name in enumerate(NAMES) if (index in days.weekdays) is not is_most]
        weekdays = ("not " if is_most else "") + " ".join(names)
    if days.last - days.first >= FAR - (days.first - date(2026, 3, 2)):
        reach = ""
    return f"{reach} {weekdays}".strip()


def _hours(hours: Hours) -> str:
    if hours.is_any:
        return "any hour"
    if hours.is_exact and hours.near is not None:
        return f"at {_clock(hours.near)}"
    since = _clock(hours.since) if hours.since else ""
    return f"{since}-{_clock(hours.until) if hours.until < WHOLE_DAY else ''}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
