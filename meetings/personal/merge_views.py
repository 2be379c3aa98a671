"""The page on which two contacts become one. The rules are in meetings.merging."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from meetings import merging
from okey.contacts.doubles import likely_doubles
from okey.contacts.models import Contact
from okey.lib.pages import LongPaginator
from okey.owners.http import OwnerRequest

PAGE_SIZE = 25
SEARCH_LENGTH = 200


@require_http_methods(["GET", "POST"])
@login_required
def contact_merge(request: OwnerRequest, contact_id: UUID) -> HttpResponse:
    """Which other contact is the same person; then both side by side, and the end of one of them."""
    if (now := merging.merged_into(request.user, contact_id)) is not None:
        return redirect(now)  # the second click, where the first has done it
    contact = get_object_or_404(Contact.objects.of(request.user), pk=contact_id)
    if "with" not in request.GET:
        return _choose(request, contact)
    other_id = _id(request.GET["with"])
    if merging.merged_into(request.user, other_id) == contact:
        return redirect(contact)
    other = get_object_or_404(Contact.objects.of(request.user).exclude(pk=contact.pk), pk=other_id)
    stays = {str(one.pk): one for one in (contact, other)}.get(request.POST.get("stays", ""))
    if stays is None:  # not chosen yet, and it cannot be undone
        both = merging.meetings_of_both(contact, other)
        context = {"contact": contact, "two": [contact, other], "both": both}
        status = 422 if request.method == "POST" else 200
        return render(request, "meetings/personal/merge.html", context, status=status)
    gone = contact if stays == other else other
    try:
        merging.merge(owner=request.user, contact_id=gone.pk, into_id=stays.pk)
    except Contact.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("%(name)s is one contact now.") % {"name": stays.name})
    return redirect(stays)


def _choose(request: OwnerRequest, contact: Contact) -> HttpResponse:
    """The likely ones, until the owner searches among all."""
    search = request.GET.get("q", "").strip()[:SEARCH_LENGTH]
    others = Contact.objects.of(request.user).exclude(pk=contact.pk)
    found = others.search(search) if search else likely_doubles(contact)
    page = LongPaginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    query = urlencode({"q": search} if search else {})
    context = {"contact": contact, "page": page, "search": search, "query": query}
    return render(request, "meetings/personal/merge_choose.html", context)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
