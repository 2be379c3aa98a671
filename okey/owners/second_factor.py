"""The second factor: an authenticator app, passkeys, and recovery codes for when both are gone. allauth keeps them."""

from collections.abc import Iterator
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext, gettext_lazy

from okey.lib.sealing import ANY_ROW, CannotOpen, Resealed, Sealed, seal_text, sealed_text
from okey.owners.models import Owner

#: What the app's secret and the recovery codes' seed are sealed for.
PLACE = "mfa_authenticator.data"
SEALED = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
#: Each of them alone is a second factor; recovery codes are not.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth asks of us about it."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is not right, or was used already."),
        "cannot_generate_recovery_codes": gettext_lazy("Set up an authenticator app or a passkey first."),
    }

    def encrypt(self, text: str) -> str:
        return seal_text(PLACE, text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises CannotOpen."""
        return sealed_text(PLACE, encrypted_text).open(row=ANY_ROW)

    def generate_authenticator_name(self, user: Owner, type: Authenticator.Type) -> str:  # noqa: A002 -- its name
        count = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Passkey %(number)d") % {"number": count + 1}


def has_one(owner: Owner) -> bool:
    """Whether signing in takes more than the password."""
    return bool(Authenticator.objects.filter(user=owner, type__in=FACTORS).exists())


def of(owner: Owner) -> dict[str, Any]:
    """For the page: the `app`, the `passkeys`, and how many recovery `codes` are left (None: there are none)."""
    kept = list(Authenticator.objects.filter(user=owner).order_by("created_at"))
    by_type = {one.type: one for one in kept}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return {
        "app": by_type.get(Authenticator.Type.TOTP),
        "passkeys": [one for one in kept if one.type == Authenticator.Type.WEBAUTHN],
        "codes": _codes_left(codes) if codes else None,
    }


def remove_all(owner: Owner, *, by: str) -> bool:
    """Take it off the account of somebody who has lost it; they are told. False: there was none."""
    with transaction.atomic():
        deleted, _rows = Authenticator.objects.filter(user=owner).delete()
    if deleted:
        get_account_adapter().send_notification_mail("mfa/email/removed_by_administrator", owner, {"by": by})
    return bool(deleted)


def reseal_all() -> Resealed:
    """Seal anew with the newest key, where nothing has changed meanwhile."""
    done, failed = 0, 0
    for one, sealed in sealed_values():
        if sealed.is_newest:
            continue
        try:
            new = {**one.data, SEALED[one.type]: seal_text(PLACE, sealed.open(row=ANY_ROW))}
        except CannotOpen:
            failed += 1
        else:
            done += Authenticator.objects.filter(pk=one.pk, data=one.data).update(data=new)
    return Resealed(done, failed)


def sealed_values() -> Iterator[tuple[Authenticator, Sealed]]:
    """Each with its row."""
    for one in Authenticator.objects.filter(type__in=SEALED).iterator(chunk_size=200):
        yield one, sealed_text(PLACE, one.data[SEALED[one.type]])


def _codes_left(codes: Authenticator) -> int:
    """Counted without opening the seed."""
    return int(app_settings.RECOVERY_CODE_COUNT) - int(codes.data["used_mask"]).bit_count()
