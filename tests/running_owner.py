"""What owners of a running stack do beside a test: connect Zoom, let clients book, make an API token."""

from tests.processes import Stack

BEGIN = """
from integrations import authorization
from okey.owners.models import Owner
print(authorization.url_of(authorization.begin(Owner.objects.get(email={email!r}), "zoom")))
"""
RETURN = """
from urllib.parse import parse_qs, urlsplit
from integrations import authorization
from okey.owners.models import Owner
owner = Owner.objects.get(email={email!r})
query = {{name: values[0] for name, values in parse_qs(urlsplit({back!r}).query).items()}}
attempt = authorization.receive("zoom", state=query["state"], code=query["code"], error="", visitor=owner)
print(authorization.proceed(attempt.pk).outcome)
"""
BOOKABLE = """
from meetings.booking import settings as booking_settings
from okey.owners.models import Owner
owner = Owner.objects.create_user({email!r}, name={name!r}, timezone="Europe/Berlin")
print(booking_settings.change(owner=owner, is_page_on=True).public_name)
"""
TOKEN = """
from okey.api import tokens
from okey.owners.models import Owner
print(tokens.make(owner=Owner.objects.get(email={email!r}), name="Test", scopes={scopes!r})[1])
"""


def last_line(stack: Stack, code: str) -> str:
    """What the code, run with the stack's settings, printed last."""
    return stack.manage("shell", "-c", code).strip().splitlines()[-1]


def connect_zoom(stack: Stack, *, email: str = "", user: str = "jill") -> str:
    """By way of the consent page, as this Zoom user; the demo owner, or the one with this address. The outcome."""
    email = email or stack.owner_email
    url = last_line(stack, BEGIN.format(email=email))
    back = stack.zoom.approve(url, user=user)
    return last_line(stack, RETURN.format(email=email, back=back))


def make_bookable(stack: Stack, *, email: str, name: str, user: str) -> str:
    """A new owner in Berlin whose default is Zoom, as this Zoom user. The path of their booking page."""
    public_name = last_line(stack, BOOKABLE.format(email=email, name=name))
    assert connect_zoom(stack, email=email, user=user) == "connected"
    return f"/book/{public_name}/"


def make_token(stack: Stack, *scopes: str) -> str:
    """An API token's secret."""
    return last_line(stack, TOKEN.format(email=stack.owner_email, scopes=list(scopes)))
