from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Meeting providers")

    def ready(self) -> None:
        from integrations import receivers  # noqa: F401, PLC0415 -- connects the signal; models must be loaded first
