from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from okey.lib import retention


class OwnersConfig(AppConfig):
    name = "okey.owners"
    verbose_name = _("Owners")

    def ready(self) -> None:
        from okey.owners import noting  # noqa: F401, PLC0415 -- connects the signals; models must be loaded first
        from okey.owners.sessions import old_browsers, old_sessions  # noqa: PLC0415

        retention.register("sessions", old_sessions)
        retention.register("browsers that were signed in", old_browsers)
