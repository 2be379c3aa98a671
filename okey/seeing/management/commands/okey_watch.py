"""For a timer: looks once for what administrators are mailed of (okey.seeing.watch)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from okey.seeing import watch


class Command(BaseCommand):
    help = _("Mail ADMIN_EMAIL once if beat or a worker has stopped or links wait too long, and once when it is over.")
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = watch.look()
        except DatabaseError as error:
            raise CommandError(_("The database does not answer (%s).") % type(error).__name__) from None
        for words in filter(None, found.values()):
            self.stdout.write(words)
        if not any(found.values()):
            self.stdout.write(_("All is well."))
