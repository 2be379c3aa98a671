"""What allauth asks of us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from okey.limits.limits import address_of
from okey.mails.messages import AUTOMATIC


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

    def render_mail(self, *args: Any, headers: dict[str, str] | None = None, **more: Any) -> EmailMessage:
        written: EmailMessage = super().render_mail(*args, headers=AUTOMATIC | (headers or {}), **more)
        return written

    def format_email_subject(self, subject: str) -> str:
        """As written: allauth would put the host's name in front."""
        return subject
