"""The form on the style guide, with one field of each look."""

from django import forms
from django.utils.translation import gettext_lazy as _


class StyleguideForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200, help_text=_("Your contact sees it in the invitation."))
    date = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440, initial=30)
    provider = forms.ChoiceField(label=_("Video link"), choices=[("zoom", "Zoom"), ("", _("No video link"))])
    agenda = forms.CharField(label=_("Agenda"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    remind = forms.BooleanField(label=_("Remind me"), required=False, help_text=_("An hour before it starts."))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("one", _("One to one")), ("group", _("Group"))], widget=forms.RadioSelect
    )
    file = forms.FileField(label=_("File"), required=False)
    locked = forms.CharField(label=_("Switched off"), required=False, disabled=True, initial=_("Not yours to change"))
