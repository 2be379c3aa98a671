"""Forms for an owner's hours. The rules are in meetings.hours.rules."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.dates import WEEKDAYS as WEEKDAY_NAMES
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetings.hours.availability import Hours
from meetings.hours.rules import RANGES_MAX, WEEKDAYS, is_backwards, overlapping
from meetings.hours.words import minutes_words
from meetings.models import MeetingSettings


class ClockField(forms.TimeField):
    """A time of day to the minute; None where nothing was typed."""

    def __init__(self, label: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
            error_messages={"invalid": gettext_lazy("Type a time such as 09:30.")},
        )


class RangeForm(forms.Form):
    """From when to when; both left empty is no range."""

    starts = ClockField(gettext_lazy("from"))
    ends = ClockField(gettext_lazy("to"))

    @property
    def hours(self) -> Hours | None:
        """Once it is valid."""
        starts, ends = self.cleaned_data.get("starts"), self.cleaned_data.get("ends")
        return (starts, ends) if starts is not None and ends is not None else None

    def clean(self) -> None:
        if not {"starts", "ends"} <= self.cleaned_data.keys():
            return
        starts, ends = self.cleaned_data["starts"], self.cleaned_data["ends"]
        if starts is None and ends is not None:
            self.add_error("starts", _("Say from when, or leave both empty."))
        elif ends is None and starts is not None:
            self.add_error("ends", _("Say until when, or leave both empty."))
        elif self.hours and is_backwards(self.hours):
            self.add_error("ends", _("This is not after the start. 00:00 is the end of the day."))


class RangesFormSet(forms.BaseFormSet[RangeForm]):
    """The ranges of one day."""

    @property
    def ranges(self) -> list[Hours]:
        return sorted(form.hours for form in self.forms if form.hours)

    def clean(self) -> None:
        if any(form.errors for form in self.forms):
            return
        second = overlapping(self.ranges)
        for form in self.forms:
            if second and form.hours == second:
                form.add_error("starts", _("This overlaps another range of the day."))
                break


Ranges = forms.formset_factory(
    RangeForm, formset=RangesFormSet, extra=0, max_num=RANGES_MAX, absolute_max=RANGES_MAX, validate_max=True
)


@dataclass(frozen=True)
class Day:
    weekday: int
    name: str
    ranges: RangesFormSet

    @property
    def is_full(self) -> bool:
        return len(self.ranges.forms) >= RANGES_MAX

    @property
    def has_errors(self) -> bool:
        return not self.ranges.is_valid()


class WeekForm:
    """Seven days of ranges. Unbound without `data`."""

    def __init__(self, weekly: Mapping[int, Sequence[tuple[Any, Any]]], data: Any = None) -> None:
        self.days = [
            Day(
                weekday,
                str(WEEKDAY_NAMES[weekday]),
                Ranges(data, prefix=f"day{weekday}", initial=_initial(weekly.get(weekday, ()))),  # type: ignore[arg-type]
            )
            for weekday in WEEKDAYS
        ]

    def is_valid(self) -> bool:
        return not any(day.has_errors for day in self.days)

    @property
    def weekly(self) -> dict[int, list[Hours]]:
        """Once it is valid."""
        return {day.weekday: day.ranges.ranges for day in self.days if day.ranges.ranges}

    @classmethod
    def after_button(cls, data: QueryDict) -> "tuple[WeekForm, str] | None":
        """As one of its buttons leaves it (a range more or fewer, other days alike), and the day of that button. None
        where none of them was pressed.
        """
        more, less, copied = (data.get(name, "") for name in ("more", "less", "copy"))
        if not (more or less or copied):
            return None
        to = {weekday for weekday in WEEKDAYS if data.get(f"copy{copied}-{weekday}")}
        return cls({}, data).edited(more=more, less=less, copied=copied, to=to), (more or less or copied)[:1]

    def edited(self, *, more: str = "", less: str = "", copied: str = "", to: Collection[int] = ()) -> "WeekForm":
        """As typed, with one more range on a day, or with one fewer ("2-0": the first on Wednesday), or with other days
        like the one that is `copied`. Not saved.
        """
        weekly = {
            day.weekday: [
                (form["starts"].data, form["ends"].data)
                for number, form in enumerate(day.ranges.forms)
                if less != f"{day.weekday}-{number}"
            ]
            for day in self.days
        }
        for weekday, ranges in weekly.items():
            if more == str(weekday) and len(ranges) < RANGES_MAX:
                ranges.append(("", ""))
        for weekday in weekly:
            if weekday in to and copied in map(str, WEEKDAYS):
                weekly[weekday] = list(weekly[int(copied)])
        return WeekForm(weekly)


def _initial(ranges: Sequence[tuple[Any, Any]]) -> list[dict[str, Any]]:
    return [{"starts": starts, "ends": ends} for starts, ends in ranges]


class RulesForm(forms.ModelForm[MeetingSettings]):
    """What is offered inside the hours, and the reminders."""

    #: What people choose from; what is stored is there too.
    LENGTHS: ClassVar[dict[str, Sequence[int]]] = {
        "slot_minutes": (15, 20, 30, 45, 60, 90, 120),
        "buffer_before_minutes": (0, 5, 10, 15, 30, 45, 60, 120),
        "buffer_after_minutes": (0, 5, 10, 15, 30, 45, 60, 120),
        "notice_minutes": (0, 30, 60, 120, 240, 480, 720, 1440, 2880, 4320, 10080),
    }

    class Meta:
        model = MeetingSettings
        fields = (
            "slot_minutes",
            "notice_minutes",
            "buffer_before_minutes",
            "buffer_after_minutes",
            "horizon_days",
            "daily_maximum",
            "reminds_day_before",
            "reminds_hour_before",
        )
        labels: ClassVar[dict[str, Any]] = {"horizon_days": gettext_lazy("How many days ahead")}
        help_texts: ClassVar[dict[str, Any]] = {
            "slot_minutes": gettext_lazy("Clients are offered back-to-back times of this length."),
            "notice_minutes": gettext_lazy("How long before its start a meeting can still be booked."),
            "horizon_days": gettext_lazy("1 to 366. Today is not counted."),
            "daily_maximum": gettext_lazy("Counts all of your meetings that day. Empty: no limit."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, lengths in self.LENGTHS.items():
            model_field: Any = self.fields[name]
            self.fields[name] = forms.TypedChoiceField(
                label=model_field.label,
                help_text=model_field.help_text,
                coerce=int,
                choices=[(one, minutes_words(one)) for one in sorted({*lengths, getattr(self.instance, name)})],
            )


class OverrideForm(forms.Form):
    """One date or several in a row, on which the weekly hours do not hold. `ranges` are those of its own form set."""

    first = forms.DateField(
        label=gettext_lazy("Date"),
        error_messages={"required": gettext_lazy("Choose a date.")},
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Only for several days in a row, such as a holiday."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.ranges: RangesFormSet = Ranges(data, prefix="hours", initial=_initial([("", ""), ("", "")]))  # type: ignore[assignment]

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.ranges.is_valid()])

    def refuse(self, error: ValidationError) -> None:
        """Name the field that meetings.hours.rules refuses."""
        for name, words in getattr(error, "error_dict", {None: error}).items():
            self.add_error(name if name in self.fields else None, words)
