from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from okey.lib import retention


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Meeting providers")

    def ready(self) -> None:
        from integrations.forgetting import old_attempts, old_events  # noqa: PLC0415 -- models must be loaded first

        retention.register("authorization attempts", old_attempts)
        retention.register("connection events", old_events)
        from integrations.counting import count_call  # noqa: PLC0415
        from integrations.providers.http import transport  # noqa: PLC0415

        transport.listener = count_call
        from integrations import receivers  # noqa: F401, PLC0415 -- connects the signal; models must be loaded first
