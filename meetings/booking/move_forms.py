"""The form with which a client moves their meeting. The rules are in meetings.client.actions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from meetings.client.actions import REASON_MAX
from meetings.fields import Lines


class WordForm(forms.Form):
    """What the client says with another time."""

    word = Lines(
        label=_("A word about it (optional)"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea({"rows": 3}),
    )
