from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from okey.lib import retention


class MailsConfig(AppConfig):
    name = "okey.mails"
    verbose_name = _("Mails")

    def ready(self) -> None:
        from okey.mails.models import old_mails  # noqa: PLC0415 -- models must be loaded first

        retention.register("mails", old_mails)
