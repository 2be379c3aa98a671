"""The form for an endpoint. The rules are in okey.webhooks.endpoints."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from okey.lib.opened_hosts import opened
from okey.webhooks import addresses
from okey.webhooks.models import Endpoint, EventType


class EndpointForm(forms.Form):
    """Where to send, and what."""

    url = forms.CharField(
        label=_("Address"),
        help_text=_("Begins with https:// and is open to the internet. O-Key posts each event there, signed."),
        error_messages={"required": _("Enter the address that shall be told.")},
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://example.com/okey"}),
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=Endpoint.DESCRIPTION_MAX,
        help_text=_("To help you recognise it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=EventType.choices,
        initial=EventType.values,
        error_messages={"required": _("Choose at least one event.")},
        widget=forms.CheckboxSelectMultiple,
    )

    payload = forms.ChoiceField(
        label=_("Messages"),
        choices=Endpoint.Payload.choices,
        initial=Endpoint.Payload.THIN,
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if opened():
            words = _("Or one that your administrator has opened, where http:// will do: %(hosts)s.")
            self.fields["url"].help_text = f"{self.fields['url'].help_text} {words % {'hosts': opened()}}"

    def clean_payload(self) -> str:
        return self.cleaned_data["payload"] or Endpoint.Payload.THIN

    def clean_url(self) -> str:
        """Said at once, with whatever else is wrong."""
        try:
            return addresses.checked(self.cleaned_data["url"])
        except ValidationError as error:
            raise ValidationError(error.message_dict["url"]) from error

    def refuse(self, error: ValidationError) -> None:
        """Name the fields that okey.webhooks.endpoints refuses."""
        for name, words in error.message_dict.items():
            self.add_error(name, words)
