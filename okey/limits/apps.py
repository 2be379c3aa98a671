from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from okey.lib import retention


class LimitsConfig(AppConfig):
    name = "okey.limits"
    verbose_name = _("Rate limits")

    def ready(self) -> None:
        from okey.limits.models import old_tallies  # noqa: PLC0415 -- models must be loaded first

        retention.register("tallies", old_tallies)
