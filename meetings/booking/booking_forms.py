"""The form on a booking page. The rules are in meetings.booking.bookings."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from meetings import calendars
from meetings.booking.models import NAME_MAX, NOTE_MAX
from meetings.forms import Lines
from okey.contacts.models import NOT_AN_ADDRESS

#: Marks that turn the direction of whatever follows, in mails and lists too.
DIRECTIONS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)


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
        """On one line. A name with a link is somebody's advertisement, and would travel in mails."""
        name = calendars.plain(" ".join(str(self.cleaned_data["name"]).translate(DIRECTIONS).split()))
        if not any(letter.isalpha() for letter in name):
            raise ValidationError(_("Write your name."))
        if LINK.search(name):
            raise ValidationError(_("Write your name without a link."))
        return name

    def clean_email(self) -> str:
        """As a mail will be addressed: what only looks different is the same mailbox. Some domains are none."""
        name, _at, domain = str(self.cleaned_data["email"]).rpartition("@")
        try:
            return f"{name}@{domain.encode('idna').decode('idna')}"
        except UnicodeError:
            raise ValidationError(NOT_AN_ADDRESS) from None

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).translate(DIRECTIONS).strip()
