"""The form on a booking page. The rules are in meetings.booking.bookings."""

from django import forms
from django.utils.translation import gettext_lazy as _

from meetings.booking import strangers
from meetings.booking.models import NAME_MAX, NOTE_MAX
from meetings.fields import Lines
from okey.contacts.models import NOT_AN_ADDRESS


class BookingForm(forms.Form):
    """Who books, and what they want to say."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=NAME_MAX,
        error_messages={"required": _("Write your name.")},
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        error_messages={"required": _("Write your e-mail address."), "invalid": NOT_AN_ADDRESS},
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    note = Lines(
        label=_("What is it about? (optional)"),
        max_length=NOTE_MAX,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def clean_name(self) -> str:
        return strangers.name_of(str(self.cleaned_data["name"]))

    def clean_email(self) -> str:
        """As a mail will be addressed: what only looks different is the same mailbox. Some domains are none."""
        return strangers.strangers_address(str(self.cleaned_data["email"]))

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).translate(strangers.DIRECTIONS).strip()
