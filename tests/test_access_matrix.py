"""Who may see and do what: every address that there is, tried by everybody. A new one fails until it has a row.

The REST API has a test of its own for tokens and scopes (tests/api/test_access.py); here it is shown that a session
opens nothing of it.
"""

import copy
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django_mcpz.oauth.models import Client as OAuthClient

from integrations.calendars.models import Calendar, CalendarAccount
from meetings.models import Invitation, Meeting
from meetings.types import editing as types
from okey.api import tokens
from okey.api.models import Grant
from okey.contacts.models import Contact, ContactImport, ContactNote
from okey.lib.sealing import seal
from okey.owners import support
from okey.owners.models import Owner
from tests.api.things import things_of
from tests.conftest import PASSWORD, password_just_entered

#: Apps of which a mere visit writes rows.
OF_ANY_VISIT = {"sessions", "usersessions"}

#: For everybody, signed in or not.
PUBLIC = """
health/live health/ready health/ favicon.ico zones/ styleguide/ privacy/stored/ api/v1/problems metrics
accounts/organisation/ accounts/organisation/back/
accounts/login/ accounts/logout/ accounts/inactive/ accounts/signup/ accounts/confirm-email/
accounts/password/reset/ accounts/password/reset/done/ accounts/password/reset/key/done/ accounts/password/set/
accounts/2fa/authenticate/ accounts/2fa/webauthn/login/ accounts/2fa/ accounts/2fa/webauthn/
admin/logout/ oauth/token oauth/revoke oauth/register .well-known/oauth-authorization-server
^\\.well-known/oauth-protected-resource(?P<path>/.*)?$
integrations/zoom/webhook/ integrations/<slug:provider>/callback/ integrations/<slug:provider>/approved/
integrations/<slug:provider>/app/<slug:how>/ integrations/<slug:provider>/unknown/
integrations/<slug:provider>/start/ integrations/attempts/<uuid:attempt_id>/returned/ api/v1/openapi.json api/v1/docs
language/ manifest.webmanifest service-worker.js offline/ help/ privacy/ terms/ support/ zoomverify/verifyzoom.html
google<slug:code>.html embed.js colours/<slug:colour>.css
"""
#: Whoever has the address has the thing: it holds a key that cannot be guessed. With another one there is nothing.
BY_KEY = """
accounts/^confirm-email/(?P<key>[-:\\w]+)/$
accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$
mails/<str:key>/ mails/<str:key>/html/ mails/<str:key>/invite.ics
integrations/<slug:service>/push/<uuid:subscription_id>/
m/<str:token>/ m/<str:token>/state/ m/<str:token>/join/ m/<str:token>/meeting.ics m/<str:token>/cancel/
m/<str:token>/ask/ m/<str:token>/move/ feeds/<str:token>.ics booking/<str:token>/ unasked/<str:token>/
once/<str:token>/ once/<str:token>/details/
book/<str:public_name>/ book/<str:public_name>/free-times/ book/<str:public_name>/details/
book/<str:public_name>/embed/ book/<str:public_name>/embed/details/
book/<str:public_name>/chat/ book/<str:public_name>/chat/about/ book/<str:public_name>/chat/<str:token>/
book/<str:public_name>/chat/<str:token>/news/ book/<str:public_name>/messenger/ book/<str:public_name>/<slug:slug>/
book/<str:public_name>/<slug:slug>/details/ book/<str:public_name>/picture/<slug:digest>.webp
book/<str:public_name>/<slug:slug>/embed/ book/<str:public_name>/<slug:slug>/embed/details/
book/<str:public_name>/<slug:slug>/free-times/
"""
#: An owner's own, of which each has one.
OWN = """
/ week/ settings/ settings/security/ settings/security/sessions/others/end/ settings/data/
settings/data/export/ settings/data/close/ settings/api-tokens/ oauth/authorize settings/calendars/
settings/calendars/entries/ settings/calendars/servers/connect/
settings/calendars/at/<slug:service>/ settings/calendars/at/<slug:service>/disconnect/ settings/webhooks/ mails/
contacts/ contacts/new/ contacts/contacts.csv contacts/import/ contacts/import/template.csv integrations/section/
integrations/<slug:provider>/connect/
integrations/<slug:provider>/link/ integrations/<slug:provider>/diary/ meetings/ meetings/new/
settings/meeting-times/ settings/meeting-times/hours/ settings/meeting-times/rules/ settings/meeting-times/dates/
settings/meeting-times/dates/forget/ conversations/ settings/messenger/ settings/feed/ settings/feed/switch/
settings/booking/ settings/booking/preview/ settings/booking/types/ settings/booking/types/new/
accounts/organisation/again/ accounts/organisation/connect/ accounts/organisation/disconnect/
accounts/reauthenticate/ accounts/email/ accounts/password/change/
accounts/2fa/reauthenticate/ accounts/2fa/totp/activate/ accounts/2fa/totp/deactivate/ accounts/2fa/recovery-codes/
accounts/2fa/recovery-codes/generate/ accounts/2fa/recovery-codes/download/ accounts/2fa/webauthn/add/
accounts/2fa/webauthn/reauthenticate/
"""
#: An owner's things, by ID: another owner's are not there.
THINGS = """
contacts/<uuid:contact_id>/ contacts/<uuid:contact_id>/edit/ contacts/<uuid:contact_id>/archive/
contacts/<uuid:contact_id>/restore/ contacts/<uuid:contact_id>/erase/ contacts/<uuid:contact_id>/merge/
contacts/<uuid:contact_id>/notes/
contacts/<uuid:contact_id>/notes/<int:note_id>/
contacts/import/<uuid:import_id>/left-out/ contacts/import/<uuid:import_id>/left-out.csv
contacts/import/<uuid:import_id>/ contacts/import/<uuid:import_id>/confirm/
meetings/series/<uuid:series_id>/
meetings/<uuid:meeting_id>/ meetings/<uuid:meeting_id>/link/ meetings/<uuid:meeting_id>/reschedule/
meetings/<uuid:meeting_id>/answer/ meetings/<uuid:meeting_id>/approve/ meetings/<uuid:meeting_id>/cancel/
meetings/<uuid:meeting_id>/retry/
meetings/<uuid:meeting_id>/new-link/ meetings/<uuid:meeting_id>/add-link/ meetings/<uuid:meeting_id>/entry/follow/
meetings/<uuid:meeting_id>/entry/put-back/ meetings/<uuid:meeting_id>/there/follow/
meetings/<uuid:meeting_id>/there/keep/ meetings/<uuid:meeting_id>/invitation/send/
meetings/<uuid:meeting_id>/invitation/close/ meetings/<uuid:meeting_id>/invitation/renew/
meetings/<uuid:meeting_id>/guests/<uuid:invitation_id>/remove/
conversations/<uuid:conversation_id>/ conversations/<uuid:conversation_id>/done/
conversations/<uuid:conversation_id>/answer/
settings/webhooks/<uuid:endpoint_id>/ settings/webhooks/<uuid:endpoint_id>/edit/
settings/webhooks/<uuid:endpoint_id>/remove/ settings/webhooks/<uuid:endpoint_id>/switch/
settings/webhooks/<uuid:endpoint_id>/rotate/ settings/webhooks/<uuid:endpoint_id>/test/
settings/webhooks/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/replay/
settings/booking/types/<uuid:type_id>/ settings/booking/types/<uuid:type_id>/hours/
settings/booking/types/<uuid:type_id>/links/ settings/booking/types/<uuid:type_id>/links/<uuid:link_id>/withdraw/
settings/booking/types/<uuid:type_id>/switch/ settings/booking/types/<uuid:type_id>/up/
settings/security/sessions/<int:session_id>/end/ settings/api-tokens/<uuid:token_id>/revoke/
settings/api-tokens/grants/<uuid:grant_id>/end/
settings/calendars/<uuid:calendar_id>/ settings/calendars/<uuid:calendar_id>/again/
settings/calendars/<uuid:calendar_id>/replace/ settings/calendars/<uuid:calendar_id>/remove/
settings/calendars/servers/<uuid:account_id>/ settings/calendars/servers/<uuid:account_id>/again/
settings/calendars/servers/<uuid:account_id>/password/ settings/calendars/servers/<uuid:account_id>/remove/
integrations/connections/<uuid:connection_id>/default/ integrations/connections/<uuid:connection_id>/lobby/
integrations/connections/<uuid:connection_id>/disconnect/ integrations/connections/<uuid:connection_id>/test/
integrations/attempts/<uuid:attempt_id>/ integrations/attempts/<uuid:attempt_id>/status/
integrations/attempts/<uuid:attempt_id>/over/ integrations/attempts/<uuid:attempt_id>/answer/
integrations/attempts/<uuid:attempt_id>/administrator/
integrations/attempts/<uuid:attempt_id>/app/
accounts/2fa/webauthn/keys/<int:pk>/remove/ accounts/2fa/webauthn/keys/<int:pk>/edit/
"""
#: Administrators'.
STAFF = """
integrations/doctor/
"""
ROWS = {
    address: kind
    for kind, addresses in {"public": PUBLIC, "key": BY_KEY, "own": OWN, "thing": THINGS, "staff": STAFF}.items()
    for address in addresses.split()
}
#: What stands in addresses in place of a name; all else in them is an ID.
NAMES = {"provider": "zoom", "service": "google", "how": "connected", "public_name": "nobody-here"}
HOLE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
NO_ID = {"int": "987654321", "uuid": str(uuid.uuid4()), "path": str(uuid.uuid4())}

#: What came of it. That an address wants the other method (405) says nothing of who asks.
SIGN_IN, ANSWERED, REFUSED, NOT_THERE, OTHER_METHOD = "sign in", "answered", "refused", "not there", "other method"
#: Each has something of this; what the page says to an empty form, or of what is not set up, is its own affair.
THEIRS = {ANSWERED, NOT_THERE}
NO_WAY = {REFUSED, NOT_THERE}
ANYTHING = {ANSWERED, REFUSED, NOT_THERE}
#: Parts of the admin want an administrator to sign in, whoever is there now.
NO_ADMIN = {SIGN_IN, REFUSED, NOT_THERE}
#: It may lead to the sign-in, in its course.
WHATEVER = {ANSWERED, REFUSED, NOT_THERE, SIGN_IN}
#: Who may what, by kind. Somebody new is a line here and in `visitor`.
EXPECTED: dict[str, dict[str, set[str]]] = {
    "anonymous": {
        "public": WHATEVER,
        "key": WHATEVER,
        "own": {SIGN_IN, NOT_THERE},
        "thing": {SIGN_IN, NOT_THERE},
        "staff": NO_ADMIN,
        "program": NO_WAY,
    },
    "owner": {
        "public": WHATEVER,
        "key": WHATEVER,
        "own": THEIRS,
        "thing": THEIRS,
        "staff": NO_ADMIN,
        "program": NO_WAY,
    },
    "another owner": {"own": THEIRS, "thing": {NOT_THERE}},
    "owner without access": {"own": ANYTHING, "thing": ANYTHING},
    "administrator": {
        "public": WHATEVER,
        "key": WHATEVER,
        "own": THEIRS,
        "thing": {NOT_THERE},
        "staff": ANYTHING,
        "program": NO_WAY,
    },
    "support": {"own": ANYTHING, "thing": {NOT_THERE}, "staff": {ANSWERED, REFUSED, NOT_THERE, SIGN_IN}},
}
#: Kinds of which a visit changes no row, whoever else may.
CHANGES_NOTHING: dict[str, set[str]] = {
    "anonymous": {"key", "own", "thing", "staff", "program"},
    "owner": {"key", "staff", "program"},
    "another owner": {"thing"},
    "owner without access": set(),
    "administrator": {"key", "thing", "program"},
    "support": {"thing", "staff"},
}
#: What has nothing to do with whose things they are: tried by one owner for all.
FOR_ALL_OWNERS = {"public", "key", "staff", "program"}


def addresses(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, here)
        elif isinstance(entry, URLPattern):
            yield here or "/"


ALL = sorted(set(addresses()))


def kind_of(address: str) -> str | None:
    """The admin's and the programs' addresses come by themselves, and are all of one kind."""
    if address in ROWS:
        return ROWS[address]
    if address.startswith("admin/"):
        return "staff"
    return "program" if address.startswith(("api/v1/", "^mcp")) else None


def filled(address: str, ids: dict[str, str]) -> str:
    """The address with something in each of its holes."""
    plain = address.replace("(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)", "a1-wrong").replace("(?P<path>/.*)?", "")
    plain = plain.replace("(?P<key>[-:\\w]+)", "wrong").replace("/?$", "").replace("\\.", ".")
    plain = plain.replace("^", "").replace("$", "")
    return "/" + HOLE.sub(lambda hole: _put_into(hole, ids), plain).lstrip("/")


def _put_into(hole: re.Match[str], ids: dict[str, str]) -> str:
    name = hole["name"]
    return ids.get(name) or NAMES.get(name) or NO_ID.get(hole["kind"], "wrong")


def tried(visitor: Client, address: str, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    """By GET and by POST, of which nothing stays once the next is asked for: what came of it, and that in figures."""
    as_programs_do = {"content_type": "application/json"} if kind_of(address) == "program" else {}
    for method, more in (("get", {}), ("post", as_programs_do)):
        browser = Client(raise_request_exception=False)
        browser.cookies = copy.deepcopy(visitor.cookies)
        with transaction.atomic():
            response = getattr(browser, method)(filled(address, ids), **more)
            to = response.get("Location", "")
            if method == "get" and to.startswith("/meetings/"):
                response, to = browser.get(to), ""  # what only leads on is as good as what it leads to
            # A part of a page that finds nobody signed in has the page loaded anew, which then leads there.
            outcome = SIGN_IN if "HX-Refresh" in response else _outcome(response.status_code, to)
            if response.streaming:
                b"".join(response.streaming_content)  # to its end, which closes the file
            yield outcome, f"{method} {address}: {response.status_code} {to}"
            transaction.set_rollback(True)


def _outcome(status: int, to: str) -> str:
    if status == 302 and to.startswith(("/accounts/login/", "/admin/login/")):
        return SIGN_IN
    if status in {401, 403}:
        return REFUSED
    # 503: something outside, the broker say, is not there.
    return {404: NOT_THERE, 405: OTHER_METHOD}.get(status, ANSWERED if status < 500 or status == 503 else "fault")


@pytest.fixture
def ids(alice: Owner) -> dict[str, str]:
    """Of alice's things."""
    return {**things_of(alice), **{name: str(make(alice)) for name, make in MORE_THINGS.items()}}


def _calendar_server(owner: Owner) -> Any:
    key = uuid.uuid4()
    url = "https://calendar.example.com/"
    return CalendarAccount.objects.create(
        pk=key,
        owner=owner,
        source="caldav",
        url=url,
        user_name="a",
        password=seal(CalendarAccount, "password", "x", row=key),
    ).pk


def _calendar(owner: Owner) -> Any:
    key = uuid.uuid4()
    secret = seal(Calendar, "secret", "https://calendar.example.com/a.ics", row=key)
    return Calendar.objects.create(
        pk=key, owner=owner, source="ics", name="A", host="calendar.example.com", secret=secret
    ).pk


def _grant(owner: Owner) -> Any:
    app = OAuthClient.objects.create(client_id="an-app", kind="registered", name="An app", redirect_uris=[])
    now = timezone.now()
    return Grant.objects.create(owner=owner, client=app, name="An app", code_hash="x", expires_at=now).pk


def _guest(owner: Owner) -> Any:
    meeting = Meeting.objects.filter(owner=owner).earliest("created_at")
    guest = Contact.objects.create(owner=owner, name="A guest", email="guest@client.example")
    return Invitation.objects.create(meeting=meeting, contact=guest, email=guest.email, is_guest=True).pk


#: Of what the API has no ID.
MORE_THINGS: dict[str, Callable[[Owner], Any]] = {
    "account_id": _calendar_server,
    "calendar_id": _calendar,
    "grant_id": _grant,
    "import_id": lambda owner: ContactImport.objects.create(owner=owner, file_name="c.csv", lines=[]).pk,
    "note_id": lambda owner: ContactNote.objects.create(contact_id=things_of(owner)["contact_id"], text="A").pk,
    "invitation_id": _guest,
    "session_id": lambda owner: UserSession.objects.create(user=owner, session_key="x", ip="127.0.0.1").pk,
    "token_id": lambda owner: tokens.make(owner=owner, name="A", scopes=["read"])[0].pk,
    "type_id": lambda owner: types.own(owner)[0].pk,
}


@pytest.fixture
def visitor(request: pytest.FixtureRequest, who: str, alice: Owner) -> Client:
    if who == "owner without access":
        Owner.objects.filter(pk=alice.pk).update(meeting_providers_enabled=False)
    fixtures = {
        "anonymous": "client",
        "another owner": "charlie_client",
        "administrator": "admin_client",
        "support": "support_client",
    }
    found: Client = request.getfixturevalue(fixtures.get(who, "alice_client"))
    return found


@pytest.fixture
def support_client(client: Client) -> Client:
    support.make()
    supporter = Owner.objects.create_user("support@example.com", PASSWORD, name="Sue Support", is_staff=True)
    support.set_to(supporter, is_support=True)
    client.force_login(supporter)
    password_just_entered(client, supporter)
    return client


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert [one for one in ALL if kind_of(one) is None] == []
    assert sorted(set(ROWS) - set(ALL)) == []


def test_everybody_is_told_what_they_may() -> None:
    kinds = {kind_of(one) for one in ALL}
    assert all(kinds - FOR_ALL_OWNERS <= set(row) for row in EXPECTED.values())
    assert all(set(EXPECTED[who]) == kinds for who in ("anonymous", "owner", "administrator"))
    assert set(CHANGES_NOTHING) == set(EXPECTED)


def test_the_owner_has_one_of_each_thing(ids: dict[str, str]) -> None:
    wanted = {hole["name"] for one in THINGS.split() for hole in HOLE.finditer(one)}
    assert wanted - set(ids) == {"pk"}, "a passkey needs a device"


@pytest.mark.parametrize("who", EXPECTED)
def test_each_address_tried_by(ids: dict[str, str], visitor: Client, who: str) -> None:
    before, wrong = _count(), []
    for address in ALL:
        kind = kind_of(address)
        assert kind is not None
        expected = EXPECTED[who].get(kind)
        if expected is None:
            continue
        for outcome, figures in tried(visitor, address, {} if kind == "key" else ids):
            if outcome not in {*expected, OTHER_METHOD}:
                wrong.append(figures)
            elif kind in CHANGES_NOTHING[who] and _count() != before:
                wrong.append(f"{figures} and changed something")
    assert wrong == []


def test_an_owner_sees_their_things(alice_client: Client, ids: dict[str, str]) -> None:
    """That they are there for somebody is what shows that they are hidden from others."""
    there = [one for one in THINGS.split() if "<int:pk>" not in one]  # but for the passkey
    for address in there:
        assert {ANSWERED, OTHER_METHOD} & {outcome for outcome, _ in tried(alice_client, address, ids)}, address


def test_an_administrator_gets_the_lists(admin_client: Client) -> None:
    lists = [one for one in ALL if one.startswith("admin/") and one.count("/") == 3 and not {"<", "("} & set(one)]
    assert len(lists) > 10
    assert [one for one in (*lists, "integrations/doctor/") if admin_client.get(f"/{one}").status_code != 200] == []


def _count() -> dict[str, int]:
    """Rows of each table but those that any visit writes."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label not in OF_ANY_VISIT]
    one = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {connection.ops.quote_name(name)}" for name in tables)  # noqa: S608 -- its own names
    with connection.cursor() as cursor:
        cursor.execute(one)
        return dict(cursor.fetchall())
