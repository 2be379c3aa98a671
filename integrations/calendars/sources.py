"""Where busy times come from: an explicit dict, beside those of vendors, which integrations.registry has."""

from integrations import registry
from integrations.calendars.base import Source
from integrations.calendars.caldav import CalDav
from integrations.calendars.ics import IcsAddress

SOURCES: dict[str, Source] = {one.slug: one for one in (IcsAddress(), CalDav())}


def source(slug: str) -> Source:
    """Raises KeyError: the name is not ours."""
    return SOURCES[slug] if slug in SOURCES else registry.calendars(slug)
