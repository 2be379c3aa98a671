"""Who stands in the administrators' log once their account is deleted: what was done stays known, by whom does not."""

from uuid import UUID

from django.contrib.admin.models import LogEntry

from okey.owners.models import Owner

#: One row, made when it is first needed. It signs in nowhere, and no list has it.
NOBODY = UUID("00000000-0000-4000-8000-00000000dead")


def takes_over(owner: Owner) -> int:
    """The lines of an administrator who goes. How many there were."""
    lines = LogEntry.objects.filter(user=owner)
    return lines.update(user=_nobody()) if lines.exists() else 0


def _nobody() -> Owner:
    """Closed and off, at an address that there cannot be (RFC 2606)."""
    found, _is_new = Owner.objects.get_or_create(
        pk=NOBODY,
        defaults={
            "email": "deleted@accounts.invalid",
            "name": "A deleted account",
            "is_active": False,
            "password": "!",
            "meeting_providers_enabled": False,
        },
    )
    return found
