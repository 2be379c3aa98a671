"""The pages of a CSV import: upload, preview, confirm. The rules are in okey.contacts.importing."""

import csv
import io
from typing import get_args
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from okey.contacts import importing
from okey.contacts.forms import ImportForm
from okey.contacts.models import ContactImport
from okey.lib import sheets
from okey.owners.http import OwnerRequest

PAGE_SIZE = 50
TEMPLATE_ROWS = (
    ("Name", "E-mail", "Phone", "Company", "Time zone", "Tags", "Notes"),
    ("Ada Lovelace", "ada@example.com", "+44 20 7946 0000", "Analytical Engines", "Europe/London", "customer", ""),
)
#: Of the columns that an upload may have, as they are written in a file that can be imported.
HEADS = {
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "company": "Company",
    "timezone": "Time zone",
    "tags": "Tags",
    "notes": "Notes",
}


@require_http_methods(["GET", "POST"])
@login_required
def contact_import(request: OwnerRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_valid():
        upload = importing.keep_upload(owner=request.user, file_name=form.file_name, read=form.cleaned_data["file"])
        return redirect("contact_import_preview", upload.pk)
    return render(request, "contacts/import.html", {"form": form})


@require_safe
@login_required
def contact_import_preview(request: OwnerRequest, import_id: UUID) -> HttpResponse:
    upload = _mine(request, import_id)
    if upload.done_at or upload.is_expired:
        return _turned_away(request, upload)
    verdicts = importing.verdicts(upload)
    show = request.GET.get("show", "")
    if show not in get_args(importing.Outcome):
        show = ""
    shown = [verdict for verdict in verdicts if show in ("", verdict.outcome)]
    context = {
        "upload": upload,
        "page": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
        "show": show,
        "query": urlencode({"show": show}) if show else "",
        "counts": {
            outcome: sum(verdict.outcome == outcome for verdict in verdicts) for outcome in ("new", "there", "error")
        },
        "total": len(verdicts),
    }
    return render(request, "contacts/import_preview.html", context)


@require_POST
@login_required
def contact_import_confirm(request: OwnerRequest, import_id: UUID) -> HttpResponse:
    upload = _mine(request, import_id)
    try:
        count = importing.confirm_import(upload=upload)
    except (importing.AlreadyImported, importing.ImportExpired):
        upload.refresh_from_db()
        return _turned_away(request, upload)
    words = ngettext("%(count)d contact imported.", "%(count)d contacts imported.", count)
    messages.success(request, words % {"count": count})
    upload.refresh_from_db()
    return redirect("contact_import_left_out", upload.pk) if upload.lines else redirect("contacts")


@require_safe
@login_required
def contact_import_left_out(request: OwnerRequest, import_id: UUID) -> HttpResponse:
    """What an import left out, line by line, and why."""
    upload = _mine(request, import_id)
    if not upload.done_at or upload.is_expired:
        return _turned_away(request, upload)
    page = Paginator(importing.verdicts(upload), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "contacts/import_left_out.html", {"upload": upload, "page": page})


@require_safe
@login_required
def contact_import_left_out_file(request: OwnerRequest, import_id: UUID) -> HttpResponse:
    """The same as a file: to be put right and imported."""
    upload = _mine(request, import_id)
    if not upload.done_at or upload.is_expired:
        return _turned_away(request, upload)
    names = {column: label for column, label in HEADS.items() if any(column in line["cells"] for line in upload.lines)}
    rows = [[line["cells"].get(column, "") for column in names] for line in upload.lines]
    response = HttpResponse("".join(sheets.lines([names.values(), *rows])), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="left-out.csv"'
    return response


@require_safe
@login_required
def contact_import_template(request: OwnerRequest) -> HttpResponse:  # noqa: ARG001 -- a view
    """A file to fill in."""
    text = io.StringIO()
    csv.writer(text).writerows(TEMPLATE_ROWS)
    # The byte-order mark tells spreadsheet programs that it is UTF-8.
    response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="contacts.csv"'
    return response


def _mine(request: OwnerRequest, import_id: UUID) -> ContactImport:
    """The signed-in owner's upload; anybody else's is not found."""
    uploads = ContactImport.objects.of(request.user).select_related("owner")
    return get_object_or_404(uploads, pk=import_id)


def _turned_away(request: OwnerRequest, upload: ContactImport) -> HttpResponse:
    if upload.done_at:
        messages.info(request, _("This file has been imported already; nothing was imported twice."))
        return redirect("contacts")
    messages.warning(request, _("This upload is more than a day old. Please upload the file again."))
    return redirect("contact_import")
