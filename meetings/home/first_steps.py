"""What a new owner does first, and whether it is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from integrations import connections
from meetings.booking.models import BookingSettings
from meetings.models import MeetingSettings
from okey.contacts.models import Contact
from okey.owners.models import Owner


@dataclass(frozen=True)
class FirstStep:
    """`label` is the button, `text` says what it is good for. `connects`: providers, each with a button of its own."""

    title: str
    text: str
    label: str
    url: str
    is_done: bool
    connects: Sequence[tuple[str, str]] = ()


def of(owner: Owner) -> list[FirstStep]:
    """Empty once all of them are done."""
    has_hours = MeetingSettings.objects.filter(owner=owner, has_own_hours=True).exists()
    takes_bookings = BookingSettings.objects.filter(owner=owner, is_page_on=True).exists()
    steps = [
        FirstStep(
            _("Add a contact"),
            _("Meetings are with contacts. Add one, or import all of them."),
            _("New contact"),
            reverse("contact_new"),
            Contact.objects.of(owner).exists(),
        ),
        FirstStep(
            _("Check your hours"),
            _("Clients are offered times within them: Monday to Friday, 9:00 to 17:00, until you save your own."),
            _("Meeting times"),
            reverse("meeting_times"),
            has_hours,
        ),
        FirstStep(
            _("Switch on your booking page"),
            _("Clients choose one of your free times by themselves."),
            _("Booking page"),
            reverse("booking_settings"),
            takes_bookings,
        ),
    ]
    if owner.meeting_providers_enabled:  # whoever may not connect is not asked to
        connect = FirstStep(
            _("Connect a meeting provider"),
            _("New meetings then get their video link by themselves."),
            _("All providers"),
            reverse("settings") + "#providers",
            connections.active(owner).exists(),
            [(slug, _("Connect %(name)s") % {"name": name}) for slug, name in connections.on_offer()],
        )
        steps.insert(0, connect)
    return [] if all(step.is_done for step in steps) else steps
