"""Says of every part whether it is well, and what to do where it is not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from integrations import doctor
from integrations.doctor import Finding, Level


class Command(BaseCommand):
    help = _("Check the settings, the providers and everything that has to run. Exit code 1 if something is bad.")
    requires_system_checks = ()  # it looks for itself, and goes on where they would stop

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help=_("open every sealed value, rather than some"))

    def handle(self, *args: Any, **options: Any) -> None:
        style = {Level.OK: self.style.SUCCESS, Level.WARNING: self.style.WARNING, Level.BAD: self.style.ERROR}
        findings = doctor.examine(every_key=options["all"])
        for finding in findings:
            self.stdout.write(f"{style[finding.level](f'{finding.level.label:<8}')} {self._words(finding)}")
        if any(finding.level is Level.BAD for finding in findings):
            sys.exit(1)

    def _words(self, finding: Finding) -> str:
        todo = f"\n{'':9}→ {finding.todo}" if finding.todo else ""
        return f"{finding.subject}: {finding.text}{todo}"
