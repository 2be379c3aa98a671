"""allauth's forms, in the words of the other pages."""

from typing import Any

from allauth.account import forms
from django import forms as django_forms
from django.utils.translation import gettext_lazy as _

WORDS = {
    "email": _("E-mail"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password, again"),
}
NOT_AN_ADDRESS = _("Enter a valid e-mail address.")


class _Worded:
    """Says what allauth's fields are called here."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            words = WORDS["email"] if name == "login" else WORDS.get(name)
            if words:
                field.label = words
                if "placeholder" in field.widget.attrs:
                    field.widget.attrs["placeholder"] = words
            if name in {"login", "email"}:
                field.error_messages["invalid"] = NOT_AN_ADDRESS


class SignInForm(_Worded, forms.LoginForm):  # type: ignore[misc]  # allauth has no types
    pass


class SignUpForm(_Worded, forms.SignupForm):  # type: ignore[misc]
    """For whoever makes an account themselves."""

    name = django_forms.CharField(
        label=_("Name"), max_length=150, widget=django_forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ("name", "email", "password1", "password2")


class EmailForm(_Worded, forms.AddEmailForm):  # type: ignore[misc]
    pass


class PasswordAgainForm(_Worded, forms.ReauthenticateForm):  # type: ignore[misc]
    pass


class PasswordChangeForm(_Worded, forms.ChangePasswordForm):  # type: ignore[misc]
    pass


class PasswordResetForm(_Worded, forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class PasswordFromKeyForm(_Worded, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass
