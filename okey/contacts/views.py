"""The pages about contacts. The rules are in okey.contacts.editing."""

from copy import copy
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from okey.contacts.editing import AddressTaken, add_contact, archive_contact, change_contact, restore_contact
from okey.contacts.forms import ContactForm
from okey.contacts.models import Contact
from okey.lib.pages import LongPaginator
from okey.owners.http import OwnerRequest

PAGE_SIZE = 25
SEARCH_LENGTH = 200


@require_safe
@login_required
def contact_list(request: OwnerRequest) -> HttpResponse:
    archived = request.GET.get("status") == "archived"
    search = request.GET.get("q", "").strip()[:SEARCH_LENGTH]
    mine = Contact.objects.of(request.user)
    found = (mine.archived() if archived else mine.active()).search(search)
    page = LongPaginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    parameters = {"status": "archived" if archived else "", "q": search}
    context = {
        "page": page,
        "search": search,
        "archived": archived,
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
def contact_page(request: OwnerRequest, contact_id: UUID) -> HttpResponse:
    return render(request, "contacts/contact.html", {"contact": _mine(request, contact_id)})


@require_http_methods(["GET", "POST"])
@login_required
def contact_new(request: OwnerRequest) -> HttpResponse:
    form = ContactForm(request.POST if request.method == "POST" else None)
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
