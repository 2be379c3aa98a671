"""What allauth asks of us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from okey.limits.limits import address_of
from okey.mails import outbox
from okey.owners import known_browser, sign_in_tries
from okey.owners.sign_in_tries import TooManyTries, Who
from okey.owners.sign_in_words import too_many_tries

#: Where a refused request says when there is another try.
RETRY_SECONDS = "okey.retry-seconds"


class ClosedSignUpAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up: an administrator adds an owner."""

    error_messages = {  # allauth's own is one, too
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whose tries are counted: behind a trusted proxy not the proxy's own address, which all share."""
        return address_of(request)

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
