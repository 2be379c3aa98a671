"""Imports contacts from an uploaded file: first a preview with a verdict a line, then all good lines at once."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from okey.contacts import announcements, tagging
from okey.contacts.editing import hold_address_book
from okey.contacts.models import Contact, ContactImport, MergedContact
from okey.contacts.reading import Line, ReadFile
from okey.owners.models import Owner

Outcome = Literal["new", "there", "error"]


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field of a line; the field is "" where it is the line as a whole."""

    field: str
    words: str


@dataclass(frozen=True)
class Verdict:
    """What becomes of one line."""

    line: int
    outcome: Outcome
    contact: Contact
    problems: list[Problem] = field(default_factory=list)
    #: Why a line that is already there is skipped.
    words: str = ""
    tags: list[str] = field(default_factory=list)


class ImportExpired(Exception):
    """The upload waited too long for its confirmation."""


class AlreadyImported(Exception):
    """The upload was confirmed before."""


def keep_upload(*, owner: Owner, file_name: str, read: ReadFile) -> ContactImport:
    """Keep what was read until the owner confirms; for a day, if nobody does (okey.contacts.models: old_imports)."""
    return ContactImport.objects.create(
        owner=owner,
        file_name=file_name[:255],
        lines=[asdict(line) for line in read.lines],
        encoding=read.encoding,
        ignored_columns=read.ignored_columns,
    )


def verdicts(upload: ContactImport) -> list[Verdict]:
    """What would become of each line if the upload were confirmed now."""
    own = Contact.objects.of(upload.owner).order_by().values_list("email", "archived_at")
    merged = MergedContact.objects.filter(contact__owner=upload.owner).order_by()
    rows = own.union(merged.values_list("email", "contact__archived_at"), all=True)
    addresses = {email.lower(): archived_at is not None for email, archived_at in rows}
    first_seen: dict[str, int] = {}
    return [_verdict(Line(**line), upload.owner, addresses, first_seen) for line in upload.lines]


@transaction.atomic
def confirm_import(*, upload: ContactImport) -> int:
    """Import every good line, each looked at anew, or nothing. Returns how many.

    Raises AlreadyImported, ImportExpired.
    """
    if upload.is_expired:
        raise ImportExpired
    first = ContactImport.objects.filter(pk=upload.pk, done_at=None).update(done_at=timezone.now())
    if not first:
        raise AlreadyImported
    hold_address_book(upload.owner)
    found = verdicts(upload)
    new = [verdict for verdict in found if verdict.outcome == "new"]
    contacts = Contact.objects.bulk_create((verdict.contact for verdict in new), batch_size=500)
    tagging.tag_new(upload.owner, {verdict.contact: verdict.tags for verdict in new})
    announcements.created(contacts)
    # What is imported has served its purpose; what was left out can be had for as long as the upload is kept.
    others = {verdict.line for verdict in found if verdict.outcome != "new"}
    left_out = [line for line in upload.lines if line["number"] in others]
    ContactImport.objects.filter(pk=upload.pk).update(imported_count=len(contacts), lines=left_out)
    return len(contacts)


def _verdict(line: Line, owner: Owner, addresses: dict[str, bool], first_seen: dict[str, int]) -> Verdict:
    contact = _contact(line, owner)
    problems = list(_problems(line, contact))
    tags: list[str] = []
    try:
        tags = tagging.names_in(line.cells.get("tags", "").replace(";", ",").replace(":::", ","))
    except ValidationError as error:
        problems.append(Problem(_("tags"), " ".join(error.messages)))
    if problems:
        return Verdict(line.number, "error", contact, problems)
    address = contact.email.lower()
    if address in addresses:
        words = _("Already there, in your archive: skipped.") if addresses[address] else _("Already there: skipped.")
        return Verdict(line.number, "there", contact, words=words)
    if address in first_seen:
        words = _("Same e-mail address as line %(line)d: skipped.") % {"line": first_seen[address]}
        return Verdict(line.number, "there", contact, words=words)
    first_seen[address] = line.number
    return Verdict(line.number, "new", contact, tags=tags)


def _contact(line: Line, owner: Owner) -> Contact:
    cells = line.cells
    first_and_last = f"{cells.get('first_name', '')} {cells.get('last_name', '')}".strip()
    return Contact(
        owner=owner,
        name=cells.get("name", "") or first_and_last,
        email=cells.get("email", ""),
        phone=cells.get("phone", ""),
        company=cells.get("company", ""),
        timezone=_zones().get(_zone_key(cells.get("timezone", ""))),
        notes=cells.get("notes", ""),
    )


def _problems(line: Line, contact: Contact) -> Iterable[Problem]:
    if line.surplus:
        words = ngettext(
            "Has %(count)d more field than there are columns; text with a comma belongs in quotation marks",
            "Has %(count)d more fields than there are columns; text with a comma belongs in quotation marks",
            line.surplus,
        )
        yield Problem("", words % {"count": line.surplus})
    zone = line.cells.get("timezone", "")
    if zone and contact.timezone is None:
        words = _("“%(zone)s” is not a time zone; write one like Europe/Berlin.") % {"zone": zone[:60]}
        yield Problem(_label("timezone"), words)
    broken = [name for name in ("name", "email", "phone", "company") if "\n" in getattr(contact, name)]
    for name in broken:
        yield Problem(_label(name), _("runs over several lines; is a quotation mark missing?"))
    try:
        # The owner is ours and would cost a query; the zone was looked up above.
        contact.clean_fields(exclude={"owner", "timezone", *broken})
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield Problem(_label(name), " ".join(messages))


def _label(name: str) -> str:
    """What people call the field."""
    return str(next(field.verbose_name for field in Contact._meta.concrete_fields if field.name == name))


@cache
def _zones() -> dict[str, ZoneInfo]:
    """The time zones by name, however its letters and spaces are typed; and by their city alone."""
    zone_field: Any = Contact._meta.get_field("timezone")  # timezone_field has no types
    names = {str(zone): zone for zone, _words in zone_field.choices}
    # But for those that are called by their difference, with the sign turned round.
    cities = {_zone_key(name.rpartition("/")[2]): zone for name, zone in names.items() if not name.startswith("Etc/")}
    return cities | {_zone_key(name): zone for name, zone in names.items()}


def _zone_key(text: str) -> str:
    return text.strip().lower().replace(" ", "_")
