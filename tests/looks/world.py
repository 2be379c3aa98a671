"""A small world in which every page has something to show: written into an empty database, the same at each run."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.internal.auth import WebAuthn
from allauth.socialaccount.models import SocialAccount
from django.core import signing
from django.core.cache import cache
from django.db.models import Model
from django.test import Client

from integrations import authorization
from integrations.calendars.base import Standing
from integrations.calendars.caldav import CalDav
from integrations.calendars.models import Calendar, CalendarAccount
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from meetings import guests, scheduling
from meetings.booking import bookings, confirming
from meetings.booking import settings as booking_settings
from meetings.client import actions
from meetings.entries import standing
from meetings.hours import availability
from meetings.invitations import inviting
from meetings.links import there
from meetings.models import CalendarEntry, Invitation, LinkJob, Meeting, Watch
from meetings.types import editing as types
from meetings.types import single_use
from okey.api import tokens
from okey.api.models import Grant, Scope
from okey.contacts import importing
from okey.contacts.editing import add_contact, archive_contact, change_contact
from okey.contacts.models import Contact, ContactNote
from okey.contacts.reading import read_file
from okey.limits import limits
from okey.mails import reader, unasked
from okey.owners.models import Owner
from okey.owners.sign_in import vouch_for_email
from okey.webhooks import endpoints, events
from okey.webhooks.models import Delivery, EventType
from tests.conftest import PASSWORD, password_just_entered
from tests.meetings.booking.cast import wish
from tests.meetings.bot.talking import Talk
from tests.meetings.page_cast import connect_jitsi, connect_zoom, meeting_of, ready_meeting
from tests.meetings.series.cast import schedule_series
from tests.meetings.week.cast import busy_in, calendar_of
from tests.okey.api.oauth.app import App
from tests.okey.owners.authenticator import Passkey

#: A Tuesday, nine o'clock in Berlin.
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
BERLIN = "Europe/Berlin"
PEOPLE = (
    ("Amara Okafor", "Lagos Logistics", "Africa/Lagos", "Prefers mornings."),
    ("Carlos Núñez", "Taller Núñez", "America/Mexico_City", ""),
    ("Henry Walker", "Walker Consulting", "America/New_York", "Renewal is due in autumn."),
    ("Yuki Tanaka", "Tanaka Kogyo", "Asia/Tokyo", ""),
    ("Maximiliane von Hohenstein-Wackernagel", "Internationale Handelsgesellschaft für Feinmechanik", BERLIN, ""),
)
UPLOAD = "Name,E-mail,Time zone\nDora Diver,dora@client.example,Asia/Tokyo\nYuki,yuki@client.example,\nNobody,,\n"
LEFT_OUT = "Name,E-mail\nFaye Fair,faye@client.example\nYuki,yuki@client.example\nNobody,\n"
PROBLEM = LinkJob.Problem


@dataclass
class World:
    """`cookies`: of each person, the session's name and value. `ids`: what stands in addresses, by a name for it."""

    ids: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def name(self, **things: Model | str) -> None:
        self.ids |= {name: str(thing.pk if isinstance(thing, Model) else thing) for name, thing in things.items()}


def build() -> World:
    cache.clear()
    limits.in_memory().storage.reset()
    world = World()
    alice, newcomer, admin = _person("Alice"), _person("Nora"), _administrator()
    troubled = _person("Tom")
    SocialAccount.objects.create(user=alice, provider="http://127.0.0.1:1", uid="alice")
    _contacts(world, alice)
    _meetings(world, alice, troubled)
    _types(world, alice)
    _people(world, alice)
    _calendars(world, alice, troubled)
    _programs(world, alice)
    _conversations(world, alice)
    _bookings(world, alice)
    _attempts(world, alice)
    for name, owner in {"alice": alice, "newcomer": newcomer, "troubled": troubled, "admin": admin}.items():
        browser = _signed_in(owner)
        world.cookies[name] = {key: morsel.value for key, morsel in browser.cookies.items()}
        if name == "alice":
            _asking_app(world, browser)
    _mails(world)
    _guarded(world)
    return world


def _person(name: str) -> Owner:
    owner = Owner.objects.create_user(
        f"{name.lower()}@example.com", PASSWORD, name=f"{name} Archer", timezone=BERLIN, language="en"
    )
    vouch_for_email(owner)
    return owner


def _administrator() -> Owner:
    owner = Owner.objects.create_superuser("ada@example.com", PASSWORD, name="Ada Admin", timezone=BERLIN)
    vouch_for_email(owner)
    return owner


def _guarded(world: World) -> None:
    """Gina signs in with an app or a passkey, and has not done so in the second of her two browsers."""
    gina = _person("Gina")
    browser, halfway = _signed_in(gina), Client(HTTP_HOST="127.0.0.1", REMOTE_ADDR="127.0.0.1")
    TOTP.activate(gina, generate_totp_secret())
    RecoveryCodes.activate(gina)
    asked = {"user": {"id": "Z2luYQ"}, "challenge": "bG9va3M"}
    WebAuthn.add(gina, "Gina’s telephone", json.loads(Passkey().create({"publicKey": asked})))
    halfway.post("/accounts/login/", {"login": gina.email, "password": PASSWORD})
    for name, one in {"guarded": browser, "halfway": halfway}.items():
        world.cookies[name] = {key: morsel.value for key, morsel in one.cookies.items()}
    world.name(passkey=Authenticator.objects.get(user=gina, type=Authenticator.Type.WEBAUTHN))


def _signed_in(owner: Owner) -> Client:
    client = Client(HTTP_HOST="127.0.0.1", REMOTE_ADDR="127.0.0.1")
    client.force_login(owner)
    password_just_entered(client, owner)
    return client


def _contacts(world: World, alice: Owner) -> None:
    for name, company, zone, notes in PEOPLE:
        address = f"{name.split(maxsplit=1)[0].lower()}@client.example"
        add_contact(owner=alice, name=name, email=address, company=company, timezone=ZoneInfo(zone), notes=notes)
    gone = add_contact(owner=alice, name="Gerd Gone", email="gerd@client.example")
    archive_contact(contact=gone)
    upload = importing.keep_upload(owner=alice, file_name="contacts.csv", read=read_file(UPLOAD.encode()))
    yuki = change_contact(contact=Contact.objects.get(email="yuki@client.example"), tags=["garden", "Tokyo"])
    note = ContactNote.objects.create(contact=yuki, text="Wants the plan of the garden before Friday.")
    imported = importing.keep_upload(owner=alice, file_name="fair.csv", read=read_file(LEFT_OUT.encode()))
    importing.confirm_import(upload=imported)
    world.name(contact=yuki, note=note, archived=gone, upload=upload, imported=imported)


def _meetings(world: World, alice: Owner, troubled: Owner) -> None:
    zoom, jitsi = connect_zoom(alice), connect_jitsi(alice)
    people = list(Contact.objects.filter(owner=alice, archived_at=None))
    ready = ready_meeting(alice, zoom, title="Project review", hours=1, contact=people[0])
    _invite(ready)
    _watch(ready, on_since=NOW - timedelta(minutes=3))
    past = ready_meeting(alice, zoom, title="Kick-off", hours=-48, contact=people[1])
    coming = _invite(meeting_of(alice, title="Contract", hours=5, contact=people[2], job={"due_at": NOW}))
    states: dict[str, dict[str, Any]] = {
        "unavailable": {"due_at": NOW + timedelta(hours=2), "problem": PROBLEM.UNAVAILABLE},
        "refused": {"problem": PROBLEM.REFUSED, "detail": "300: The meeting's name is too long."},
        "gone": {"problem": PROBLEM.GONE},
        "scope": {"problem": PROBLEM.SCOPE_MISSING},
    }
    for number, (name, job) in enumerate(states.items()):
        meeting = meeting_of(
            alice, title=f"Quarterly talk {number + 1}", hours=26 + 3 * number, job=job, contact=people[3]
        )
        world.name(**{f"meeting_{name}": meeting})
    _changed_there(world, alice, zoom, people[1])
    linkless = meeting_of(alice, title="Lunch", provider="", hours=75, contact=people[4])
    in_person = meeting_of(
        alice, title="A walk through the new workshop", provider="jitsi", hours=100, contact=people[4]
    )
    cancelled = ready_meeting(alice, jitsi, title="Called off", hours=52, contact=people[0])
    _invite(cancelled)
    scheduling.note_wish(owner=alice, meeting_id=coming.pk, words="An hour later, if you can.")
    scheduling.cancel(owner=alice, meeting_id=cancelled.pk)
    world.name(meeting=ready, meeting_past=past, meeting_coming=coming, meeting_linkless=linkless)
    world.name(meeting_jitsi=in_person, meeting_cancelled=cancelled)
    weekly = schedule_series(
        alice, people[1], title="Weekly report", times=4, starts_at=NOW + timedelta(days=21, hours=1)
    )
    scheduling.cancel(owner=alice, meeting_id=weekly[2].pk)
    world.name(series=str(weekly[0].series_id), meeting_in_series=weekly[0])
    for name, meeting in {"ready": ready, "coming": coming, "cancelled": cancelled}.items():
        world.name(**{f"client_{name}": Invitation.objects.get(meeting=meeting).token})
    lost = connect_zoom(troubled, state=ProviderAccount.State.NEEDS_RECONNECT)
    waiting = meeting_of(troubled, title="Waits for Zoom", hours=30, job={"due_at": None})
    world.name(meeting_lost=waiting, connection=zoom, connection_jitsi=jitsi, connection_lost=lost)


def _changed_there(world: World, alice: Owner, zoom: Connection, contact: Contact) -> None:
    """One that was moved at Zoom, and one that was renamed there."""
    moved = _invite(ready_meeting(alice, zoom, title="Moved at Zoom", hours=29, contact=contact))
    renamed = _invite(ready_meeting(alice, zoom, title="Renamed at Zoom", hours=31, contact=contact))
    _watch(moved, found=there.Standing.of(moved).with_({"starts_at": moved.starts_at + timedelta(hours=2)}).row)
    _watch(renamed, found=there.Standing.of(renamed).with_({"title": "Weekly"}).row)
    world.name(meeting_changed=moved, meeting_renamed=renamed)


def _watch(meeting: Meeting, **known: Any) -> None:
    Watch.objects.create(provider_meeting=meeting.provider_meetings.get(state="current"), **known)


def _invite(meeting: Meeting) -> Meeting:
    inviting.invite(meeting)
    return meeting


def _types(world: World, alice: Owner) -> None:
    about = "I plan houses and gardens.\nAsk me anything."
    booking_settings.change(owner=alice, is_page_on=True, about=about, colour="#1b6e43")
    booking_settings.change(owner=alice, is_bot_on=True, embeds_on=["https://shop.example"])
    first = types.own(alice)[0]
    second = types.add(alice, name="Consultation", description="An hour about your plans.", lengths=[30, 60])
    hidden = types.add(alice, name="Site visit", lengths=[90])
    world.name(type=first, type_second=second, type_hidden=hidden, slug=second.slug, public="alice-archer")


def _people(world: World, alice: Owner) -> None:
    """A meeting with seats, one of which was given back, and one to which guests were named."""
    workshop = types.add(alice, name="Workshop", description="Bring your questions.", lengths=[60], seats=4)
    lunch = types.add(alice, name="Lunch", lengths=[60], guests=3)
    at = [one.starts_at for one in availability.next_free(alice, after=NOW + timedelta(days=8), limit=9, minutes=60)]
    seats = []
    for name in ("Mia", "Noor", "Ole", "Pia"):
        mine = wish(name=name, email=f"{name.lower()}@client.example", starts_at=at[0], meeting_type=workshop)
        seats.append(bookings.book(alice, mine, request_key=f"looks {name}", is_address_confirmed=name != "Ole"))
    actions.cancel(seats[3], reason="A cold")
    named = ("quinn@guest.example", "rita@guest.example")
    booked = bookings.book(
        alice,
        wish(name="Sam", email="sam@client.example", starts_at=at[4], meeting_type=lunch, guests=named),
        request_key="looks Sam",
        is_address_confirmed=True,
    )
    board = types.add(alice, name="Board", lengths=[60], needs_approval=True)
    asks = wish(name="Tess", email="tess@client.example", starts_at=at[8], meeting_type=board, note="About the plan.")
    asked = bookings.book(alice, asks, request_key="looks Tess", is_address_confirmed=True)
    spent = single_use.make(alice, board.pk)
    single_use.withdraw(alice, spent.pk)
    opened = single_use.make(alice, board.pk)
    world.ids |= {"type_once": str(board.pk), "once": opened.token, "once_spent": spent.token}
    world.name(meeting_requested=asked.meeting)
    world.ids |= {"client_requested": asked.token, "slug_approval": board.slug}
    guest = guests.of(booked.meeting)[0]
    world.name(meeting_group=seats[0].meeting, meeting_guests=booked.meeting)
    world.ids |= {"seat": seats[0].token, "seat_left": seats[3].token, "client_guest": guest.token}
    world.ids |= {"named": booked.token, "slug_guests": lunch.slug, "slug_group": workshop.slug}
    world.ids |= {"at_guests": f"{at[6]:%Y-%m-%dT%H:%MZ}", "at_group": f"{at[0]:%Y-%m-%dT%H:%MZ}"}


def _calendars(world: World, alice: Owner, troubled: Owner) -> None:
    work = calendar_of(alice, "Work", read_at=NOW, covers_until=NOW + timedelta(days=90))
    for hours in (3, 27, 51):
        busy_in(work, NOW + timedelta(hours=hours), uid=f"busy-{hours}")
    calendar_of(troubled, "Old", trouble=Calendar.Trouble.UNREACHABLE)
    account = CalendarAccount(owner=alice, source=CalDav.slug, url="https://dav.example/alice/", user_name="alice")
    account.found = [
        {"url": f"https://dav.example/alice/{name}/", "name": name, "can_write": True, "zone": BERLIN}
        for name in ("Home", "Choir")
    ]
    account.password = account.seal("password", "secret")
    account.save(force_insert=True)
    world.name(calendar=work, calendar_account=account)
    _entries(world, work)


def _entries(world: World, calendar: Calendar) -> None:
    """What their owner did to meetings in a calendar that takes them, and one that could not be entered."""
    Calendar.objects.filter(pk=calendar.pk).update(takes_meetings=True)
    people = list(Contact.objects.filter(owner=calendar.owner, archived_at=None))
    moved = Standing("place", "1", starts_at=NOW + timedelta(hours=149), ends_at=NOW + timedelta(hours=150))
    states: dict[str, dict[str, Any]] = {
        "gone": {"found": {"there": None, "instead_of": None}},
        "moved": {"found": {"there": standing.kept(moved), "instead_of": None}},
        "problem": {"problem": Calendar.Trouble.UNREACHABLE},
    }
    for number, (name, state) in enumerate(states.items()):
        meeting = meeting_of(calendar.owner, title=f"Coaching {number + 1}", hours=147 + number, contact=people[1])
        CalendarEntry.objects.create(meeting=meeting, calendar=calendar, **state)
        world.name(**{f"meeting_entry_{name}": meeting})


def _programs(world: World, alice: Owner) -> None:
    token, _secret = tokens.make(owner=alice, name="n8n", scopes=[Scope.READ])
    endpoint = endpoints.add(owner=alice, url="https://hooks.example/okey", events=EventType.values)
    failed = events.note_for(endpoint, EventType.MEETING_SCHEDULED, {})
    Delivery.objects.filter(pk=failed.pk).update(due_at=None)
    world.name(endpoint=endpoint, delivery=failed, token=token)


def _conversations(world: World, alice: Owner) -> None:
    booked = Talk(alice)
    booked.say("Meeting", "The soonest", "the first one", "Priya Raman", "priya@client.example", "yes")
    waits = Talk(alice)
    waits.say("my name is Omar", "can I talk to a human?")
    offered = Talk(alice)
    offered.say("Meeting", "tomorrow afternoon")
    world.name(conversation=booked.conversation, conversation_waits=waits.conversation)
    world.name(talk=offered.conversation.token, talk_booked=booked.conversation.token)


def _bookings(world: World, alice: Owner) -> None:
    at, taken = NOW + timedelta(days=6, hours=2), NOW + timedelta(days=1, hours=2)
    asked = confirming.ask(alice, wish(starts_at=at, email="new@client.example"), request_key="looks")
    invitation = Invitation.objects.get(token=world.ids["client_ready"])
    world.name(
        unconfirmed=signing.dumps(asked.pk.hex, salt=confirming.SALT),
        unasked=unasked.url("invitation", invitation.pk, "amara@client.example").rstrip("/").rpartition("/")[2],
        free=f"{at:%Y-%m-%dT%H:%MZ}",
        taken=f"{taken:%Y-%m-%dT%H:%MZ}",
    )


def _attempts(world: World, alice: Owner) -> None:
    world.name(attempt=authorization.begin(alice, "zoom"))
    for outcome in (AuthorizationAttempt.Outcome.SCOPE_MISSING, AuthorizationAttempt.Outcome.DECLINED):
        over = authorization.begin(alice, "zoom")
        AuthorizationAttempt.objects.filter(pk=over.pk).update(
            status=AuthorizationAttempt.Status.FAILED, outcome=outcome
        )
        world.name(**{f"attempt_{outcome}": over})


def _asking_app(world: World, browser: Client) -> None:
    app = App(browser)
    app.sign_in()
    world.name(grant=Grant.objects.get())
    world.ids["oauth"] = "&".join(f"{name}={value}" for name, value in app.parameters().items())


def _mails(world: World) -> None:
    """The invitation to the meeting that is ready, as its client gets it."""
    inviting.work(Invitation.objects.get(token=world.ids["client_ready"]).pk)
    kept = reader.folder()
    assert kept is not None
    world.name(mail=reader.newest(kept, limit=1)[0].key)
