"""What allauth asks of us."""

import time
from ipaddress import IPv4Address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from okey.lib import languages
from okey.limits.limits import address_of, network
from okey.mails import outbox
from okey.owners import known_browser, sign_in_tries
from okey.owners.models import Owner
from okey.owners.organisation import entrance
from okey.owners.sign_in import vouch_for_email
from okey.owners.sign_in_tries import TooManyTries, Who
from okey.owners.sign_in_words import too_many_tries
from okey.sign_in_settings import PASSWORD_HOLDS_SECONDS

#: Where a refused request says when there is another try.
RETRY_SECONDS = "okey.retry-seconds"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up unless the operator opens it: an administrator adds an owner."""

    error_messages = {  # allauth's own is one, too
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
        "incorrect_password": _("This is not your password."),
        "duplicate_email": _("This is your address already."),
        "email_taken": _("Another owner has this address."),
        "password_mismatch": _("The two passwords are not the same."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.OKEY_OPEN_SIGN_UP)

    def save_user(self, request: HttpRequest, user: Owner, form: Any, commit: bool = True) -> Owner:
        """Whoever signs up says their name, too, and reads on in the language in which they did."""
        user.name, user.language = form.cleaned_data["name"], languages.current()
        saved: Owner = super().save_user(request, user, form, commit)
        return saved

    def pre_login(self, request: HttpRequest, user: Owner, **more: Any) -> Any:
        """Whoever came neither by the admin nor by signing up was made by a command on the server: vouched for.

        Every way in comes by here: password, passkey, a link by mail.
        """
        if not user.is_open:
            return self.respond_user_inactive(request, user)
        if not EmailAddress.objects.filter(user=user).exists():
            vouch_for_email(user)
        return super().pre_login(request, user, **more)

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Whoever has just signed in has just entered their password: not at once again.

        Raises ReauthenticationRequired for an owner without a password and a second factor: allauth would let those
        go on.
        """
        request = allauth_context.request
        records = get_authentication_records(request, request.user)
        is_required = not records or time.time() - records[-1]["at"] >= PASSWORD_HOLDS_SECONDS
        if is_required and not get_reauthentication_flows(request.user):
            raise ReauthenticationRequired
        return is_required

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """With the organisation that signs the owner in; whoever has nothing of all that gets a password by mail."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if user.is_authenticated and entrance.is_joined(user):
            words = _("Sign in with %(name)s") % {"name": settings.OKEY_OIDC_NAME}
            methods.append({"id": "organisation", "description": words, "url": reverse("organisation_again")})
        if user.is_authenticated and not methods:
            url = reverse("account_reset_password")
            methods.append({"id": "set_password", "description": _("Set a password"), "url": url})
        return methods

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whose tries are counted, and from where somebody is signed in: behind a trusted proxy not the proxy's own
        address, which all share. Of IPv6 the first address of the network, and the one of nobody where there is none,
        as with a Unix socket: a database takes nothing else.
        """
        address = address_of(request).partition("/")[0]
        return address if network(address) else str(IPv4Address(0))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Called before a password is looked at. In place of allauth's own count, by which others lock an owner out."""
        try:
            sign_in_tries.begin(_who(request, credentials))
        except TooManyTries as refusal:
            request.META[RETRY_SECONDS] = refusal.retry_seconds
            words = too_many_tries(refusal.retry_seconds)
            raise ValidationError(words, code="too_many_login_attempts") from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user:
            sign_in_tries.was_right(_who(request, credentials))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        sign_in_tries.was_wrong(_who(request, credentials))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Where one is signed in, and can end what another password may have begun."""
        return reverse("security")

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """By the address that O-Key has, whatever the request called it."""
        path = reverse("account_confirm_email", args=[emailconfirmation.key])
        return f"{settings.OKEY_BASE_URL}{path}"

    def send_notification_mail(
        self, template_prefix: str, user: Owner, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """What has changed about an account, to its owner: who asked for it may be somebody else."""
        super().send_notification_mail(template_prefix, user, {"user": user, **(context or {})}, email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Through the outbox, as all mails go: the mail server's bad hour costs nobody their page, nor their link."""
        more = {"request": allauth_context.request, "email": email, **context}
        message = self.render_mail(template_prefix, email, more)
        outbox.write_secret(to=email, subject=str(message.subject), text=str(message.body))

    def format_email_subject(self, subject: str) -> str:
        """As written: allauth would put the host's name in front."""
        return subject


def _who(request: HttpRequest, credentials: dict[str, Any]) -> Who:
    email = str(credentials.get("email", ""))
    browser = known_browser.of(request)
    return Who(email, address_of(request), browser.id if browser.knows(email) else "")
