"""The time zones that pages and forms offer: one for each place where people live, without other names of the same.

A page holds the chosen zone only. The others are a document of their own, which browsers keep for a week
(`static/js/zones.js` fetches it); where scripts are off, a zone's name can be typed.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

#: The first parts of the names that are places.
REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
TEMPLATE = "parts/zone_select.html"


def zone_choices(*also: ZoneInfo | None) -> list[tuple[str, str]]:
    """(name, label) of places and UTC, and of the zones that are there `also`, however odd their names are."""
    names = _places() | {str(zone) for zone in also if zone}
    now = datetime.now(UTC)  # the clocks may have changed since the process started
    return [(name, f"{name.replace('_', ' ')}{_offset(name, now)}") for name in sorted(names)]


def known_zone(name: str) -> ZoneInfo | None:
    """The time zone of this name, whoever typed it; None where there is none."""
    return ZoneInfo(name) if name in _names() else None


def typed_zone(data: QueryDict, name: str = "zone") -> str:
    """What was chosen, or typed beside it; "" where neither was."""
    typed = [value.strip() for value in data.getlist(name) if value.strip()]
    return typed[-1][:64] if typed else ""


def zone_context(chosen: str, *, name: str = "zone", attrs: Mapping[str, Any] | None = None, none: str = "") -> Any:
    """For TEMPLATE. `none`: the words for no zone, where that can be chosen."""
    now = datetime.now(UTC)
    return {
        "name": name,
        "attrs": attrs or {},
        "none": none,
        "chosen": chosen,
        "label": _label(chosen, now) if chosen in _names() else chosen,
        "url": f"{reverse('zones')}?{now.date()}",  # offsets change
    }


@lru_cache(maxsize=2)
def options_of(day: date) -> SafeString:
    """The options of a `<select>` by region, with the offsets of that day."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in _places() - {"UTC"}:
        regions.setdefault(name.partition("/")[0], []).append((name, _label(name, noon)))
    groups = [_group(region, sorted(zones, key=lambda zone: zone[1])) for region, zones in sorted(regions.items())]
    return format_html('<option value="UTC">UTC</option>{}', format_html_join("", "{}", ((group,) for group in groups)))


def _group(region: str, zones: Iterable[tuple[str, str]]) -> SafeString:
    options = format_html_join("", '<option value="{}">{}</option>', zones)
    return format_html('<optgroup label="{}">{}</optgroup>', region, options)


class ZoneSelect(forms.Select):
    """Shows the chosen zone at once, and the others when they are there."""

    none: Any = ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attributes = self.build_attrs(self.attrs, attrs)
        context = zone_context(str(value or ""), name=name, attrs=attributes, none=self.none)
        return SafeString(render_to_string(TEMPLATE, context))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        return typed_zone(data, name) if isinstance(data, QueryDict) else str(data.get(name) or "")


class ZoneField(forms.TypedChoiceField):
    """Takes each zone that there is: one under an old name stays what it is."""

    widget = ZoneSelect

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=ZoneInfo, empty_value=None, **options)

    def valid_value(self, value: Any) -> bool:
        return known_zone(str(value)) is not None


def offer_zones(form: Any, *, none: Any = "") -> None:
    """For the form's `timezone` field. `none`: the words for no zone, where it may stay empty."""
    field, stored = form.fields["timezone"], form.instance.timezone
    form.fields["timezone"] = zones = ZoneField(
        label=field.label,
        help_text=field.help_text,
        required=field.required,
        initial=field.initial,
        choices=lambda: [(ZoneInfo(name), label) for name, label in zone_choices(stored)],
        error_messages={"invalid_choice": _("There is no such time zone. Write one like Europe/Berlin.")},
    )
    zones.widget.none = none


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _places() -> frozenset[str]:
    """One for each place that its country's people set their clocks by, as tzdata lists them; and UTC."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text()
    listed = {line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#")}
    return frozenset(listed & _names() | {"UTC"})


def _label(name: str, now: datetime) -> str:
    """Buenos Aires, Argentina (GMT-03:00): the place first, as people look for it."""
    _region, *places = name.replace("_", " ").split("/")
    return (", ".join(reversed(places)) or name) + _offset(name, now)


def _offset(name: str, now: datetime) -> str:
    if name == "UTC":
        return ""
    offset = f"{now.astimezone(ZoneInfo(name)):%z}"
    return f" (GMT{offset[:3]}:{offset[3:5]})"
