"""allauth's forms of the second factor, in our words, with limits that nobody's guesses get past.

A code has six digits, and whoever may try one knows the password already. A browser that has signed in to the account
before has tries of its own, so that a thief of the password does not keep the owner out.
"""

from typing import Any

from allauth.core import context as allauth_context
from allauth.mfa.base import forms
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from okey.lib.sealing import CannotOpen
from okey.limits import limits
from okey.owners import known_browser
from okey.owners.models import Owner
from okey.owners.sign_in_words import wait_words

HOUR, DAY = 3600, 24 * 3600
#: (codes, seconds). Three of a million are right at any moment: with 40 a day it takes 23 years to find one.
TRIES = ((8, HOUR), (40, DAY))
CODE = gettext_lazy("Code")


class _Counted:
    """Each code is counted before it is looked at; a right one counts from zero."""

    user: Owner
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = CODE
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs.update({"inputmode": "numeric", "autofocus": True})

    def clean_code(self) -> str:
        browser = known_browser.of(allauth_context.request)
        who = f"{self.user.pk} {browser.id if browser.knows(self.user.email) else ''}"
        for limit, seconds in TRIES:
            verdict = limits.hit("codes", who, limit=limit, seconds=seconds)
            if not verdict.allowed:
                words = _("There were too many wrong codes, so this one was not looked at. Try again in %(wait)s.")
                raise ValidationError(words % {"wait": wait_words(verdict.retry_seconds)}, code="too_many_codes")
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except CannotOpen:
            words = _("O-Key cannot read your second factor at the moment. Ask your administrator.")
            raise ValidationError(words, code="cannot_open") from None
        for limit, seconds in TRIES:
            limits.forget("codes", who, limit=limit, seconds=seconds)
        return code


class CodeForm(_Counted, forms.AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    pass


class CodeAgainForm(_Counted, forms.ReauthenticateForm):  # type: ignore[misc]
    pass


class AppForm(_Counted, ActivateTOTPForm):  # type: ignore[misc]
    pass


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["name"].help_text = _("To help you recognise it: Phone, Work laptop.")
        if "passwordless" in self.fields:
            field = self.fields["passwordless"]
            field.label, field.initial = _("Sign in with it alone, without your password"), True
            field.help_text = _("It then asks for your finger, face or PIN. Old security keys may not be able to.")


class PasskeyNameForm(EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["name"].max_length = 100
