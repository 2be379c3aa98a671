"""*I did not ask for this*: the page behind the link in every mail to an address that nobody has confirmed.

Mail scanners open every link, so opening it changes nothing; its one button, or a mail program's own (RFC 8058), ends
mails of strangers' bookings to that mailbox, and cancels the booking that the mail was about. It undoes nothing else.
"""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from meetings import scheduling
from meetings.booking.models import UnconfirmedBooking
from meetings.client import actions as client_actions
from meetings.models import Invitation
from okey.mails import limits, unasked
from okey.mails.unasked import Unasked


@csrf_exempt  # whoever has the link may press its button; mail programs press it without having opened the page
@require_http_methods(["GET", "HEAD", "POST"])
def unasked_page(request: HttpRequest, token: str) -> HttpResponse:
    found = unasked.read(token)
    if found is None:
        response = render(request, "meetings/client/unknown.html", status=404)
    elif request.method == "POST":
        _undo(found)
        response = render(request, "meetings/booking/unasked.html", {"is_done": True})
    else:
        response = render(request, "meetings/booking/unasked.html", {"is_booking": found.kind != "conversation"})
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _undo(found: Unasked) -> None:
    """Twice is once. What is somebody else's by now, because the address was put right, stays.

    Not one transaction: whoever sends holds the invitation's row and then waits for the mailbox's.
    """
    limits.stop(found.mailbox)
    if found.kind == "invitation":
        invitation = Invitation.objects.select_related("meeting__owner", "contact").filter(pk=found.pk).first()
        is_theirs = invitation is not None and limits.key_of(invitation.email) == found.mailbox
        if invitation is not None and is_theirs and not invitation.is_address_confirmed:
            with suppress(scheduling.Conflict):  # it is over
                client_actions.cancel(invitation, is_unasked=True)
    elif found.kind == "booking":
        UnconfirmedBooking.objects.filter(pk=found.pk).delete()
