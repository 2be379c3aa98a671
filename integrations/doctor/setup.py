"""The settings, the addresses and the keys. What would be insecure has refused to start before."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import parseaddr

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import CharField, Count, F, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.doctor.findings import Finding, bad, ok, warning
from okey.lib.sealing import ANY_ROW, KEY_ID_LENGTH, CannotOpen, SealedModel, key_id
from okey.owners import second_factor

ADDRESSES = ("ADMIN_EMAIL", "SUPPORT_EMAIL", "DEFAULT_FROM_EMAIL")
#: So many sealed values of each column are opened at a look.
SAMPLE = 50
#: Which every client's page names.
A_STATIC_FILE = "css/client.css"
SENDING_BACKEND = "okey.mails.smtp.Backend"


def version() -> Iterator[Finding]:
    yield ok(_("Version"), f"O-Key {settings.OKEY_VERSION}")


def mode() -> Iterator[Finding]:
    subject = _("Mode")
    if settings.DEBUG:
        yield warning(subject, _("DEBUG is on."), _("Fine for development. Set DEBUG=0 where others use O-Key."))
    else:
        yield ok(subject, _("Production (DEBUG is off)."))


def static_files() -> Iterator[Finding]:
    """Pages fail where their stylesheets were never collected."""
    subject = _("Static files")
    try:
        staticfiles_storage.url(A_STATIC_FILE)
    except ValueError:
        todo = _("Run manage.py collectstatic, and restart the web process.")
        yield bad(subject, _("They were not collected: no page can be shown."), todo)
    else:
        yield ok(subject, _("Collected."))


def addresses() -> Iterator[Finding]:
    subject = _("Address")
    if settings.IS_HTTPS:
        yield ok(subject, settings.OKEY_BASE_URL)
    else:
        todo = _("Meeting providers send people back to https only. Set OKEY_BASE_URL to an https address.")
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
    """Counts by the key that sealed them; opens some of each table, others on each look."""
    return _keys(SAMPLE)


def every_key() -> Iterator[Finding]:
    return _keys(None)


def _keys(sample: int | None) -> Iterator[Finding]:
    subject, found = _("Encryption keys"), _Sealed()
    for model in apps.get_models():
        if issubclass(model, SealedModel):
            for name in model.sealed_names():
                found.add(model, name, sample)
    found.add_second_factors()
    if found.lost:
        text = ngettext("%(count)d sealed value does not open.", "%(count)d sealed values do not open.", found.lost)
        todo = _("Put the missing key behind the others in OKEY_ENCRYPTION_KEYS; without it, owners must reconnect.")
        yield bad(subject, text % {"count": found.lost}, todo)
    if found.old:
        text = ngettext("%(count)d value has an older key.", "%(count)d values have an older key.", found.old)
        yield warning(subject, text % {"count": found.old}, _("Run manage.py reseal_tokens before the older key goes."))
    if not found.lost and not found.old:
        yield ok(subject, found.words)


@dataclass
class _Sealed:
    """What is known of the sealed values. `lost`: of no key that is here, or tried in vain."""

    count: int = 0
    tried: int = 0
    old: int = 0
    lost: int = 0

    @property
    def words(self) -> str:
        if self.tried == self.count:
            text = ngettext("%(count)d sealed value, and it opens.", "%(count)d sealed values, all open.", self.count)
        else:
            text = _("%(count)d sealed values; %(tried)d were tried, and open. okey_doctor --all tries every one.")
        return text % {"count": self.count, "tried": self.tried}

    def add(self, model: type[SealedModel], name: str, sample: int | None) -> None:
        newest, *older = (key_id(key) for key in settings.OKEY_ENCRYPTION_KEYS)
        sealed = model._default_manager.exclude(**{name: None}).order_by()
        by_key = Substr(F(name), 1, KEY_ID_LENGTH, output_field=CharField())
        for key, count in sealed.annotate(by_key=by_key).values_list("by_key").annotate(Count("pk")):
            self.count += count
            if key in older:
                self.old += count
            elif key != newest:
                self.lost += count
        known = sealed.annotate(by_key=by_key).filter(by_key__in=[newest, *older])
        failed = self._try(known.only("pk", name), name, sample)
        self.lost += len(failed)
        self.old -= sum(not getattr(row, name).is_newest for row in failed)

    def add_second_factors(self) -> None:
        """Few, and each is tried: an owner whose app cannot be read does not get in."""
        for _row, sealed in second_factor.sealed_values():
            self.count += 1
            self.tried += 1
            try:
                sealed.open(row=ANY_ROW)
            except CannotOpen:
                self.lost += 1
            else:
                self.old += not sealed.is_newest

    def _try(self, known: "QuerySet[SealedModel]", name: str, sample: int | None) -> list[SealedModel]:
        """Those that do not open."""
        rows: Iterable[SealedModel] = known.iterator(chunk_size=200)
        if sample is not None:
            some = uuid.uuid4()  # keys are random, so what follows any of them is a sample
            beyond = list(known.filter(pk__gte=some).order_by("pk")[:sample])
            rows = [*beyond, *known.filter(pk__lt=some).order_by("pk")[: sample - len(beyond)]]
        failed = []
        for row in rows:
            self.tried += 1
            if not _opens(row, name):
                failed.append(row)
        return failed


def _opens(row: SealedModel, name: str) -> bool:
    try:
        row.opened(name)
    except CannotOpen:
        return False
    return True
