"""The form on a client's page. The rules are in meetings.client.actions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from meetings.client.actions import MESSAGE_MAX, REASON_MAX
from meetings.fields import Lines


class CancelForm(forms.Form):
    """Why, if the client wants to say so."""

    reason = Lines(
        label=_("Why? (optional)"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea({"rows": 3}),
    )


class AskForm(forms.Form):
    """A few words to the owner about another time."""

    message = Lines(
        label=_("When would it suit you?"),
        max_length=MESSAGE_MAX,
        error_messages={"required": _("Write when it would suit you.")},
        widget=forms.Textarea({"rows": 4}),
    )
