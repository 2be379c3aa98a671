from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from okey.lib import retention


class ApiConfig(AppConfig):
    name = "okey.api"
    verbose_name = _("API")

    def ready(self) -> None:
        from okey.api import models  # noqa: PLC0415 -- models must be loaded first

        retention.register("grants", models.old_grants)
        retention.register("grant tokens", models.old_grant_tokens)
        retention.register("OAuth clients", models.old_clients)
