"""The forms of a type of meeting. The rules are in meetings.types.editing."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations import connections
from meetings.fields import Lines
from meetings.hours.words import minutes_words
from meetings.models import MeetingType
from meetings.types import questions as asked
from meetings.types.editing import Changes
from meetings.types.questions import Kind, Question
from okey.owners.models import Owner

Place = MeetingType.Place
#: What people choose from; what is kept is there too.
LENGTHS = (15, 20, 30, 45, 60, 90, 120)
NOTICES = (0, 60, 120, 240, 480, 1440, 2880, 4320, 10080)
#: Empty rows below the questions that there are.
BLANK_QUESTIONS = 2


class TypeForm(forms.Form):
    """Everything about one type but its hours and its questions."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=MeetingType.NAME_MAX,
        help_text=gettext_lazy("Clients read it, such as “First talk” or “Workshop”."),
        error_messages={"required": gettext_lazy("Give it a name.")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    description = Lines(
        label=gettext_lazy("Description"),
        max_length=MeetingType.DESCRIPTION_MAX,
        required=False,
        help_text=gettext_lazy("What it is about, for whoever thinks of booking it."),
        widget=forms.Textarea({"rows": 3}),
    )
    lengths = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Lengths to choose from"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    place = forms.ChoiceField(label=gettext_lazy("Place"))
    place_words = forms.CharField(
        label=gettext_lazy("Phone number or address"),
        max_length=MeetingType.PLACE_MAX,
        required=False,
        help_text=gettext_lazy("Where you meet by phone or in person. Only whoever has booked reads it."),
    )
    notice_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Minimum notice"), coerce=int, empty_value=None, required=False
    )
    change_notice_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Notice for changes"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=gettext_lazy("So long before it begins, clients cannot move or cancel it by themselves any more."),
    )
    horizon_days = forms.IntegerField(
        label=gettext_lazy("How many days ahead"),
        min_value=1,
        max_value=366,
        required=False,
        help_text=gettext_lazy("Empty: as your rules say."),
    )
    a_day = forms.IntegerField(
        label=gettext_lazy("A day at most"),
        min_value=1,
        max_value=100,
        required=False,
        help_text=gettext_lazy("Counts meetings of this type. Empty: no limit."),
    )
    a_week = forms.IntegerField(
        label=gettext_lazy("A week at most"),
        min_value=1,
        max_value=500,
        required=False,
        help_text=gettext_lazy("From Monday to Sunday. Empty: no limit."),
    )
    seats = forms.IntegerField(
        label=gettext_lazy("Seats"),
        min_value=1,
        max_value=MeetingType.SEATS_MAX,
        required=False,
        help_text=gettext_lazy(
            "With more than one, people who book the same time come into one meeting with one link, and the time stays "
            "on offer while seats are left. They do not see each other’s names or addresses in O-Key."
        ),
    )
    guests = forms.IntegerField(
        label=gettext_lazy("Guests"),
        min_value=0,
        max_value=MeetingType.GUESTS_MAX,
        required=False,
        help_text=gettext_lazy(
            "So many more addresses may whoever books name. Each guest gets an invitation of their own; who names some "
            "confirms their own address first."
        ),
    )
    needs_approval = forms.BooleanField(
        label=gettext_lazy("I approve each booking"),
        required=False,
        help_text=gettext_lazy("A booking holds the time and asks you. Nothing is booked, and no link made, before."),
    )
    is_hidden = forms.BooleanField(
        label=gettext_lazy("Hidden"),
        required=False,
        help_text=gettext_lazy("Not in the list on your booking page; whoever has its own address can book it."),
    )
    leads_to = forms.CharField(
        label=gettext_lazy("Page after booking"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("A page of yours that clients are led to once they have booked. Empty: none."),
        widget=forms.URLInput({"placeholder": "https://www.example.com/thanks", "autocomplete": "off"}),
    )
    slug = forms.CharField(
        label=gettext_lazy("End of its address"),
        max_length=MeetingType.SLUG_MAX,
        required=False,
        help_text=gettext_lazy("Empty: made of the name. With another one the old address stops working at once."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, owner: Owner, meeting_type: MeetingType, data: Any = None) -> None:
        super().__init__(data, initial=_initial(meeting_type))
        fields: Any = self.fields
        lengths = sorted({*LENGTHS, *meeting_type.lengths})
        fields["lengths"].choices = [(one, minutes_words(one)) for one in lengths]
        fields["lengths"].help_text = _("None: as long as your rules say. Times are offered in steps of the shortest.")
        fields["place"].choices = _places(owner, meeting_type)
        fields["notice_minutes"].choices = _notices(meeting_type.notice_minutes, _("As your rules say"))
        late = _notices(meeting_type.change_notice_minutes, _("Until it begins"))
        fields["change_notice_minutes"].choices = [one for one in late if one[0] != 0]

    def changes(self, questions: list[Question]) -> Changes:
        """Once it is valid."""
        data = self.cleaned_data
        place, _colon, provider = str(data["place"]).partition(":")
        changes = Changes(
            name=data["name"],
            description=data["description"],
            lengths=data["lengths"],
            place=place,
            provider=provider,
            place_words=data["place_words"],
            notice_minutes=data["notice_minutes"],
            change_notice_minutes=data["change_notice_minutes"],
            horizon_days=data["horizon_days"],
            a_day=data["a_day"],
            a_week=data["a_week"],
            seats=data["seats"] or 1,
            guests=data["guests"] or 0,
            needs_approval=data["needs_approval"],
            is_hidden=data["is_hidden"],
            leads_to=data["leads_to"],
            questions=questions,
        )
        if data["slug"]:
            changes["slug"] = data["slug"]
        return changes

    def refuse(self, error: ValidationError) -> list[str]:
        """Name the fields that meetings.types.editing refuses; what it says of the questions is returned."""
        said = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, words in said.items():
            known = "place" if name == "provider" else name
            if name != "questions":
                self.add_error(known if known in self.fields else None, words)
        return list(said.get("questions", []))


class QuestionForm(forms.Form):
    """One question; without words it is none."""

    key = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    text = forms.CharField(label=gettext_lazy("Question"), max_length=asked.TEXT_MAX, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of answer"), choices=Kind.choices)
    choices = Lines(
        label=gettext_lazy("Answers to choose from"),
        required=False,
        max_length=asked.CHOICES_MAX * (asked.CHOICE_MAX + 1),
        help_text=gettext_lazy("For a choice: one answer a line."),
        widget=forms.Textarea({"rows": 3}),
    )
    is_required = forms.BooleanField(label=gettext_lazy("Must be answered"), required=False)

    @property
    def question(self) -> Question | None:
        """Once it is valid."""
        data = self.cleaned_data
        if not data.get("text", "").strip():
            return None
        is_choice = data["kind"] == Kind.CHOICE
        return asked.question(
            text=data["text"],
            kind=data["kind"],
            is_required=data["is_required"],
            choices=data["choices"].split("\n") if is_choice else (),
            key=data["key"] if data["key"].isalnum() else "",
        )


_Questions = forms.formset_factory(
    QuestionForm, extra=0, max_num=asked.QUESTIONS_MAX, absolute_max=asked.QUESTIONS_MAX, validate_max=True
)


def questions_form(meeting_type: MeetingType, data: Any = None) -> Any:
    """A form set of the questions that there are, and empty rows for more."""
    rows: list[dict[str, Any]] = [
        {**one, "key": one["id"], "choices": "\n".join(one["choices"])} for one in meeting_type.questions
    ]
    rows += [{"kind": Kind.TEXT}] * min(BLANK_QUESTIONS, asked.QUESTIONS_MAX - len(rows))
    return _Questions(data, prefix="question", initial=rows)


def questions_in(formset: Any) -> list[Question]:
    """Once it is valid."""
    return [question for form in formset.forms if (question := form.question)]


def _initial(meeting_type: MeetingType) -> dict[str, Any]:
    names = [name for name in TypeForm.base_fields if name != "place"]
    place = meeting_type.place + (f":{meeting_type.provider}" if meeting_type.provider else "")
    return {**{name: getattr(meeting_type, name) for name in names}, "place": place}


def _notices(kept: int | None, usual: str) -> list[tuple[Any, str]]:
    notices = sorted({*NOTICES, *([] if kept is None else [kept])})
    return [("", usual), *((one, minutes_words(one)) for one in notices)]


def _places(owner: Owner, meeting_type: MeetingType) -> list[tuple[str, str]]:
    """Each provider by itself, as `provider:zoom`."""
    default = connections.default_provider(owner)
    usual = _("By video, with your default provider (%(provider)s)") if default else str(Place.DEFAULT.label)
    mine = list(connections.active(owner).values_list("provider", flat=True))
    lost = [meeting_type.provider] if meeting_type.provider and meeting_type.provider not in mine else []
    by_video, gone = _("By video, with %(provider)s"), _("By video, with %(provider)s (not connected)")
    names = {one: {"provider": connections.provider_name(one)} for one in [*mine, *lost, default] if one}
    return [
        (Place.DEFAULT.value, usual % names.get(default, {})),
        *((f"provider:{one}", by_video % names[one]) for one in sorted(set(mine))),
        *((f"provider:{one}", gone % names[one]) for one in lost),
        *((one.value, str(one.label)) for one in (Place.PHONE, Place.IN_PERSON, Place.NONE)),
    ]
