"""The address of an endpoint, as an owner enters it. Where it may lead: okey/lib/opened_hosts.py."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from okey.lib.opened_hosts import Wrong, wrong_with
from okey.webhooks.models import Endpoint


def checked(url: str) -> str:
    """The address as it is kept. Raises ValidationError({"url": …})."""
    url = url.strip()
    if len(url) > Endpoint.URL_MAX:
        raise ValidationError({"url": _("This address is longer than %(max)d characters.") % {"max": Endpoint.URL_MAX}})
    if wrong := wrong_with(url):
        raise ValidationError({"url": _words(wrong)})
    return url


def _words(wrong: Wrong) -> str:
    return {
        Wrong.HAS_USER: _("Leave the user name and password out of the address. Messages are signed instead."),
        Wrong.NOT_HTTPS: _("Enter an address that begins with https://"),
        Wrong.NO_ADDRESS: _("This is not an address like https://example.com/hooks."),
        Wrong.PRIVATE: _(
            "This is an address within a private network. O-Key sends to the open internet, and to what your "
            "administrator opens (OKEY_WEBHOOK_HOSTS)."
        ),
    }[wrong]
