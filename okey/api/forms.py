"""The form for a new API token."""

from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from okey.api.models import ApiToken, Scope

LIFETIMES = {"30": _("30 days"), "90": _("90 days"), "365": _("One year"), "": _("Until I revoke it")}


class TokenForm(forms.Form):
    """What a token is called, what it allows, and how long."""

    name = forms.CharField(
        label=_("Name"),
        max_length=ApiToken.NAME_MAX,
        help_text=_("Where you will use it, such as “n8n” or “my assistant”."),
        error_messages={"required": _("Give the token a name, to help you recognise it.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Permissions"),
        choices=Scope.choices,
        initial=[Scope.READ, Scope.SCHEDULE],
        error_messages={"required": _("Choose what the token allows.")},
        widget=forms.CheckboxSelectMultiple,
    )
    lifetime = forms.ChoiceField(
        label=_("It works for"), choices=list(LIFETIMES.items()), initial="90", required=False, widget=forms.Select
    )

    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["lifetime"]
        return timezone.now() + timedelta(days=int(days)) if days else None

    def refuse(self, error: ValidationError) -> None:
        """Name the fields that okey.api.tokens refuses."""
        for name, words in error.message_dict.items():
            self.add_error(name if name in self.fields else None, words)
