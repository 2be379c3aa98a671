"""The pages about contacts. The rules are in okey.contacts.editing."""

from copy import copy
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from okey.contacts.doubles import likely_doubles
from okey.contacts.editing import AddressTaken, add_contact, archive_contact, change_contact, restore_contact
from okey.contacts.forms import ContactForm, NoteForm
from okey.contacts.models import TAG_MAX, Contact, ContactNote, ContactQuerySet, Tag
from okey.lib import sheets
from okey.lib.pages import LongPaginator
from okey.owners.http import OwnerRequest
from okey.owners.models import Owner

PAGE_SIZE = 25
SEARCH_LENGTH = 200
#: Above the list, in their order; by its address a list of any other is there as well.
TAGS_SHOWN = 40
NOTES_SHOWN = 10
DOUBLES_SHOWN = 3
EXPORTED_AT_ONCE = 500
#: Of what a link says of somebody new.
KNOWN_MAX = 254


class Asked(NamedTuple):
    """Which contacts the address of a list names."""

    is_archived: bool
    search: str
    tag: str

    @classmethod
    def by(cls, request: OwnerRequest) -> "Asked":
        search, tag = (request.GET.get(name, "").strip() for name in ("q", "tag"))
        return cls(request.GET.get("status") == "archived", search[:SEARCH_LENGTH], tag[:TAG_MAX])

    def of(self, owner: Owner) -> ContactQuerySet:
        mine = Contact.objects.of(owner)
        found = mine.archived() if self.is_archived else mine.active()
        return (found.tagged(self.tag) if self.tag else found).search(self.search)


@require_safe
@login_required
def contact_list(request: OwnerRequest) -> HttpResponse:
    asked = Asked.by(request)
    page = LongPaginator(asked.of(request.user).with_tags(), PAGE_SIZE).get_page(request.GET.get("page"))
    parameters = {"status": "archived" if asked.is_archived else "", "q": asked.search, "tag": asked.tag}
    context = {
        "page": page,
        "search": asked.search,
        "archived": asked.is_archived,
        "tag": asked.tag,
        "tags": Tag.objects.filter(owner=request.user)[:TAGS_SHOWN],
        "query": urlencode({name: value for name, value in parameters.items() if value}),
    }
    # A search as one types wants the results only; going back in history wants the page.
    only_results = request.htmx and not request.htmx.history_restore_request
    template = "contacts/parts/results.html" if only_results else "contacts/list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@login_required
def contact_export(request: OwnerRequest) -> StreamingHttpResponse:
    """What the list shows, all pages of it, as a file that can be imported again."""
    rows = Asked.by(request).of(request.user).with_tags().iterator(chunk_size=EXPORTED_AT_ONCE)
    head = [_("Name"), _("E-mail"), _("Phone"), _("Company"), _("Time zone"), _("Tags"), _("Notes")]
    cells = ([one.name, one.email, one.phone, one.company, *_more(one)] for one in rows)
    response = StreamingHttpResponse(sheets.lines(chain([head], cells)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="contacts.csv"'
    return response


def _more(contact: Contact) -> list[str]:
    return [str(contact.timezone or ""), ", ".join(contact.tag_names), contact.notes]


@require_safe
@login_required
def contact_page(request: OwnerRequest, contact_id: UUID) -> HttpResponse:
    """By the ID of one that was merged, it leads to the one that it is now."""
    mine = Contact.objects.of(request.user)
    contact = mine.filter(pk=contact_id).first()
    if contact is None:
        return redirect(get_object_or_404(mine, merged=contact_id))
    return _page(request, contact, NoteForm())


def _page(request: OwnerRequest, contact: Contact, form: NoteForm, status: int = 200) -> HttpResponse:
    most = None if request.GET.get("notes") == "all" else NOTES_SHOWN
    notes = list(contact.notes_over_time.all()[: most + 1 if most else None])
    context = {
        "contact": contact,
        "form": form,
        "notes": notes[:most],
        "doubles": likely_doubles(contact)[:DOUBLES_SHOWN],
        "has_more_notes": bool(most) and len(notes) > NOTES_SHOWN,
    }
    return render(request, "contacts/contact.html", context, status=status)


@require_POST
@login_required
def contact_note_add(request: OwnerRequest, contact_id: UUID) -> HttpResponse:
    contact = _mine(request, contact_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, contact, form, status=422)
    ContactNote.objects.create(contact=contact, text=form.cleaned_data["text"])
    return redirect(f"{contact.get_absolute_url()}#notes")


@require_http_methods(["GET", "POST"])
@login_required
def contact_note_edit(request: OwnerRequest, contact_id: UUID, note_id: int) -> HttpResponse:
    """Change it, or by the button *Delete* take it away."""
    contact = _mine(request, contact_id)
    note = get_object_or_404(ContactNote, pk=note_id, contact=contact)
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"text": note.text})
    if "delete" in request.POST:
        note.delete()
        messages.success(request, _("The note is deleted."))
        return redirect(f"{contact.get_absolute_url()}#notes")
    if form.is_valid():
        ContactNote.objects.filter(pk=note.pk).update(text=form.cleaned_data["text"])
        return redirect(f"{contact.get_absolute_url()}#notes")
    return render(request, "contacts/note.html", {"contact": contact, "note": note, "form": form})


@require_http_methods(["GET", "POST"])
@login_required
def contact_new(request: OwnerRequest) -> HttpResponse:
    """`name`, `email`: what is known of them already, by a link that leads here."""
    known = {name: request.GET.get(name, "")[:KNOWN_MAX] for name in ("name", "email")}
    form = ContactForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid():
        try:
            contact = add_contact(owner=request.user, **form.cleaned_data)
        except AddressTaken as taken:
            form.refuse(taken)
        else:
            messages.success(request, _("%(name)s is in your contacts.") % {"name": contact.name})
            return redirect(contact)
    return render(request, "contacts/form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@login_required
def contact_edit(request: OwnerRequest, contact_id: UUID) -> HttpResponse:
    contact = _mine(request, contact_id)
    # An instance of its own: the form writes what was typed on it, and the page's title is what is stored.
    form = ContactForm(request.POST if request.method == "POST" else None, instance=copy(contact))
    if form.is_valid():
        try:
            change_contact(contact=contact, **form.cleaned_data)
        except AddressTaken as taken:
            form.refuse(taken)
        else:
            messages.success(request, _("Saved."))
            return redirect(contact)
    return render(request, "contacts/form.html", {"form": form, "contact": contact})


@require_http_methods(["GET", "POST"])
@login_required
def contact_archive(request: OwnerRequest, contact_id: UUID) -> HttpResponse:
    contact = _mine(request, contact_id)
    if request.method == "GET":
        return render(request, "contacts/archive.html", {"contact": contact})
    archive_contact(contact=contact)
    messages.success(request, _("%(name)s is in your archive.") % {"name": contact.name})
    return redirect("contacts")


@require_POST
@login_required
def contact_restore(request: OwnerRequest, contact_id: UUID) -> HttpResponse:
    contact = _mine(request, contact_id)
    restore_contact(contact=contact)
    messages.success(request, _("%(name)s is back in your contacts.") % {"name": contact.name})
    return redirect(contact)


def _mine(request: OwnerRequest, contact_id: UUID) -> Contact:
    """The signed-in owner's contact; anybody else's is not found."""
    return get_object_or_404(Contact.objects.of(request.user), pk=contact_id)
