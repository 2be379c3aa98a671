"""*Test connection*: one question to the vendor that changes nothing there, and in words what came of it."""

from typing import Any

from django.utils.translation import gettext as _

from integrations import connections, registry, resting
from integrations.access import access, heeding, renew_refused
from integrations.models import Connection
from integrations.providers.base import Challenged, Identity, Misconfigured, Outcome, ReconnectNeeded, Refused
from integrations.refreshing import Busy, NotLive
from integrations.words import Said
from okey.lib.sealing import CannotOpen
from okey.limits import limits
from okey.owners.models import Owner

#: Of one owner, at all vendors together.
TESTS, SECONDS = 10, 600


def check(*, owner: Owner, connection_id: Any) -> Said:
    """Raises Connection.DoesNotExist where it is not theirs, ended, or without anybody who could be asked."""
    mine = Connection.objects.active().select_related("account", "owner")
    connection = mine.get(pk=connection_id, owner=owner, account__isnull=False)
    name = connections.provider_name(connection.provider)
    if not limits.hit("connection tests", str(owner.pk), limit=TESTS, seconds=SECONDS).allowed:
        return Said("warn", _("You have tested often. Wait a few minutes, then test again."))
    if resting.rests_until(connection) is not None:
        return _no_answer(name)
    try:
        identity = _identity(connection)
    except (ReconnectNeeded, Challenged, NotLive, CannotOpen):
        return Said("bad", _("%(name)s does not let O-Key in.") % {"name": name}, _("Reconnect it below."))
    except (Misconfigured, Refused):
        title = _("%(name)s answers, and refuses what O-Key asks.") % {"name": name}
        return Said("bad", title, _("Tell your administrator if this goes on."))
    except (Outcome, Busy):
        return _no_answer(name)
    return _answered(connection, name, identity)


def _identity(connection: Connection) -> Identity:
    """Once more with a new token where the one that looked fresh is refused."""
    vendor = registry.vendor_of(connection.provider)
    opened = access(connection.pk)
    try:
        with heeding(opened):
            return vendor.identify(opened.token)
    except ReconnectNeeded:
        renew_refused(opened)
        opened = access(connection.pk)
    with heeding(opened):
        return vendor.identify(opened.token)


def _answered(connection: Connection, name: str, identity: Identity) -> Said:
    connection = Connection.objects.select_related("account").get(pk=connection.pk)  # a new token may allow less
    if not connections.can_make_links(connection):
        title = _("%(name)s answers, and does not allow meetings to be created.") % {"name": name}
        return Said("bad", title, _("Reconnect it below, and leave every permission ticked."))
    if not identity.may_host:
        return Said("bad", _("%(name)s answers: this account may not hold meetings.") % {"name": name})
    account = identity.email or identity.display_name or str(connection.account)
    return Said("good", _("%(name)s answers, as %(account)s. All is well.") % {"name": name, "account": account})


def _no_answer(name: str) -> Said:
    title = _("%(name)s does not answer at the moment.") % {"name": name}
    return Said("warn", title, _("There is nothing for you to do: O-Key goes on asking for the links that it owes."))
