"""The form of an owner's booking settings. The rules are in meetings.booking.settings."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from meetings.booking import settings as booking_settings
from meetings.booking.models import PUBLIC_NAME_MAX, BookingSettings, is_public_name
from meetings.booking.settings import Changes
from meetings.fields import Lines


class BookingSettingsForm(forms.Form):
    """Whether and how clients book by themselves."""

    is_page_on = forms.BooleanField(
        label=_("Clients can book by themselves"),
        required=False,
        help_text=_("Whoever has the address sees your name, your initials and your free times, and nothing else."),
    )
    public_name = forms.CharField(
        label=_("Public name"),
        max_length=PUBLIC_NAME_MAX,
        validators=[is_public_name],
        help_text=_("The end of the page’s address. With another name the old address stops working at once."),
        error_messages={"required": _("Give the page a name.")},
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    confirms_addresses = forms.BooleanField(
        label=_("Confirm e-mail addresses first"),
        required=False,
        help_text=_(
            "Clients get a mail with a link, and the meeting is booked when they confirm there. Without this anybody "
            "can book under anybody’s address; mails to it then hold nothing that they typed."
        ),
    )
    is_bot_on = forms.BooleanField(
        label=_("The bot answers"),
        required=False,
        help_text=_("Clients say in their own words when it suits them, and the bot finds and books a free time."),
    )
    embeds_on = Lines(
        label=_("Your own sites that show the page"),
        required=False,
        max_length=5000,
        help_text=_("One https address a line, such as https://www.example.com. Browsers show it on no other."),
        widget=forms.Textarea({"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
    )

    @classmethod
    def showing(cls, booking: BookingSettings) -> "BookingSettingsForm":
        initial = {name: getattr(booking, name) for name in cls.base_fields}
        return cls(initial=initial | {"embeds_on": "\n".join(booking.embeds_on)})

    def clean_public_name(self) -> str:
        return str(self.cleaned_data["public_name"]).strip()

    def clean_embeds_on(self) -> list[str]:
        lines = [line for line in str(self.cleaned_data["embeds_on"]).split("\n") if line.strip()]
        if len(lines) > booking_settings.ORIGINS_MAX:
            raise ValidationError(_("Name at most %(max)d sites."), params={"max": booking_settings.ORIGINS_MAX})
        return list(dict.fromkeys(booking_settings.origin(line) for line in lines))

    def changes(self) -> Changes:
        data = self.cleaned_data
        return Changes(
            is_page_on=data["is_page_on"],
            public_name=data["public_name"],
            confirms_addresses=data["confirms_addresses"],
            is_bot_on=data["is_bot_on"],
            embeds_on=data["embeds_on"],
        )

    def refuse(self, error: ValidationError) -> None:
        """Name the fields that meetings.booking.settings refuses."""
        for name, words in error.message_dict.items():
            self.add_error(name if name in self.fields else None, words)
