"""The people whom `make run` shows: an owner with contacts, and an administrator."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from okey.contacts.models import Contact
from okey.owners.models import Owner
from okey.owners.sign_in import vouch_for_email

OWNER_EMAIL = "demo@example.com"
ADMIN_EMAIL = "admin@example.com"
OWNER_ZONE = "Europe/Berlin"

#: name, mailbox, phone, company, time zone, notes
CONTACTS = (
    ("Amara Okafor", "amara", "+234 1 555 0101", "Lagos Logistics", "Africa/Lagos", "Prefers mornings."),
    ("Carlos Núñez", "carlos", "+52 55 5550 102", "Taller Núñez", "America/Mexico_City", ""),
    ("Dana Levi", "dana", "+972 3 555 0103", "Levi & Partners", "Asia/Jerusalem", "Not on Fridays."),
    ("Elena Petrova", "elena", "", "Petrova Design", "Europe/Sofia", "Met at the spring fair."),
    ("Henry Walker", "henry", "+1 212 555 0105", "Walker Consulting", "America/New_York", "Renewal is due in autumn."),
    ("Mia Schneider", "mia", "+49 30 5550106", "Schneider GmbH", "Europe/Berlin", ""),
    ("Priya Raman", "priya", "+91 44 5550 107", "Raman Textiles", "Asia/Kolkata", "Send the agenda a day before."),
    ("Yuki Tanaka", "yuki", "+81 3 5555 0108", "Tanaka Kogyo", "Asia/Tokyo", ""),
)


class Command(BaseCommand):
    help = "Add the demo owner, their contacts and the demo administrator, where they are missing. DEBUG only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo data has published addresses and is for development: DEBUG is off.")
        with transaction.atomic():
            _add_administrator()
            _add_owner_with_contacts()


def _password(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise CommandError(f"{name} is not set; `make run` generates it into var/development.env.") from None


def _add_administrator() -> None:
    if Owner.objects.filter(email__iexact=ADMIN_EMAIL).exists():
        return
    password = _password("DEMO_ADMIN_PASSWORD")
    vouch_for_email(Owner.objects.create_superuser(ADMIN_EMAIL, password, name="Ada Admin", timezone=OWNER_ZONE))


def _add_owner_with_contacts() -> None:
    """Contacts come with their owner, once: those that were archived or renamed since stay so."""
    if Owner.objects.filter(email__iexact=OWNER_EMAIL).exists():
        return
    password = _password("DEMO_OWNER_PASSWORD")
    alice = Owner.objects.create_user(OWNER_EMAIL, password, name="Alice Example", timezone=OWNER_ZONE)
    vouch_for_email(alice)
    Contact.objects.bulk_create(
        Contact(
            owner=alice,
            name=name,
            email=f"{mailbox}@example.com",
            phone=phone,
            company=company,
            timezone=zone,
            notes=notes,
        )
        for name, mailbox, phone, company, zone, notes in CONTACTS
    )
