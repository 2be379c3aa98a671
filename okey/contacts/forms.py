"""Forms for contacts."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from okey.contacts import tagging
from okey.contacts.editing import AddressTaken
from okey.contacts.models import NOT_AN_ADDRESS, NOTES_LENGTH, Contact
from okey.contacts.reading import LARGEST_FILE, ReadFile, UnreadableFile, read_file
from okey.owners.zones import offer_zones


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What an owner says of a contact. Saving is okey.contacts.editing's."""

    #: The contact that has the address already, once `refuse` was called.
    holder: Contact | None = None

    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=1000,
        help_text=_("Words to find them by, with commas between: customer, Berlin."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = Contact
        fields = ("name", "email", "phone", "company", "timezone", "notes")
        error_messages: ClassVar[dict[str, Any]] = {"email": {"invalid": NOT_AN_ADDRESS}}
        widgets = {
            # The browser would offer the owner's own details.
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "phone": forms.TextInput(attrs={"autocomplete": "off", "type": "tel"}),
            "company": forms.TextInput(attrs={"autocomplete": "off"}),
            "notes": forms.Textarea(attrs={"rows": 5, "maxlength": NOTES_LENGTH}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_zones(self, none=_("Not known"))
        if not self.instance._state.adding:
            self.initial["tags"] = ", ".join(self.instance.tag_names)
        self.order_fields([*self.Meta.fields[:-1], "tags", "notes"])

    def clean_tags(self) -> list[str]:
        return tagging.names_in(self.cleaned_data["tags"])

    def refuse(self, taken: AddressTaken) -> None:
        """Say on the form whose address it is."""
        self.holder = taken.holder
        self.add_error("email", taken.words)


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=NOTES_LENGTH,
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": NOTES_LENGTH}),
    )


class ImportForm(forms.Form):
    """A CSV file, read."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("Up to 10,000 contacts and 5 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/tab-separated-values"}),
    )

    def clean_file(self) -> ReadFile:
        upload = self.cleaned_data["file"]
        self.file_name: str = upload.name
        try:
            # One byte more is enough to know that it is too large.
            return read_file(upload.read(LARGEST_FILE + 1))
        except UnreadableFile as unreadable:
            raise forms.ValidationError(unreadable.words) from unreadable
