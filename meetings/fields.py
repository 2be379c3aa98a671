"""Fields of forms that several rooms have."""

from typing import Any

from django import forms


class Lines(forms.CharField):
    """Several lines, counted as people count them: browsers send two characters for each line's end."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        return str(super().to_python(value) or "").replace("\r\n", "\n")
