"""Fields of forms about meetings that repeat."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from meetings.models import Series
from meetings.series import Reach

#: Of weeks.
EVERY = (1, 2, 3, 4)
WORDS = {
    Reach.ONE: _("This meeting only"),
    Reach.FOLLOWING: _("This one and those that follow"),
    Reach.ALL: _("All of the series that are still to come"),
}


def every_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Repeat"), required=False, choices=_every)


def times_field() -> forms.IntegerField:
    words = _("A series has 2 to 52 meetings.")
    return forms.IntegerField(
        label=_("How many meetings"),
        required=False,
        min_value=Series.TIMES_MIN,
        max_value=Series.TIMES_MAX,
        error_messages=dict.fromkeys(("min_value", "max_value", "invalid"), words),
    )


def reach_field(choices: Sequence[Reach]) -> forms.ChoiceField:
    """Left out, as by a page that was opened before, it is one meeting."""
    return forms.ChoiceField(
        label=_("Which meetings"),
        required=False,
        initial=choices[0].value,
        choices=[(one.value, WORDS[one]) for one in choices],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose which meetings.")},
    )


def _every() -> list[tuple[str, str]]:
    weeks = [(str(one), ngettext("Every week", "Every %(count)d weeks", one) % {"count": one}) for one in EVERY]
    return [("", str(_("Does not repeat"))), *weeks]
