"""The form of an owner's booking settings. The rules are in meetings.booking.settings."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from meetings.booking import pictures
from meetings.booking import settings as booking_settings
from meetings.booking.colours import OWN_COLOUR
from meetings.booking.models import ABOUT_MAX, PUBLIC_NAME_MAX, BookingSettings, is_colour, is_public_name
from meetings.booking.settings import Changes
from meetings.fields import Lines


class BookingSettingsForm(forms.Form):
    """Whether and how clients book by themselves."""

    is_page_on = forms.BooleanField(
        label=_("Clients can book by themselves"),
        required=False,
        help_text=_(
            "Whoever has the address sees your name, your initials or picture, your words and your free times, and "
            "nothing else."
        ),
    )
    public_name = forms.CharField(
        label=_("Address ending"),
        max_length=PUBLIC_NAME_MAX,
        validators=[is_public_name],
        help_text=_("The end of the page’s address. If you change it, the old link stops working."),
        error_messages={"required": _("Give the page a name.")},
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    about = forms.CharField(
        label=_("A few words for your clients"),
        required=False,
        max_length=ABOUT_MAX,
        help_text=_("They stand above the times. Links are shown as text."),
        widget=forms.Textarea({"rows": 3}),
    )
    picture = forms.FileField(
        label=_("Photo or logo"),
        required=False,
        help_text=_("JPEG, PNG, WebP or GIF, at most 5 MB. Its middle is shown; where it was taken is not kept."),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    takes_picture_away = forms.BooleanField(label=_("Take the picture away"), required=False)
    colour = forms.CharField(
        label=_("Colour"),
        required=False,
        max_length=7,
        validators=[is_colour],
        help_text=_("Of buttons and links. Where it could not be read, a darker or lighter shade is shown."),
        widget=forms.TextInput({"type": "color"}),
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
        help_text=_("One website per line, such as https://www.example.com. The page can be embedded only there."),
        widget=forms.Textarea({"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
    )

    @classmethod
    def showing(cls, booking: BookingSettings) -> "BookingSettingsForm":
        initial = {name: getattr(booking, name) for name in Changes.__annotations__}
        shown = {"embeds_on": "\n".join(booking.embeds_on), "colour": booking.colour or OWN_COLOUR}
        form = cls(initial=initial | shown)
        if not booking.picture:
            del form.fields["takes_picture_away"]
        return form

    def clean_colour(self) -> str:
        """O-Key's own is none: it changes with O-Key."""
        colour = str(self.cleaned_data["colour"])
        return "" if colour == OWN_COLOUR else colour

    def clean_picture(self) -> bytes | None:
        """As it is to be kept; None where none was sent."""
        sent = self.cleaned_data["picture"]
        return pictures.read(sent) if sent else None

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
            about=data["about"],
            colour=data["colour"],
        )

    def refuse(self, error: ValidationError) -> None:
        """Name the fields that meetings.booking.settings refuses."""
        for name, words in error.message_dict.items():
            self.add_error(name if name in self.fields else None, words)
