"""Switching the feed on and off, a new address for it, and what it says: the only writer of feeds."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from meetings.feed.models import CalendarFeed
from meetings.invitations import calendars, words
from meetings.models import Invitation, Meeting
from okey.lib.sealing import CannotOpen
from okey.owners.models import Owner

TOKEN_BYTES = 24  # 192 bits: nobody guesses it
#: What is over for longer leaves the feed: calendars that have it mostly keep it.
PAST = timedelta(days=90)
#: The soonest that are not over, and after them the latest that are.
MEETINGS_MAX = 3000
#: A read is noted once in that time, so that a calendar that asks often costs no writes.
NOTED_EVERY = timedelta(hours=1)


def of(owner: Owner) -> CalendarFeed | None:
    """None: switched off."""
    return CalendarFeed.objects.filter(owner=owner).first()


def switch_on(owner: Owner) -> CalendarFeed:
    """With a new address, unless there is one."""
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        return of(owner) or _made(owner)


def renew(owner: Owner) -> CalendarFeed:
    """A new address; the old one opens nothing any more. Switches the feed on."""
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        CalendarFeed.objects.filter(owner=owner).delete()
        return _made(owner)


def switch_off(owner: Owner) -> None:
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        CalendarFeed.objects.filter(owner=owner).delete()


def find(token: str) -> CalendarFeed | None:
    """Whose feed it is; None also where the owner's account is closed."""
    found = CalendarFeed.objects.filter(token_hash=_hash(token), owner__is_active=True, owner__closed_at=None)
    return found.select_related("owner").first()


def url(feed: CalendarFeed) -> str:
    """Its address; "" where no key opens it: then a new one has to be made."""
    try:
        return str(settings.OKEY_BASE_URL) + reverse("calendar_feed", args=[feed.opened("token")])
    except CannotOpen:
        return ""


def note_read(feed: CalendarFeed) -> None:
    now = timezone.now()
    stale = Q(read_at=None) | Q(read_at__lte=now - NOTED_EVERY)
    CalendarFeed.objects.filter(stale, pk=feed.pk).update(read_at=now)


def written(feed: CalendarFeed) -> tuple[bytes, datetime]:
    """The feed as it is now, and when something in it last changed. The same meetings are the same bytes."""
    meetings = _meetings(feed.owner)
    with translation.override(feed.owner.language):
        entries = [
            words.owners_entry(invitation)
            for meeting in meetings
            for invitation in meeting.invitations.all()
            if invitation.contact_id == meeting.contact_id
        ]
        named = _("Meetings of %(owner)s") % {"owner": calendars.plain(str(feed.owner))}
    changed_at = max([feed.made_at, *(meeting.updated_at for meeting in meetings)])
    organizer = calendars.Person(calendars.plain(feed.owner.name), feed.owner.email)
    return calendars.publication(entries, organizer=organizer, name=named), changed_at


def _meetings(owner: Owner) -> list[Meeting]:
    """Three queries, however many there are. Cancelled ones stay, so that calendars that had them take them out.

    What waits for the owner's approval is not there yet.
    """
    now = timezone.now()
    mine = Meeting.objects.filter(owner=owner, approval_until=None).prefetch_related(
        Prefetch("invitations", Invitation.objects.select_related("contact"))
    )
    coming = list(mine.filter(starts_at__gte=now).order_by("starts_at", "pk")[:MEETINGS_MAX])
    past = mine.filter(starts_at__lt=now, starts_at__gte=now - PAST).order_by("-starts_at", "pk")
    found = [*past[: MEETINGS_MAX - len(coming)], *coming]
    for meeting in found:
        meeting.owner = owner
        for invitation in meeting.invitations.all():
            invitation.meeting = meeting
    return found


def _made(owner: Owner) -> CalendarFeed:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = CalendarFeed(owner=owner, token_hash=_hash(token))
    feed.token = feed.seal("token", token)
    feed.save()
    return feed


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
