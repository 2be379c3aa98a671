"""How an owner whom an administrator added comes to a password."""

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from okey.mails.messages import Message
from okey.owners.models import Owner


def vouch_for_email(owner: Owner) -> None:
    """Make the owner's address the one that allauth knows, so that a former one signs nobody in."""
    EmailAddress.objects.filter(user=owner).exclude(email=owner.email).delete()
    EmailAddress.objects.update_or_create(user=owner, email=owner.email, defaults={"verified": True, "primary": True})


def set_password_url(owner: Owner) -> str:
    """A link that works once, until PASSWORD_RESET_TIMEOUT; the page behind it is that of a password reset."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(owner), "key": default_token_generator.make_token(owner)},
    )
    return settings.OKEY_BASE_URL + path


def send_welcome(owner: Owner) -> None:
    """Mail the owner a link to set the password.

    Sent at once rather than queued: the link is a key to the account, and a queued mail would keep it in a table.
    """
    context = {
        "owner": owner,
        "password_url": set_password_url(owner),
        "reset_url": settings.OKEY_BASE_URL + reverse("account_reset_password"),
    }
    with translation.override(owner.language):
        subject = render_to_string("account/email/welcome_subject.txt", context).strip()
        text = render_to_string("account/email/welcome_message.txt", context)
    Message(subject, text, to=[owner.email]).send()
