from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalendarsConfig(AppConfig):
    name = "integrations.calendars"
    verbose_name = _("Calendars")

    def ready(self) -> None:
        from integrations.calendars import receivers  # noqa: F401, PLC0415 -- connects the signal; models come first
