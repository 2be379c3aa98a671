"""The forms of the settings page and of the owners' admin."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from okey.owners import support
from okey.owners.models import Owner
from okey.owners.zones import offer_zones


class ProfileForm(forms.ModelForm[Owner]):
    """What an owner says about themselves."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = Owner
        fields = ("name", "timezone", "language")
        help_texts: ClassVar[dict[str, Any]] = {"timezone": _("Meetings are shown and scheduled in this zone.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        offer_zones(self)


class OwnerAddForm(forms.ModelForm[Owner]):
    """Who a new owner is. No password: the owner sets it from the mail."""

    class Meta:
        model = Owner
        fields = ("email", "name", "timezone", "meeting_providers_enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_zones(self)

    def clean_email(self) -> str:
        return _unused_email(self)


class OwnerChangeForm(forms.ModelForm[Owner]):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    is_support = forms.BooleanField(
        label=_("support"),
        required=False,
        help_text=_("Sees in the administration what state everything is in, no contents, and changes nothing."),
    )

    class Meta:
        model = Owner
        fields = "__all__"  # noqa: DJ007  # the admin's fieldsets choose

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "timezone" in self.fields:  # not where somebody may only look
            offer_zones(self)
        # An administrator is one who may do everything; support is let in as well.
        self.initial["is_staff"] = self.instance.is_superuser
        self.initial["is_support"] = support.is_support(self.instance)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("is_staff") and found.get("is_support"):
            raise forms.ValidationError(_("Choose one: an administrator may do everything, support looks at states."))
        return found

    def clean_email(self) -> str:
        return _unused_email(self)


def _unused_email(form: forms.ModelForm[Owner]) -> str:
    """Addresses are kept in lower case, so that each signs in one owner however it is typed."""
    email: str = form.cleaned_data["email"].lower()
    if Owner.objects.filter(email__iexact=email).exclude(pk=form.instance.pk).exists():
        raise forms.ValidationError(_("Another owner has this address."), code="unique")
    return email
