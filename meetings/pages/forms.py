"""What the owner says with what they do to a meeting. The rules are in meetings.scheduling."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from meetings import series
from meetings.fields import word_field
from meetings.models import Meeting
from meetings.series import Reach
from meetings.series_fields import reach_field


class WordForm(forms.Form):
    """A word to the client, or none."""

    word = word_field()

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["word"].label = _("A word to %(name)s (optional)") % {"name": name}


class CancelForm(WordForm):
    """The same, and of a series which of its meetings are cancelled."""

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, name=meeting.with_whom, **kwargs)
        all_others = series.coming(meeting, Reach.ALL).count()
        if all_others:
            following = series.coming(meeting, Reach.FOLLOWING).count()
            is_between = 0 < following < all_others
            choices = [Reach.ONE, Reach.FOLLOWING, Reach.ALL] if is_between else [Reach.ONE, Reach.ALL]
            self.fields["reach"] = reach_field(choices)

    @property
    def chosen_reach(self) -> Reach:
        return Reach(self.cleaned_data.get("reach") or Reach.ONE)
