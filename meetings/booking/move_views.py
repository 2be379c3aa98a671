"""A client moves their meeting on the same calendar on which meetings are booked, whether the bot is on or not.

The rule is meetings.client.actions.move, as for the bot. Where the owner has no booking page, clients ask instead.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from meetings import scheduling
from meetings.booking import day_parts
from meetings.booking import settings as booking_settings
from meetings.booking.move_forms import WordForm
from meetings.booking.page import Host, Offered, booking_page, day_in, moment, times_of
from meetings.client import actions
from meetings.client import reader as readers
from meetings.client.access import for_client, sends_forms
from meetings.client.page import ClientPage, client_page
from meetings.client.reader import Reader
from meetings.hours import asking, availability
from meetings.hours.availability import Slot
from meetings.invitations import words as client_words
from meetings.models import Invitation, Meeting
from meetings.times import span_words, zone_words
from okey.owners.zones import known_zone, typed_zone

#: How many other times a client is shown where theirs is gone.
OTHERS = 6


@require_http_methods(["GET", "HEAD", "POST"])
@for_client
def client_move(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    asked = Asked.read(request, invitation)
    if not asked.page.can_move:
        return redirect("client_meeting", invitation.token)
    if not booking_settings.open_of(invitation.meeting.owner):
        return redirect("client_ask", invitation.token)
    if asked.starts_at is None:
        return _days(request, asked)
    if request.method == "POST":
        return _answer(request, asked, asked.starts_at)
    if asked.starts_at == asked.meeting.starts_at:
        return redirect("client_meeting", invitation.token)
    if not availability.is_free(
        asked.meeting.owner,
        asked.starts_at,
        minutes=asked.meeting.minutes,
        ignoring=asked.meeting.pk,
        meeting_type=asked.meeting.meeting_type,
    ):
        return _taken(request, asked, WordForm())
    return _confirm(request, asked, WordForm())


@dataclass(frozen=True)
class Asked:
    """What a request says: about which meeting, how its client reads times, and the time if one is picked."""

    invitation: Invitation
    page: ClientPage
    reader: Reader
    zone_typed: str
    starts_at: datetime | None

    @classmethod
    def read(cls, request: HttpRequest, invitation: Invitation) -> "Asked":
        data = request.POST if request.method == "POST" else request.GET
        typed = typed_zone(data)
        chosen = known_zone(typed)
        reader = Reader.of(request, chosen or client_words.zone(invitation))
        page = client_page(invitation, chosen, reader.clock)
        return cls(invitation, page, reader, typed, moment(data.get("at", "")))

    @property
    def meeting(self) -> Meeting:
        return self.invitation.meeting

    def context(self, **more: Any) -> dict[str, Any]:
        here = reverse("client_move", args=[self.invitation.token])
        is_unknown = self.zone_typed and str(self.reader.zone) != self.zone_typed
        return {
            "invitation": self.invitation,
            "meeting_page": self.page,
            "host": Host.of(self.meeting.owner),
            "reader": self.reader,
            "zone_name": str(self.reader.zone),
            "unknown_zone": self.zone_typed if is_unknown else "",
            "has_zone": bool(self.zone_typed) or self.page.is_their_zone,
            "page_url": here,
            "details_url": here,
            **more,
        }


def _days(request: HttpRequest, asked: Asked) -> HttpResponse:
    day, month = day_in(request.GET.get("day", "")), day_in(request.GET.get("month", ""), "%Y-%m")
    page = booking_page(asked.meeting.owner, asked.reader, day=day, month=month, moving=asked.meeting)
    context = asked.context(page=page, day=day or "", shown_month=month or "", clocks=readers.clocks(request))
    response = render(request, "meetings/booking/move.html", context)
    readers.remember(response, request)
    return response


def _answer(request: HttpRequest, asked: Asked, starts_at: datetime) -> HttpResponse:
    form = WordForm(request.POST)
    if not form.is_valid():
        return _confirm(request, asked, form)
    word, seen, meeting = form.cleaned_data["word"], request.POST.get("seen", ""), asked.meeting
    asking.ask(
        meeting.owner,
        starts_at,
        minutes=meeting.minutes,
        ignoring=meeting.pk,
        meeting_type=meeting.meeting_type,
    )
    try:
        actions.move(asked.invitation, starts_at, word=word, seen=seen)
    except scheduling.SlotTaken as taken:
        return _taken(request, asked, form, taken.next_free)
    except actions.ChangedMeanwhile:
        return _changed_meanwhile(request, asked.invitation, form)
    except actions.MovedTooOften as refused:
        words = _why_not(asked, is_for_good=refused.is_for_good)
        return _confirm(request, asked, form, refusal=words, status=HTTPStatus.TOO_MANY_REQUESTS)
    except scheduling.Conflict:  # cancelled or over: the page says so
        pass
    return redirect("client_meeting", asked.invitation.token)


def _changed_meanwhile(request: HttpRequest, invitation: Invitation, form: WordForm) -> HttpResponse:
    """By the owner, or by the client in another tab: they look at it as it is now, and decide again."""
    invitation.meeting = Meeting.objects.select_related("owner").get(pk=invitation.meeting_id)
    asked = Asked.read(request, invitation)
    if not asked.page.can_move:
        return redirect("client_meeting", invitation.token)
    words = _("The meeting was changed meanwhile. Look whether you still want to move it.")
    return _confirm(request, asked, form, refusal=words, status=HTTPStatus.CONFLICT)


def _why_not(asked: Asked, *, is_for_good: bool) -> str:
    owner = {"owner": asked.page.owner}
    if is_for_good:
        return _("This meeting was moved very often. Only %(owner)s can move it now; ask for another time.") % owner
    return _("You have moved this meeting several times. Try again in an hour, or ask %(owner)s.") % owner


def _taken(request: HttpRequest, asked: Asked, form: WordForm, others: list[Slot] | None = None) -> HttpResponse:
    """Somebody was faster, or it never was on offer: the next ones that are, with what was typed kept."""
    offered = Offered.by(asked.meeting.owner, asked.reader.zone, asked.meeting)
    after = max(asked.starts_at or timezone.now(), timezone.now())
    found = offered.among(others or []) or offered.next(after, limit=OTHERS) or offered.next(limit=OTHERS)
    return _confirm(
        request, asked, form, others=times_of(found, asked.reader), is_taken=True, status=HTTPStatus.CONFLICT
    )


def _confirm(
    request: HttpRequest, asked: Asked, form: WordForm, *, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    assert asked.starts_at is not None  # noqa: S101 -- whoever calls has looked
    meeting, reader, starts_at = asked.meeting, asked.reader, asked.starts_at
    host = Host.of(meeting.owner)
    context = asked.context(
        form=form,
        at=request.POST.get("at", "") or request.GET.get("at", ""),
        seen=actions.mark_of(meeting),
        when=span_words(starts_at, starts_at + timedelta(minutes=meeting.minutes), reader.zone, reader.clock),
        zone=zone_words(reader.zone, starts_at),
        night=day_parts.night_words(starts_at, meeting.minutes, reader, meeting.owner.timezone, host.name),
        all_times_url=reverse("client_move", args=[asked.invitation.token])
        + reader.query(day=str(starts_at.astimezone(reader.zone).date())),
        **more,
    )
    return sends_forms(render(request, "meetings/booking/move_confirm.html", context, status=status))
