"""Forms for scheduling and changing a meeting. The rules are in meetings.scheduling."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations import connections
from integrations.models import Connection
from meetings import series
from meetings.fields import Lines, word_field
from meetings.hours import availability
from meetings.hours.repeating import Repeat
from meetings.hours.wall_clock import moment_of
from meetings.links.state import Means, Notice, settings_step
from meetings.links.words import NO_VIDEO_LINK
from meetings.models import Meeting
from meetings.scheduling import Plan
from meetings.series import Reach
from meetings.series_fields import every_field, reach_field, times_field
from okey.contacts.models import Contact
from okey.owners.models import Owner

#: So many meetings has a series, unless the owner says otherwise.
TIMES = 10


class SkippedTime(Exception):
    """The zone's clocks jump over this time: it does not exist on that day."""


def moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment when the zone's clocks show this; the first where they show it twice.

    Raises SkippedTime, and OverflowError at the ends of the calendar.
    """
    found = moment_of(wall, zone)
    if found is None:
        raise SkippedTime
    return found


class MeetingForm(forms.Form):
    """What a meeting is, in the owner's zone. `plan` is what it says, once it is valid."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=Meeting.TITLE_MAX,
        error_messages={"required": gettext_lazy("Give the meeting a title.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    date = forms.DateField(
        label=gettext_lazy("Date"),
        error_messages={"required": gettext_lazy("Choose a date.")},
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    time = forms.TimeField(
        label=gettext_lazy("Time"),
        error_messages={"required": gettext_lazy("Choose a time.")},
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Length in minutes"),
        min_value=1,
        max_value=Meeting.MINUTES_MAX,
        initial=30,
        error_messages={
            name: gettext_lazy("A meeting takes 1 to 1440 minutes.") for name in ("min_value", "max_value")
        },
    )
    agenda = Lines(
        label=gettext_lazy("Agenda"),
        required=False,
        max_length=Meeting.AGENDA_MAX,
        widget=forms.Textarea({"rows": 4}),
    )

    #: Of a series: which dates the owner leaves out, as meetings.planning.series_dates names them.
    left_out: frozenset[str] = frozenset()

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.plan: Plan | None = None
        self.fields["time"].help_text = _("In your time zone, %(zone)s.") % {"zone": str(zone).replace("_", " ")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts_at = self._starts_at() if {"date", "time"} <= cleaned.keys() else None
        if starts_at is None:
            return cleaned
        plan = Plan(
            title=cleaned.get("title", "-"),
            starts_at=starts_at,
            minutes=cleaned.get("minutes", 1),
            agenda=cleaned.get("agenda", ""),
            provider=cleaned.get("provider", "").replace(NO_VIDEO_LINK, ""),
        )
        try:
            plan.check()
        except ValidationError as error:
            self.refuse(error)
        self.plan = plan
        return cleaned

    def refuse(self, error: ValidationError) -> None:
        """Name the fields that meetings.scheduling refuses."""
        for name, words in error.message_dict.items():
            self.add_error(self._field(name), words)

    def _field(self, name: str) -> str | None:
        if name != "starts_at":
            return name if name in self.fields else None
        # Today's date is right, and only the time is wrong.
        return "time" if self.cleaned_data.get("date") == timezone.localdate(timezone=self.zone) else "date"

    def chosen(self) -> tuple[datetime, int] | None:
        """When it shall start and how long it takes, as far as that is right; the other fields do not matter."""
        try:
            day, at, minutes = (self.fields[name].clean(self[name].value()) for name in ("date", "time", "minutes"))
            starts_at = self.moment_of(datetime.combine(day, at.replace(tzinfo=None)))
            Plan(title="-", starts_at=starts_at, minutes=minutes).check()
        except (ValidationError, SkippedTime, OverflowError):
            return None
        return starts_at, minutes

    def repeat(self) -> Repeat | None:
        """How often a new meeting repeats, as far as that is right."""
        return None

    def others(self) -> list[Meeting]:
        """Those of a series that change with the one that is changed, left out ones too."""
        return []

    def moment_of(self, wall: datetime) -> datetime:
        """Raises SkippedTime and OverflowError."""
        return moment(wall, self.zone)

    def _starts_at(self) -> datetime | None:
        day, at = self.cleaned_data["date"], self.cleaned_data["time"]
        try:
            return self.moment_of(datetime.combine(day, at.replace(tzinfo=None)))
        except SkippedTime:
            words = _("The clocks go forward in %(zone)s that day: %(time)s does not exist. Choose another time.")
            zone = str(self.zone).replace("_", " ")
            self.add_error("time", words % {"zone": zone, "time": f"{at:%H:%M}"})
        except OverflowError:
            self.add_error("date", _("Choose another date."))
        return None


class RescheduleForm(MeetingForm):
    """A change of title, time, length or agenda. `is_told`: the client gets a mail of it, so a word can go with it."""

    def __init__(
        self,
        *args: Any,
        meeting: Meeting,
        zone: ZoneInfo,
        is_told: bool,
        given: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.was = timezone.localtime(meeting.starts_at, zone)
        self.meeting = meeting
        initial = {
            "title": meeting.title,
            "date": self.was.date(),
            "time": self.was.time(),
            "minutes": meeting.minutes,
            "agenda": meeting.agenda,
        }
        super().__init__(*args, zone=zone, initial=initial | dict(given or {}), **kwargs)
        if is_told:
            self.fields["word"] = word_field()
            self.fields["word"].label = _("A word to %(name)s (optional)") % {"name": meeting.with_whom}
        self.following = list(series.coming(meeting, Reach.FOLLOWING))
        if self.following:
            self.fields["reach"] = reach_field([Reach.ONE, Reach.FOLLOWING])

    def others(self) -> list[Meeting]:
        is_for_all = self.following and self["reach"].value() == Reach.FOLLOWING
        return self.following if is_for_all else []

    @property
    def said(self) -> str:
        """The word to the client, of a form that was sent."""
        return str(self.cleaned_data.get("word", ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.said and self.plan and not self._is_change_for_client(self.plan):
            text = _(
                "Nothing changes that %(name)s is told of, so this would not be sent. Change title, time or length."
            )
            self.add_error("word", text % {"name": self.meeting.with_whom})
        return cleaned

    def _is_change_for_client(self, plan: Plan) -> bool:
        meeting = self.meeting
        now = (plan.one_line_title, plan.starts_at, plan.minutes)
        return now != (meeting.title, meeting.starts_at, meeting.minutes)

    def moment_of(self, wall: datetime) -> datetime:
        shown = self.was.replace(second=0, microsecond=0, tzinfo=None)
        if wall == shown:
            # As it was, to the second, and in the second of two equal hours too.
            return self.meeting.starts_at
        return super().moment_of(wall)


class ScheduleForm(MeetingForm):
    """A new meeting. `given`: what is filled in already, in a form that is shown before it is looked at as a whole."""

    provider = forms.ChoiceField(
        label=gettext_lazy("Video link"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a meeting provider or no video link."),
            "invalid_choice": gettext_lazy("This provider is not connected any more. Choose again."),
        },
    )
    by_mail = forms.BooleanField(required=False)
    request_key = forms.UUIDField(required=False, widget=forms.HiddenInput({"autocomplete": "off"}))
    every = every_field()
    times = times_field()

    field_order = (
        "title", "date", "time", "minutes", "every", "times", "provider", "agenda", "by_mail", "request_key",
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        means: Means,
        contact: Contact,
        owner: Owner,
        given: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        held = means.held if means.is_entitled else []
        default = means.default if held else None
        chosen = default.provider if default else NO_VIDEO_LINK
        initial = {
            "title": _title(contact, owner),
            "minutes": availability.settings_of(owner).slot_minutes,
            "provider": chosen,
            "by_mail": True,
            "request_key": uuid4(),
            "times": TIMES,
        }
        super().__init__(*args, zone=owner.timezone, initial=initial | dict(given or {}), **kwargs)
        self.fields["by_mail"].label = _("Send %(name)s an invitation by e-mail") % {"name": contact.name}
        self.fields["by_mail"].help_text = escape(
            _("To %(email)s, with this meeting’s page. They also get updates and reminders automatically.")
            % {"email": contact.email}
        )
        provider: Any = self.fields["provider"]
        provider.choices = list(_choices(held))
        self.notice = _notice(means)
        #: Whether there is one to choose, or none may be.
        self.has_providers = bool(held) or not means.is_entitled

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("every"):
            self.errors.pop("times", None)  # nobody reads it
        elif "times" not in self.errors and not cleaned.get("times"):
            self.add_error("times", self.fields["times"].error_messages["min_value"])
        return cleaned

    def repeat(self) -> Repeat | None:
        try:
            every, times = (self.fields[name].clean(self[name].value()) for name in ("every", "times"))
        except ValidationError:
            return None
        return Repeat(int(every), times) if every and times else None

    def dates_left_out(self) -> set[datetime]:
        return {datetime.fromisoformat(one) for one in self.left_out if _is_moment(one)}

    def asks_for(self, meeting: Meeting, contact: Contact) -> bool:
        """Whether what was typed is that meeting, or the series that it begins, and no other one."""
        plan = self.plan
        if plan is None:
            return False
        wanted = (contact.pk, plan.one_line_title, plan.minutes, plan.agenda.strip())
        is_same = wanted == (meeting.contact_id, meeting.title, meeting.minutes, meeting.agenda)
        is_same = is_same and self._starts(plan, meeting.owner) == _starts_made(meeting)
        # One that was disconnected since is no choice any more.
        return is_same and ("provider" not in self.cleaned_data or plan.provider == meeting.provider)

    def _starts(self, plan: Plan, owner: Owner) -> list[datetime]:
        repeat = self.repeat()
        if repeat is None:
            return [plan.starts_at]
        try:
            return series.starts_of(plan, repeat, owner, self.dates_left_out())
        except ValidationError:
            return []


def _starts_made(meeting: Meeting) -> list[datetime]:
    if meeting.series_id is None:
        return [meeting.starts_at]
    return list(
        Meeting.objects.filter(series=meeting.series_id).order_by("starts_at").values_list("starts_at", flat=True)
    )


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _title(contact: Contact, owner: Owner) -> str:
    names = {"client": contact.name, "owner": owner.name}
    return (_("%(client)s and %(owner)s") % names if owner.name else contact.name)[: Meeting.TITLE_MAX]


def _choices(held: Iterable[Connection]) -> Iterable[tuple[str, str]]:
    for one in held:
        remarks = [_("default")] if one.is_default else []
        if not connections.can_make_links(one):
            remarks.append(_("needs reconnecting"))
        name = connections.provider_name(one.provider)
        yield one.provider, f"{name} ({', '.join(remarks)})" if remarks else name
    yield NO_VIDEO_LINK, _("No video link")


def _notice(means: Means) -> Notice | None:
    """That a provider needs reconnecting, every page says by itself."""
    if not means.is_entitled:
        text = _("Meeting-provider access is switched off for your account. Ask your administrator.")
        return Notice("info", _("This meeting gets no video link"), text)
    if not means.held:
        text = _("No meeting provider is connected. You can connect one now, or add the link to the meeting later.")
        return Notice("info", _("This meeting gets no video link"), text, settings_step(_("Connect one in settings")))
    if means.default is None:
        text = _("“No video link” is selected below. Choose a provider for this meeting, or set your default.")
        return Notice("info", _("You have no default provider"), text, settings_step(_("Choose a default in settings")))
    return None
