import logging

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailsConfig(AppConfig):
    name = "okey.mails"
    verbose_name = _("Mails")

    def ready(self) -> None:
        from okey.mails.error_mails import ErrorMails  # noqa: PLC0415 -- its models can't be read before this

        logging.getLogger().addHandler(ErrorMails())
