"""A copy of all that O-Key holds of an owner: JSON of each table, CSV of what people want, and their calendar."""

import io
import json
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from meetings.invitations import calendars, words
from meetings.models import Invitation, Meeting
from meetings.personal.stored import TABLES
from meetings.personal.table import Table
from okey.contacts.models import Contact
from okey.lib import sheets
from okey.mails.models import Mail
from okey.owners.models import Owner

#: What is larger lies in a file that goes with the answer.
IN_MEMORY = 4 * 1024 * 1024
ROWS = 500


def exported(owner: Owner) -> IO[bytes]:
    """A ZIP, at its beginning."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the answer closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as folder:
        for table in TABLES:
            if table.owner and (table.personal or table.other):
                _json(folder, table.file_name, _rows(table, owner))
        _json(folder, "mails_mail", _mails(owner))
        _json(folder, "integrations_provideraccount", _accounts(owner))
        _csv(folder, "contacts.csv", _contacts(owner))
        _csv(folder, "meetings.csv", _meetings(owner))
        folder.writestr("meetings.ics", _calendar(owner))
    file.seek(0)
    return file


def _columns(table: Table) -> list[str]:
    return [*table.personal.split(), *table.other.split()]


def _rows(table: Table, owner: Owner) -> Iterator[dict[str, Any]]:
    value = owner.pk if table.owner == "pk" else owner
    rows = table.model._default_manager.filter(**{table.owner: value}).order_by("pk")
    return _values(rows, _columns(table))


def _mails(owner: Owner) -> Iterator[dict[str, Any]]:
    """To the owner, and to clients about their meetings."""
    columns = ["to", "subject", "text", "created_at", "sent_at"]
    kept = Mail.objects.filter(is_secret=False)
    return _values((kept.filter(to__iexact=owner.email) | kept.filter(account=str(owner.pk))).order_by("pk"), columns)


def _accounts(owner: Owner) -> Iterator[dict[str, Any]]:
    """That the owner's connections use or used."""
    table = next(one for one in TABLES if one.label == "integrations.ProviderAccount")
    rows = table.model._default_manager.filter(connections__owner=owner).distinct().order_by("pk")
    return _values(rows, _columns(table))


def _values(rows: Any, columns: list[str]) -> Iterator[dict[str, Any]]:
    found: Iterator[dict[str, Any]] = rows.values(*columns).iterator(chunk_size=ROWS)
    return found


def _json(folder: zipfile.ZipFile, name: str, rows: Iterable[dict[str, Any]]) -> None:
    """A list, row by row: an owner may have a great many."""
    with folder.open(f"data/{name}.json", "w") as raw, io.TextIOWrapper(raw, "utf-8") as file:
        file.write("[")
        for number, row in enumerate(rows):
            file.write(",\n" if number else "\n")
            json.dump(row, file, cls=_Encoder, ensure_ascii=False)
        file.write("\n]\n")


class _Encoder(DjangoJSONEncoder):
    """Zones, and bytes in Base64, too."""

    def default(self, o: Any) -> Any:
        if isinstance(o, bytes | memoryview):
            return b64encode(o).decode()
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def _csv(folder: zipfile.ZipFile, name: str, rows: Iterable[list[Any]]) -> None:
    with folder.open(name, "w") as raw, io.TextIOWrapper(raw, "utf-8", newline="") as file:
        file.writelines(sheets.lines(rows))


def _contacts(owner: Owner) -> Iterator[list[Any]]:
    yield [_("Name"), _("E-mail"), _("Phone"), _("Company"), _("Time zone"), _("Notes"), _("Archived")]
    for one in Contact.objects.of(owner).order_by("pk").iterator(chunk_size=ROWS):
        yield [one.name, one.email, one.phone, one.company, one.zone_name, one.notes, one.archived_at]


def _meetings(owner: Owner) -> Iterator[list[Any]]:
    yield [_("Title"), _("With"), _("E-mail"), _("Starts (UTC)"), _("Minutes"), _("Cancelled"), _("Join link")]
    mine = Meeting.objects.filter(owner=owner).select_related("contact").order_by("starts_at", "pk")
    for one in mine.iterator(chunk_size=ROWS):
        starts = f"{one.starts_at:%Y-%m-%d %H:%M}"
        cancelled = one.cancelled_at or ""
        yield [one.title, one.contact.name, one.contact.email, starts, one.minutes, cancelled, one.join_url]


def _calendar(owner: Owner) -> bytes:
    """All meetings that were made known to somebody."""
    invitations = Invitation.objects.select_related("contact")
    mine = Meeting.objects.filter(owner=owner).prefetch_related(Prefetch("invitations", invitations))
    entries = []
    for meeting in mine.order_by("starts_at", "pk").iterator(chunk_size=ROWS):
        meeting.owner = owner
        for invitation in meeting.invitations.all():
            if invitation.contact_id == meeting.contact_id:
                invitation.meeting = meeting
                entries.append(words.owners_entry(invitation))
    organizer = calendars.Person(calendars.plain(owner.name), owner.email)
    return calendars.publication(entries, organizer=organizer)
