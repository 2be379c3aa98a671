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
    field = form.fields["timezone"]
    stored = form.instance.timezone
    names = set(_places())
    if stored:
        names.add(str(stored))
    now = datetime.now(UTC)  # the clocks may have changed since the process started
    field.choices = [(ZoneInfo(name), _label(name, now)) for name in sorted(names)]


@cache
def _places() -> frozenset[str]:
    """Without abbreviations, fixed offsets and names of countries, which are other names of these."""
    return frozenset(name for name in available_timezones() if name == "UTC" or name.partition("/")[0] in REGIONS)


def _label(name: str, now: datetime) -> str:
    words, offset = name.replace("_", " "), f"{now.astimezone(ZoneInfo(name)):%z}"
    return words if name == "UTC" else f"{words} (GMT{offset[:3]}:{offset[3:5]})"
