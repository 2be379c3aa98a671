"""The form by which an owner closes their account."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class CloseForm(forms.Form):
    """The owner types their address: nobody does that by mistake."""

    email = forms.CharField(
        label=_("Type your e-mail address, and the account is closed"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, wanted: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wanted = wanted

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"].strip()
        if typed.casefold() != self._wanted.casefold():
            raise forms.ValidationError(_("This is not the address that you sign in with."))
        return typed
