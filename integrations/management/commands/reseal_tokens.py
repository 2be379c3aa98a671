"""After a new key was put in front of OKEY_ENCRYPTION_KEYS: seal everything anew, so that the old one can go."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from okey.lib.sealing import SealedModel
from okey.owners import second_factor


class Command(BaseCommand):
    help = _("Seal every sealed value anew with the newest key in OKEY_ENCRYPTION_KEYS.")

    def handle(self, *args: Any, **options: Any) -> None:
        done, failed = 0, 0
        for model in apps.get_models():
            if issubclass(model, SealedModel):
                resealed = model.reseal_all()
                done, failed = done + resealed.done, failed + resealed.failed
        resealed = second_factor.reseal_all()
        done, failed = done + resealed.done, failed + resealed.failed
        text = ngettext(
            "Sealed anew with the newest key: %(count)d value.",
            "Sealed anew with the newest key: %(count)d values.",
            done,
        )
        self.stdout.write(text % {"count": done})
        if failed:
            text = ngettext(
                "%(count)d value does not open with any key in OKEY_ENCRYPTION_KEYS and stays as it is.",
                "%(count)d values do not open with any key in OKEY_ENCRYPTION_KEYS and stay as they are.",
                failed,
            )
            raise CommandError(text % {"count": failed})
