"""Where busy times come from: an explicit dict."""

from integrations.calendars.base import Source
from integrations.calendars.caldav import CalDav
from integrations.calendars.ics import IcsAddress

SOURCES: dict[str, Source] = {one.slug: one for one in (IcsAddress(), CalDav())}
