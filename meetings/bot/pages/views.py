"""Owners read what was said with their bot, answer, mark it as done, and let a messenger in."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meetings.booking import settings as booking_settings
from meetings.bot import conversations, escalation, messenger_keys
from meetings.bot.models import Conversation
from meetings.models import Meeting
from okey.lib.pages import LongPaginator
from okey.owners import shown_once
from okey.owners.http import OwnerRequest
from okey.owners.signed_in_lately import signed_in_lately_to_post

PAGE_SIZE = 30
#: By this name a new secret is shown once.
MADE = "messenger_key"


@require_safe
@login_required
def conversation_list(request: OwnerRequest) -> HttpResponse:
    show = "all" if request.GET.get("show") == "all" else "waiting"
    found = conversations.of(request.user) if show == "all" else conversations.waiting(request.user)
    page = LongPaginator(conversations.with_last_words(found), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "show": show, "kept_days": settings.OKEY_KEEP_CONVERSATIONS_DAYS}
    return render(request, "meetings/bot/conversations.html", context)


@require_safe
@login_required
def conversation_page(request: OwnerRequest, conversation_id: UUID) -> HttpResponse:
    conversation = _mine(request, conversation_id)
    known = {"name": conversation.client_name, "email": conversation.client_email}
    context = {
        "conversation": conversation,
        "add_url": f"{reverse('contact_new')}?{urlencode(known)}",
        "said": conversations.messages_of(conversation),
        "booked": Meeting.objects.filter(
            owner=request.user, invitations__token__in=conversation.invitation_tokens
        ).order_by("starts_at"),
        "answer_max": escalation.ANSWER_MAX,
    }
    return render(request, "meetings/bot/conversation.html", context)


@require_POST
@login_required
def conversation_done(request: OwnerRequest, conversation_id: UUID) -> HttpResponse:
    escalation.mark_done(_mine(request, conversation_id))
    messages.success(request, _("Marked as done."))
    return redirect("conversation", conversation_id)


@require_POST
@login_required
def conversation_answer(request: OwnerRequest, conversation_id: UUID) -> HttpResponse:
    conversation = _mine(request, conversation_id)
    text = request.POST.get("text", "").replace("\0", "").strip()[: escalation.ANSWER_MAX]
    if text:
        if escalation.answer(conversation, text).mail_id:
            words = _("Answer sent, and mailed to %(email)s.")
            messages.success(request, words % {"email": conversation.client_email})
        else:
            messages.success(request, _("Answer sent."))
    return redirect("conversation", conversation_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_lately_to_post
def messenger_key(request: OwnerRequest) -> HttpResponse:
    """Where a messenger sends to, and once, after it was made, the secret that it signs with."""
    if request.method == "POST":
        if "remove" in request.POST:
            messenger_keys.remove(request.user)
            shown_once.forget(request, MADE)
            messages.success(request, _("Messengers are not let in any more."))
        else:
            shown_once.keep(request, MADE, messenger_keys.replace(request.user))
        return redirect("messenger_key")
    booking = booking_settings.of(request.user)
    context = {
        "booking": booking,
        "url": conversations.messenger_url(booking),
        "key": messenger_keys.of(request.user),
        "secret": shown_once.take(request, MADE),
    }
    return render(request, "meetings/bot/messenger.html", context)


def _mine(request: OwnerRequest, conversation_id: UUID) -> Conversation:
    found = conversations.of(request.user).filter(pk=conversation_id).first()
    if found is None:
        raise Http404
    return found
