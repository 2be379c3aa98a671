"""The settings, the addresses and the keys. What would be insecure has refused to start before."""

from collections.abc import Iterator
from email.utils import parseaddr

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.doctor.findings import Finding, bad, ok, warning
from okey.lib.sealing import CannotOpen, SealedModel

ADDRESSES = ("ADMIN_EMAIL", "SUPPORT_EMAIL", "DEFAULT_FROM_EMAIL")
SENDING_BACKEND = "okey.mails.smtp.Backend"


def mode() -> Iterator[Finding]:
    subject = _("Mode")
    if settings.DEBUG:
        yield warning(subject, _("DEBUG is on."), _("Fine for development. Set DEBUG=0 where others use O-Key."))
    else:
        yield ok(subject, _("Production (DEBUG is off)."))


def addresses() -> Iterator[Finding]:
    subject = _("Address")
    if settings.IS_HTTPS:
        yield ok(subject, settings.OKEY_BASE_URL)
    else:
        todo = _("The real Zoom sends people back to https only. Set OKEY_BASE_URL to an https address.")
        yield warning(subject, _("%(url)s is not https.") % {"url": settings.OKEY_BASE_URL}, todo)


def mails_are_sent() -> Iterator[Finding]:
    subject = _("Mail settings")
    wrong = [name for name in ADDRESSES if not _is_address(getattr(settings, name))]
    if wrong:
        names = ", ".join(wrong)
        yield bad(subject, _("%(names)s: no e-mail address.") % {"names": names}, _("Set it in the environment."))
    elif settings.EMAIL_BACKEND != SENDING_BACKEND:
        todo = _("Set EMAIL_URL to a mail server, like smtp+tls://user:password@host:587.")
        yield warning(subject, _("Mails are kept on this machine, nobody receives them."), todo)
    else:
        yield ok(subject, _("Mails go out through %(host)s.") % {"host": settings.EMAIL_HOST})


def _is_address(text: str) -> bool:
    try:
        validate_email(parseaddr(text)[1])
    except ValidationError:
        return False
    return True


def keys() -> Iterator[Finding]:
    subject = _("Encryption keys")
    sealed = list(_sealed_values())
    lost = sum(not opens for opens, _is_newest in sealed)
    old = sum(opens and not is_newest for opens, is_newest in sealed)
    if lost:
        text = ngettext("%(count)d sealed value does not open.", "%(count)d sealed values do not open.", lost)
        todo = _("Put the missing key behind the others in OKEY_ENCRYPTION_KEYS; without it, owners must reconnect.")
        yield bad(subject, text % {"count": lost}, todo)
    if old:
        text = ngettext("%(count)d value has an older key.", "%(count)d values have an older key.", old)
        yield warning(subject, text % {"count": old}, _("Run manage.py reseal_tokens before the older key goes."))
    if not lost and not old:
        text = ngettext("%(count)d sealed value, and it opens.", "%(count)d sealed values, all open.", len(sealed))
        yield ok(subject, text % {"count": len(sealed)})


def _sealed_values() -> Iterator[tuple[bool, bool]]:
    """For each: whether it opens, and whether the newest key sealed it."""
    sealed = [model for model in apps.get_models() if issubclass(model, SealedModel)]
    for model, name in [(one, name) for one in sealed for name in one.sealed_names()]:
        rows = model._default_manager.exclude(**{name: None}).only("pk", name)
        for row in rows.iterator(chunk_size=200):
            yield _opens(row, name), getattr(row, name).is_newest


def _opens(row: SealedModel, name: str) -> bool:
    try:
        row.opened(name)
    except CannotOpen:
        return False
    return True
