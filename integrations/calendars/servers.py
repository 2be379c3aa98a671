"""Calendar servers (CalDAV) are connected, looked at again and disconnected: by their owner, with an app password."""

from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.calendars.base import CannotRead, Why
from integrations.calendars.caldav import CalDav, discovery
from integrations.calendars.caldav.discovery import Home, NoBasicSignIn
from integrations.calendars.caldav.http import LeadsElsewhere
from integrations.calendars.choosing import MOST_CALENDARS, UNREAD
from integrations.calendars.models import Calendar, CalendarAccount
from okey.lib import claims
from okey.limits import limits
from okey.owners.models import Owner

#: A person waits for the page.
ASK_SECONDS = 15.0
#: Each asks a stranger's server: nobody tries passwords or ports by way of O-Key.
TRIES_AN_HOUR = 20
MOST_ACCOUNTS = 6

_WORDS: dict[Why, tuple[str, Promise]] = {
    Why.PASSWORD: (
        "password",
        gettext_lazy(
            "The server refuses this user name and password. iCloud, Fastmail and others want an app password: one "
            "that you make in your account’s own settings there, for O-Key alone."
        ),
    ),
    Why.NO_CALENDAR: (
        "server",
        gettext_lazy("O-Key found no calendars there. Look in your calendar’s settings for its CalDAV address."),
    ),
    Why.PRIVATE_ADDRESS: (
        "server",
        gettext_lazy("This name leads into a private network. O-Key asks there only what your administrator opens."),
    ),
    Why.NOT_ALLOWED: ("server", gettext_lazy("The server does not let this user see any calendars.")),
    Why.TOO_LARGE: ("server", gettext_lazy("The server’s answer is larger than any list of calendars.")),
    Why.REDIRECTED: ("server", gettext_lazy("The server leads on and on, or to where O-Key does not follow.")),
}


def connect(*, owner: Owner, server: str, user_name: str, password: str) -> CalendarAccount:
    """Sign in there and find the calendars; none counts before it is chosen. Raises ValidationError by field.

    Who is connected there already has a new password from then on.
    """
    home = _asked(owner, server, user_name, password)
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        mine = CalendarAccount.objects.filter(owner=owner)
        account = mine.filter(url=home.url, user_name=user_name).first()
        if account is None:
            if mine.count() >= MOST_ACCOUNTS:
                words = _("You have %(count)d calendar servers. Disconnect one first.") % {"count": MOST_ACCOUNTS}
                raise ValidationError({"server": words})
            account = CalendarAccount(owner=owner, source=CalDav.slug, url=home.url, user_name=user_name)
            account.save(force_insert=True)
        _keep(account, home, password)
    return account


def renew(*, owner: Owner, account_id: Any, password: str) -> None:
    """Another password; what it opens is read at once. Raises ValidationError, CalendarAccount.DoesNotExist."""
    account = CalendarAccount.objects.get(pk=account_id, owner=owner)
    home = _asked(owner, account.url, account.user_name, password)
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        _keep(CalendarAccount.objects.get(pk=account_id, owner=owner), home, password)


def look_again(*, owner: Owner, account_id: Any) -> None:
    """Which calendars are there now? Raises ValidationError, CalendarAccount.DoesNotExist, CannotOpen."""
    account = CalendarAccount.objects.get(pk=account_id, owner=owner)
    home = _asked(owner, account.url, account.user_name, account.opened("password"))
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        _keep(CalendarAccount.objects.get(pk=account_id, owner=owner), home)


def choose(*, owner: Owner, account_id: Any, urls: list[str]) -> None:
    """These count from now on, and no others of the account. Raises ValidationError, CalendarAccount.DoesNotExist."""
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        account = CalendarAccount.objects.get(pk=account_id, owner=owner)
        Calendar.objects.filter(account=account).exclude(url__in=urls).delete()
        has = set(Calendar.objects.filter(account=account).values_list("url", flat=True))
        new = [one for one in account.found if one["url"] in set(urls) - has]
        if Calendar.objects.filter(owner=owner).count() + len(new) > MOST_CALENDARS:
            words = _("O-Key reads %(count)d calendars at most, those at addresses included.")
            raise ValidationError({"urls": words % {"count": MOST_CALENDARS}})
        for found in new:
            _add(account, found)
        Calendar.wake_on_commit()


def disconnect(*, owner: Owner, account_id: Any) -> None:
    """With all of its calendars; the password is forgotten. Raises CalendarAccount.DoesNotExist."""
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        CalendarAccount.objects.get(pk=account_id, owner=owner).delete()


def _asked(owner: Owner, server: str, user_name: str, password: str) -> Home:
    """No transaction is open meanwhile."""
    if not limits.hit("calendar servers", str(owner.pk), limit=TRIES_AN_HOUR, seconds=3600).allowed:
        raise ValidationError({"server": _("That was often. Try again in an hour.")})
    try:
        return discovery.find(server, user_name, password, seconds=ASK_SECONDS)
    except ValueError:
        words = _(
            "O-Key cannot ask there. Enter a name like cloud.example.com, your e-mail address, or an address that "
            "begins with https://, on the open internet."
        )
        raise ValidationError({"server": words}) from None
    except CannotRead as error:
        raise _in_words(error) from None


def _in_words(error: CannotRead) -> ValidationError:
    if isinstance(error, LeadsElsewhere):
        words = _(
            "It leads on to %(host)s, and O-Key takes your password nowhere that you have not named. If that is where "
            "your calendars are, enter %(host)s as the server."
        )
        return ValidationError({"server": words % {"host": error.host}})
    if isinstance(error, NoBasicSignIn):
        words = _("The server takes no user name and password in the way that O-Key gives them (HTTP Basic).")
        return ValidationError({"server": words})
    name, said = _WORDS.get(error.why, ("server", gettext_lazy("No usable answer came from there. Try again later.")))
    return ValidationError({name: str(said)})


def _keep(account: CalendarAccount, home: Home, password: str = "") -> None:
    """What was found; a calendar that is gone from the list stays chosen, and says by itself that it is gone."""
    facts: dict[str, Any] = {"found": [asdict(one) for one in home.calendars], "addresses": "\n".join(home.addresses)}
    if password:
        facts["password"] = account.seal("password", password)
    CalendarAccount.objects.filter(pk=account.pk).update(**facts)
    calendars = Calendar.objects.filter(account=account)
    for found in home.calendars:
        facts = {"can_write": found.can_write, "own_zone": found.zone}
        calendars.filter(url=found.url).exclude(**facts).update(**facts, **UNREAD)
    if password:
        calendars.update(due_at=timezone.now(), attempts=0, **claims.given_up(Calendar))
    Calendar.wake_on_commit()


def _add(account: CalendarAccount, found: dict[str, Any]) -> None:
    Calendar.objects.create(
        owner_id=account.owner_id,
        source=account.source,
        account=account,
        url=found["url"],
        own_zone=found["zone"],
        can_write=found["can_write"],
        name=found["name"][: Calendar.NAME_MAX] or account.host[: Calendar.NAME_MAX],
        host=account.host,
        addresses=account.addresses,
        turn=str(account.owner_id),
        due_at=timezone.now(),
    )
