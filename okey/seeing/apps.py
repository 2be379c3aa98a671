from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SeeingConfig(AppConfig):
    name = "okey.seeing"
    verbose_name = _("Seeing what it does")

    def ready(self) -> None:
        from okey.owners import support  # noqa: PLC0415 -- models must be loaded first

        # This app is the last one: the permissions of all others are there by then.
        post_migrate.connect(support.make, sender=self)
