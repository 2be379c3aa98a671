"""The pages of an owner's calendar servers. The rules are in integrations.calendars.servers."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from integrations.calendars import servers
from integrations.calendars.forms import ChoiceForm, PasswordForm, ServerForm
from integrations.calendars.models import CalendarAccount
from okey.lib.sealing import CannotOpen
from okey.owners.http import OwnerRequest
from okey.owners.signed_in_lately import signed_in_lately


@sensitive_post_parameters("password")
@sensitive_variables("form")
@require_http_methods(["GET", "POST"])
@login_required
def connect(request: OwnerRequest) -> HttpResponse:
    """The server is asked while the owner waits: a wrong password is said at once."""
    form = ServerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            account = servers.connect(owner=request.user, **form.cleaned_data)
        except ValidationError as error:
            _say(form, error)
        else:
            messages.success(request, _("Connected. Now choose which calendars count."))
            return redirect("calendar_server", account_id=account.pk)
    return render(request, "integrations/calendars/server_connect.html", {"form": form})


@require_http_methods(["GET", "POST"])
@login_required
def server(request: OwnerRequest, account_id: UUID) -> HttpResponse:
    """Which of its calendars count."""
    account = _mine(request, account_id)
    form = ChoiceForm(account, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            servers.choose(owner=request.user, account_id=account_id, urls=form.cleaned_data["urls"])
        except ValidationError as error:
            _say(form, error)
        else:
            messages.success(request, _("Saved. O-Key reads what is new; that may take a minute."))
            return redirect("calendars")
    return _page(request, account, form=form)


@require_POST
@login_required
def again(request: OwnerRequest, account_id: UUID) -> HttpResponse:
    """The list of calendars, as it is there now."""
    account = _mine(request, account_id)
    try:
        servers.look_again(owner=request.user, account_id=account_id)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except CannotOpen:
        messages.error(request, _("O-Key could not open the password that it keeps: enter it anew."))
    else:
        messages.success(request, _("These are the calendars that are there now."))
    return redirect("calendar_server", account_id=account.pk)


@sensitive_post_parameters("password")
@sensitive_variables("form")
@require_POST
@login_required
def password(request: OwnerRequest, account_id: UUID) -> HttpResponse:
    account = _mine(request, account_id)
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            servers.renew(owner=request.user, account_id=account_id, password=form.cleaned_data["password"])
        except ValidationError as error:
            _say(form, error)
        else:
            messages.success(request, _("Saved. O-Key reads the calendars with it now."))
            return redirect("calendar_server", account_id=account.pk)
    return _page(request, account, password_form=form)


@require_POST
@signed_in_lately
def remove(request: OwnerRequest, account_id: UUID) -> HttpResponse:
    _mine(request, account_id)
    servers.disconnect(owner=request.user, account_id=account_id)
    messages.success(
        request, _("Disconnected. O-Key has forgotten the password; its calendars take no times any more.")
    )
    return redirect("calendars")


def _mine(request: OwnerRequest, account_id: UUID) -> CalendarAccount:
    return get_object_or_404(CalendarAccount.objects.defer("password"), pk=account_id, owner=request.user)


def _page(
    request: OwnerRequest,
    account: CalendarAccount,
    *,
    form: ChoiceForm | None = None,
    password_form: PasswordForm | None = None,
) -> HttpResponse:
    shown = {
        "account": account,
        "form": form or ChoiceForm(account),
        "password_form": password_form or PasswordForm(),
        "is_refused": account.calendars.filter(trouble="password").exists(),
    }
    return render(request, "integrations/calendars/server.html", shown)


def _say(form: Form, error: ValidationError) -> None:
    """At its field, or above the form where it has none like that."""
    for name, words in error.message_dict.items():
        form.add_error(name if name in form.fields else None, words)
