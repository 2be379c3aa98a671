"""An API token from the command line, for whoever runs this O-Key: programs and scripts have no page to press on."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from okey.api import tokens
from okey.api.models import Scope
from okey.owners.models import Owner


class Command(BaseCommand):
    help = _("Make an API token for an owner and print it, and nothing else. It is kept nowhere, so it is shown once.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help=_("the owner's e-mail address"))
        parser.add_argument("scopes", nargs="+", choices=Scope.values, help=_("what the token allows"))
        parser.add_argument("--name", default="make_token", help=_("what the owner's list of tokens calls it"))
        parser.add_argument("--days", type=int, default=90, help=_("how long it works (90)"))

    def handle(self, *args: Any, **options: Any) -> None:
        owner = Owner.objects.filter(email__iexact=options["email"], is_active=True, closed_at=None).first()
        if owner is None:
            raise CommandError(_("No owner who may sign in has this address: %(email)s") % {"email": options["email"]})
        try:
            _token, secret = tokens.make(
                owner=owner,
                name=options["name"],
                scopes=options["scopes"],
                expires_at=timezone.now() + timedelta(days=options["days"]),
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(secret)
