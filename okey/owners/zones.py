"""The time zones that forms offer."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


def offer_zones(form: Any) -> None:
    """Let the form's `timezone` field offer places and UTC, and the zone that is stored, however odd its name is."""
    stored = form.instance.timezone
    form.fields["timezone"].choices = [(ZoneInfo(name), label) for name, label in zone_choices(stored)]


def zone_choices(*also: ZoneInfo | None) -> list[tuple[str, str]]:
    """(name, label) of places and UTC, and of the zones that are there `also`, however odd their names are."""
    names = _places() | {str(zone) for zone in also if zone}
    now = datetime.now(UTC)  # the clocks may have changed since the process started
    return [(name, _label(name, now)) for name in sorted(names)]


def known_zone(name: str) -> ZoneInfo | None:
    """The time zone of this name, whoever typed it; None where there is none."""
    return ZoneInfo(name) if name in _names() else None


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _places() -> frozenset[str]:
    """Without abbreviations, fixed offsets and names of countries, which are other names of these."""
    return frozenset(name for name in _names() if name == "UTC" or name.partition("/")[0] in REGIONS)


def _label(name: str, now: datetime) -> str:
    words, offset = name.replace("_", " "), f"{now.astimezone(ZoneInfo(name)):%z}"
    return words if name == "UTC" else f"{words} (GMT{offset[:3]}:{offset[3:5]})"
