"""The request that a view behind sign-in gets."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from okey.owners.models import Owner


class OwnerRequest(HttpRequest):
    """For annotations only: a request whose user is an owner, as `login_required` sees to."""

    user: Owner
    htmx: HtmxDetails
