"""Owners, for administrators: who may sign in, and who may connect meeting providers."""

from smtplib import SMTPException
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django_object_actions import action

from okey.lib.admin_actions import ActingAdmin, Buttons, Deed
from okey.lib.large_lists import LargeListAdmin
from okey.lib.read_only_admin import ReadOnlyAdmin
from okey.owners import second_factor, support
from okey.owners.forms import OwnerAddForm, OwnerChangeForm
from okey.owners.models import Owner
from okey.owners.nobody import NOBODY
from okey.owners.organisation import entrance
from okey.owners.sign_in import send_welcome, vouch_for_email

admin.site.site_header = admin.site.site_title = _("O-Key administration")
admin.site.index_title = _("What O-Key holds")
admin.site.enable_nav_sidebar = False  # the index has the same few lists, and wide lists need the room

# Groups are not used, an address is the owner's own field, and who is signed in where and with what is theirs alone.
for _model in (EmailAddress, Group, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


def _nobody_completes(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- a view
    """No form here asks for it, and it would tell support what rows are called."""
    raise Http404


admin.site.autocomplete_view = _nobody_completes  # type: ignore[method-assign]
_all_urls = admin.site.get_urls


def _urls() -> list[Any]:
    """Without the way from a row to its page on the site: no list leads there, and it fails at what is no row's key."""
    return [one for one in _all_urls() if getattr(one, "name", "") != "view_on_site"]


admin.site.get_urls = _urls  # type: ignore[method-assign]


@admin.register(Owner)
class OwnerAdmin(ActingAdmin[Owner], Buttons, LargeListAdmin[Owner]):
    contents = {}
    list_display = ("email", "name", "meeting_providers_enabled", "is_active", "role", "last_login")
    list_filter = ("meeting_providers_enabled", "is_active", "is_staff", "last_login")
    search_fields = ("email", "name")
    search_help_text = _("Any part of the name or the e-mail address.")
    ordering = ("email",)
    form = OwnerChangeForm
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name", "timezone", "language")}),
        (_("Access"), {"fields": ("meeting_providers_enabled", "is_active", "is_staff", "is_support")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    look_fieldsets = (
        (None, {"fields": ("email", "name", "timezone", "language")}),
        (_("Access"), {"fields": ("meeting_providers_enabled", "is_active", "role")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "timezone", "meeting_providers_enabled")}),)
    change_actions = ("send_password_mail_again", "remove_second_factor", "part_from_organisation")
    actions = ("give_access", "withdraw_access")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Owner]:
        return super().get_queryset(request).exclude(pk=NOBODY)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Owner], search_term: str
    ) -> tuple[QuerySet[Owner], bool]:
        """By any part of name and address: people look for owners by their last names, and there are few enough."""
        for word in search_term.replace("\0", "").split():
            queryset = queryset.filter(Q(email__icontains=word) | Q(name__icontains=word))
        return queryset, False

    def get_form(self, request: HttpRequest, obj: Owner | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = OwnerAddForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Owner | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        if not self.has_change_permission(request, obj):
            return self.look_fieldsets
        return super().get_fieldsets(request, obj)

    @admin.action(description=_("Give meeting-provider access"), permissions=["act"])
    def give_access(self, request: HttpRequest, queryset: QuerySet[Owner]) -> HttpResponse | None:
        deed = Deed(
            name="give_access",
            question=_("Give meeting-provider access?"),
            consequence=_("They may connect Zoom and other meeting providers from now on."),
            button=_("Give access"),
            noted=_("Gave meeting-provider access."),
            do=lambda owner: _set_access(owner, is_given=True),
            names=_with_address,
        )
        return self.act(request, queryset, deed)

    @admin.action(description=_("Withdraw meeting-provider access"), permissions=["act"])
    def withdraw_access(self, request: HttpRequest, queryset: QuerySet[Owner]) -> HttpResponse | None:
        deed = Deed(
            name="withdraw_access",
            question=_("Withdraw meeting-provider access?"),
            consequence=_("O-Key makes no links for them any more. Links that they have go on working."),
            button=_("Withdraw access"),
            noted=_("Withdrew meeting-provider access."),
            do=lambda owner: _set_access(owner, is_given=False),
            names=_with_address,
        )
        return self.act(request, queryset, deed)

    @admin.display(description=_("role"))
    def role(self, owner: Owner) -> str:
        if owner.is_superuser:
            return str(_("administrator"))
        return str(_("support")) if owner.is_staff else "—"

    def has_delete_permission(self, request: HttpRequest, obj: Owner | None = None) -> bool:
        """Switched off rather than deleted: their contacts and meetings stay, and no grant is left behind unrevoked."""
        return False

    def save_model(self, request: HttpRequest, obj: Owner, form: Any, change: bool) -> None:
        # Single permissions are not handed out here: one tick is all rights, the other one those of support.
        obj.is_superuser = obj.is_staff
        obj.is_staff = obj.is_staff or bool(form.cleaned_data.get("is_support"))
        if not change:
            obj.set_unusable_password()
            # Not before the owner is committed: a link to nobody would be worse than no mail.
            transaction.on_commit(lambda: self._send(request, obj))
        super().save_model(request, obj, form, change)
        support.set_to(obj, is_support=bool(form.cleaned_data.get("is_support")))
        vouch_for_email(obj)

    @action(
        label=_("Send the set-password mail again"),
        description=_("Mails the owner a new link to set the password"),
        methods=("POST",),
        button_type="form",
    )
    def send_password_mail_again(self, request: HttpRequest, obj: Owner) -> None:
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        self._send(request, obj)

    @action(
        label=_("Remove the second factor"),
        description=_("For an owner who has lost it: they sign in with the password alone, and are mailed that"),
        methods=("POST",),
        button_type="form",
    )
    def remove_second_factor(self, request: HttpRequest, obj: Owner) -> None:
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        if second_factor.remove_all(obj, by=str(request.user)):
            self.log_change(request, obj, _("Removed the second factor."))
            self.message_user(request, _("The second factor is removed, and the owner is mailed that."))
        else:
            self.message_user(request, _("There is no second factor."))

    @action(
        label=_("Disconnect from the organisation"),
        description=_("For an owner whom the organisation’s sign-in shall let in no more: asks first"),
        methods=("POST",),
        button_type="form",
    )
    def part_from_organisation(self, request: HttpRequest, obj: Owner) -> HttpResponse | None:
        if not self.has_act_permission(request):
            raise PermissionDenied
        return self.act(request, [obj], PART)

    def _send(self, request: HttpRequest, owner: Owner) -> None:
        try:
            send_welcome(owner)
        except (SMTPException, OSError) as error:
            text = _("The mail to %(email)s could not be sent (%(error)s). Send it again later.")
            self.message_user(request, text % {"email": owner.email, "error": error}, messages.ERROR)
        else:
            text = _("A mail with a link to set the password is on its way to %(email)s.")
            self.message_user(request, text % {"email": owner.email})


PART = Deed(
    name="part_from_organisation",
    question=_("Disconnect from the organisation’s sign-in?"),
    consequence=_(
        "They are mailed, and sign in with their password from now on. Who has none sets one by “Forgot your "
        "password?” on the sign-in page, which mails them a link. Who is switched off and has no password is left as "
        "they are: nothing would let them in. Sessions that are open stay so."
    ),
    button=_("Disconnect"),
    noted=_("Disconnected from the organisation’s sign-in."),
    do=entrance.part_by_administrator,
    names=lambda owner: _with_address(owner),
)


def _set_access(owner: Owner, *, is_given: bool) -> bool:
    """Whether it was otherwise."""
    other = Owner.objects.filter(pk=owner.pk, meeting_providers_enabled=not is_given)
    return bool(other.update(meeting_providers_enabled=is_given))


def _with_address(owner: Owner) -> str:
    return f"{owner.name} ({owner.email})"


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin[SocialAccount]):
    """Whom the organisation signs in."""

    contents = {"uid": ""}
    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    list_select_related = ("user",)
    ordering = ("-pk",)
    search_fields = ("user__email__any_case",)
    fields = list_display


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin[LogEntry]):
    """What administrators did."""

    contents = {"object_repr": "", "change_message": ""}
    list_display = ("action_time", "user", "action", "content_type", "object_repr", "change_message")
    list_filter = ("action_flag", "action_time")
    list_select_related = ("user", "content_type")
    ordering = ("-pk",)
    search_fields = ("object_id", "user__email__any_case")
    search_help_text = _("The administrator’s whole e-mail address, or the ID of what was changed.")
    fields = ("action_time", "user", "action", "content_type", "object_id", "object_repr", "change_message")
    readonly_fields = ("action",)

    @admin.display(description=_("action"))
    def action(self, entry: LogEntry) -> str:
        return entry.get_action_flag_display()
