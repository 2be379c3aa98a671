"""Fields of forms that several rooms have."""

from typing import Any

from django import forms

from meetings.models import Meeting

#: Marks that turn the direction of whatever follows, in mails and lists too.
DIRECTIONS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


class Lines(forms.CharField):
    """Several lines, counted as people count them: browsers send two characters for each line's end."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        return str(super().to_python(value) or "").replace("\r\n", "\n")


def word_field() -> Lines:
    """What the owner says to the client with what they do."""
    return Lines(required=False, max_length=Meeting.WORD_MAX, widget=forms.Textarea({"rows": 3}))
