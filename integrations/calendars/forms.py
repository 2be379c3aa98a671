"""The forms for calendars. The rules are in integrations.calendars.choosing."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.calendars.models import Calendar, CalendarAccount, Counts, WhenUnread


class ReplaceForm(forms.Form):
    """An address at which a calendar is published."""

    url = forms.CharField(
        label=_("Address of the calendar"),
        max_length=500,
        help_text=_("The private address in iCal format, from your calendar’s own settings. O-Key only reads it."),
        error_messages={"required": _("Enter the address of your calendar.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", "placeholder": "https://…/basic.ics"}),
    )


class AddressForm(ReplaceForm):
    """That of a new calendar."""

    name = forms.CharField(
        label=_("Name (optional)"),
        required=False,
        max_length=Calendar.NAME_MAX,
        help_text=_("To help you recognise it."),
    )


class ChoosingForm(forms.Form):
    """Which of the calendars of an account count. `choices`: (ID there, name)."""

    calendars = forms.MultipleChoiceField(
        label=_("These take times"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendars"].choices = choices  # type: ignore[attr-defined]


class CalendarForm(forms.Form):
    """How a calendar counts."""

    name = forms.CharField(label=_("Name (optional)"), required=False, max_length=Calendar.NAME_MAX)
    all_day = forms.ChoiceField(label=_("Entries for whole days are"), choices=Counts.choices)
    tentative = forms.ChoiceField(label=_("Tentative entries are"), choices=Counts.choices)
    when_unread = forms.ChoiceField(
        label=_("While it cannot be read"),
        choices=WhenUnread.choices,
        help_text=_("What O-Key read last stays taken either way, and bookings tell you that it did not answer."),
    )
    addresses = forms.CharField(
        label=_("Your e-mail addresses in this calendar"),
        required=False,
        max_length=1000,
        help_text=_("One a line. By them O-Key knows which invitations you declined."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class EntriesForm(forms.Form):
    """Which calendar O-Key's meetings are entered in."""

    calendar = forms.ChoiceField(
        label=_("Calendar"),
        required=False,
        help_text=_(
            "Coming meetings are entered there with their join links, moved and taken out again. Where another one is "
            "chosen, they go there."
        ),
    )

    def __init__(self, calendars: Iterable[Calendar], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        writable = [one for one in calendars if one.can_write]
        choice = cast("forms.ChoiceField", self.fields["calendar"])
        choice.choices = [("", _("None")), *((str(one.pk), f"{one.name} ({one.host})") for one in writable)]
        choice.initial = next((str(one.pk) for one in writable if one.takes_meetings), "")


def _password() -> forms.CharField:
    return forms.CharField(
        label=_("App password"),
        max_length=500,
        help_text=_("One that you make for O-Key alone in your account’s own settings. It is kept encrypted."),
        error_messages={"required": _("Enter an app password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),  # never shown again, not even after a mistake
    )


class ServerForm(forms.Form):
    """A calendar server, and who signs in there."""

    server = forms.CharField(
        label=_("Server or e-mail address"),
        max_length=400,
        help_text=_("For example cloud.example.com, or you@icloud.com."),
        error_messages={"required": _("Enter the server of your calendar, or your e-mail address.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "inputmode": "url"}),
    )
    user_name = forms.CharField(
        label=_("User name"),
        max_length=CalendarAccount.NAME_MAX,
        help_text=_("With iCloud and Fastmail, your whole e-mail address."),
        error_messages={"required": _("Enter your user name there.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    password = _password()


class PasswordForm(forms.Form):
    """Another app password."""

    password = _password()


class ChoiceForm(forms.Form):
    """Which of a server's calendars count."""

    urls = forms.MultipleChoiceField(
        label=_("These take times off your booking page"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, account: CalendarAccount, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = account.calendars.values_list("url", "name")
        named = {one["url"]: one["name"] for one in account.found}
        urls = cast("forms.MultipleChoiceField", self.fields["urls"])
        urls.choices = list((dict(chosen) | named).items())
        urls.initial = [url for url, _name in chosen]
