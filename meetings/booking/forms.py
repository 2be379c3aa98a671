"""The form on a booking page. The rules are in meetings.booking.bookings."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from meetings import guests as named_guests
from meetings.booking import strangers
from meetings.booking.models import NAME_MAX, NOTE_MAX
from meetings.fields import Lines
from meetings.models import MeetingType
from meetings.types import questions as asked
from meetings.types.questions import ANSWER_PREFIX, Kind, Question
from okey.contacts.models import NOT_AN_ADDRESS


class BookingForm(forms.Form):
    """Who books, and what they want to say."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=NAME_MAX,
        error_messages={"required": _("Write your name.")},
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        error_messages={"required": _("Write your e-mail address."), "invalid": NOT_AN_ADDRESS},
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    note = Lines(
        label=_("What is it about? (optional)"),
        max_length=NOTE_MAX,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    guests = Lines(
        label=_("Guests (optional)"),
        max_length=named_guests.TYPED_MAX,
        required=False,
        widget=forms.Textarea({"rows": 2, "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, meeting_type: MeetingType, data: Any = None, **more: Any) -> None:
        """`meeting_type`: what is booked, with its questions; whose owner is known."""
        super().__init__(data, **more)
        self.meeting_type, questions = meeting_type, list(meeting_type.questions)
        self.questions = questions
        if not meeting_type.guests:
            del self.fields["guests"]
        else:
            self.fields["guests"].help_text = ngettext(
                "The address of %(max)d person who shall come too. If you name one, you first confirm yours by a mail.",
                "Addresses of up to %(max)d people who shall come too. If you name any, you first confirm yours by a "
                "mail.",
                meeting_type.guests,
            ) % {"max": meeting_type.guests}
        for question in questions:
            self.fields[f"{ANSWER_PREFIX}{question['id']}"] = _field(question)

    @property
    def said(self) -> dict[str, Any]:
        """Once it is valid: what a Wish says of whoever books."""
        about = {name: self.cleaned_data[name] for name in ("name", "email", "note")}
        return {**about, "answers": tuple(self.answers), "guests": self.cleaned_data.get("guests") or ()}

    def clean(self) -> None:
        given = {one["id"]: self.data.get(f"{ANSWER_PREFIX}{one['id']}", "") for one in self.questions}
        try:
            self.answers = asked.answers(self.questions, given)
        except ValidationError as error:
            for question_id, words in error.message_dict.items():
                self.add_error(f"{ANSWER_PREFIX}{question_id}", words)
        self._check_guests()

    def _check_guests(self) -> None:
        named = named_guests.split(str(self.cleaned_data.get("guests") or ""))
        try:
            found = named_guests.checked(
                self.meeting_type, named, owner=self.meeting_type.owner, client=self.cleaned_data.get("email") or ""
            )
        except ValidationError as error:
            self.add_error("guests", error)
        else:
            self.cleaned_data["guests"] = found

    def clean_name(self) -> str:
        return strangers.name_of(str(self.cleaned_data["name"]))

    def clean_email(self) -> str:
        """As a mail will be addressed: what only looks different is the same mailbox. Some domains are none."""
        return strangers.strangers_address(str(self.cleaned_data["email"]))

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).translate(strangers.DIRECTIONS).strip()


def _field(question: Question) -> forms.CharField:
    """As it is shown; what is wrong with an answer, meetings.types.questions says."""
    words = {"question": question["text"]}
    label = question["text"] if question["is_required"] else _now("%(question)s (optional)") % words
    must: dict[str, Any] = {"required": True} if question["is_required"] else {}
    if question["kind"] == Kind.CHOICE:
        choices = [("", _now("Choose…")), *((one, one) for one in question["choices"])]
        return forms.CharField(label=label, required=False, widget=forms.Select(must, choices=choices))
    if question["kind"] == Kind.PHONE:
        phone = {"autocomplete": "tel", "inputmode": "tel", "type": "tel"}
        return forms.CharField(label=label, required=False, widget=forms.TextInput({**phone, **must}))
    return Lines(label=label, required=False, widget=forms.Textarea({"rows": 2, **must}))
