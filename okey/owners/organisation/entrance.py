"""Whom an organisation's word lets in: by who they are there, and never by an address that somebody else has here.

An owner is joined to a person there once, and from then on known by that person's `sub`: whatever becomes of the
address there or here, nobody else comes in by it.
"""

import logging
from enum import StrEnum
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.dispatch import receiver

from okey.lib import languages
from okey.owners import sessions
from okey.owners.models import Owner
from okey.owners.organisation import Organisation, set_up
from okey.owners.organisation.protocol import Person
from okey.owners.sign_in import vouch_for_email

logger = logging.getLogger(__name__)
CONNECTED = "account/email/organisation_connected"
DISCONNECTED = "account/email/organisation_disconnected"


class Refusal(StrEnum):
    NO_ADDRESS = "no address"
    #: Somebody here has it, and it is not known that this is them.
    TAKEN = "address taken"
    #: Nobody here has it, and nobody may make an account.
    UNKNOWN = "unknown"
    #: It may be anybody's.
    UNCONFIRMED = "address unconfirmed"
    #: This person there is another owner here.
    ANOTHERS = "another's"


class NotLetIn(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


def is_joined(owner: Owner) -> bool:
    """Whether this owner can sign in by the organisation that is set up."""
    return joined(owner) is not None


def joined(owner: Owner) -> SocialAccount | None:
    organisation = set_up()
    if organisation is None:
        return None
    return SocialAccount.objects.filter(user=owner, provider=organisation.issuer).order_by("pk").first()


#: Of who came with an address that nobody has shown to be theirs: whoever shows it by a mail puts them out.
UNPROVEN = {"address": "unproven"}


@receiver(password_reset)
def put_out_the_unproven(user: Owner, **_more: Any) -> None:
    """Somebody else may have made the account with this person's address, to come in after them."""
    SocialAccount.objects.filter(user=user, extra_data=UNPROVEN).delete()


def let_in(organisation: Organisation, person: Person, *, is_open: bool) -> Owner:
    """The owner who this is: known, joined now, or new. `is_open`: anybody may make an account. Raises NotLetIn."""
    if owner := _known(organisation, person):
        return owner
    try:
        validate_email(person.email)
    except ValidationError:
        raise NotLetIn(Refusal.NO_ADDRESS) from None
    try:
        with transaction.atomic():
            owner = Owner.objects.filter(email__iexact=person.email).first()
            if owner is not None and owner.email.lower() != person.email:
                raise NotLetIn(Refusal.TAKEN)  # for the database alike, and another domain: "ı" for "i"
            if owner is None:
                return _new(organisation, person, is_open=is_open)
            return _join_by_address(organisation, person, owner)
    except IntegrityError:  # two requests at once: the other one has done it
        if owner := _known(organisation, person):
            return owner
        raise NotLetIn(Refusal.TAKEN) from None


@transaction.atomic
def join(organisation: Organisation, person: Person, owner: Owner) -> None:
    """By the owner, who is signed in. Twice is once. Raises NotLetIn."""
    owner = Owner.objects.locked(owner.pk)
    known = _known(organisation, person)
    if known is not None and known != owner:
        raise NotLetIn(Refusal.ANOTHERS)
    Owner.objects.filter(pk=owner.pk).update(joins_by_address=True)
    if known is None:
        SocialAccount.objects.filter(user=owner, provider=organisation.issuer).delete()
        _remember(organisation, person, owner)


@transaction.atomic
def part(owner: Owner) -> bool:
    """The organisation signs this owner in no more, until they connect it themselves. False: it did not."""
    deleted, _rows = SocialAccount.objects.filter(user=owner).delete()
    if deleted:
        Owner.objects.filter(pk=owner.pk).update(joins_by_address=False)
        get_adapter().send_notification_mail(DISCONNECTED, owner, {"has_password": owner.has_usable_password()})
        logger.info("Owner %s is joined to no organisation any more.", owner.pk)
    return bool(deleted)


@transaction.atomic
def part_by_administrator(owner: Owner) -> bool:
    """The same, but not where nothing else would let them in: no password, nor one that a mail lets them set."""
    owner = Owner.objects.locked(owner.pk)
    comes_in_otherwise = owner.has_usable_password() or owner.is_open
    return comes_in_otherwise and part(owner)


def is_known_as(organisation: Organisation, person: Person, owner: Owner) -> bool:
    return _known(organisation, person) == owner


def _known(organisation: Organisation, person: Person) -> Owner | None:
    rows = SocialAccount.objects.filter(provider=organisation.issuer, uid=person.sub).select_related("user")
    found = rows.first()
    return found.user if found else None


def _join_by_address(organisation: Organisation, person: Person, owner: Owner) -> Owner:
    """Only where the operator trusts the organisation's word for addresses, and it gives that word.

    Not an administrator, who would hand the whole of O-Key to whoever runs the provider; nor an owner who is somebody
    else there: addresses are handed on to the next; nor one who was disconnected.
    """
    owner = Owner.objects.locked(owner.pk)
    is_vouched_for = organisation.vouches_for_addresses and person.has_confirmed_email
    is_somebody = SocialAccount.objects.filter(user=owner, provider=organisation.issuer).exists()
    may_join = owner.joins_by_address and owner.is_open and not owner.is_staff
    if not is_vouched_for or is_somebody or not may_join:
        raise NotLetIn(Refusal.TAKEN)
    addresses = EmailAddress.objects.filter(user=owner)
    if addresses.exists() and not addresses.filter(email__iexact=owner.email, verified=True).exists():
        # Whoever made the account never showed that the address is theirs: their password must not stay.
        owner.set_unusable_password()
        owner.save(update_fields=["password"])
        sessions.end_all(owner)
        vouch_for_email(owner)
    _remember(organisation, person, owner)
    return owner


def _new(organisation: Organisation, person: Person, *, is_open: bool) -> Owner:
    if not (is_open or organisation.brings_people):
        raise NotLetIn(Refusal.UNKNOWN)
    is_vouched_for = person.has_confirmed_email and (organisation.vouches_for_addresses or organisation.brings_people)
    if not (is_vouched_for or is_open):
        raise NotLetIn(Refusal.UNCONFIRMED)
    if EmailAddress.objects.filter(email__iexact=person.email, verified=True).exists():
        raise NotLetIn(Refusal.TAKEN)
    name = person.name or person.email.partition("@")[0]
    owner = Owner.objects.create_user(person.email, name=name, language=languages.current())
    # One that is not confirmed is by the mail that allauth sends then.
    EmailAddress.objects.create(user=owner, email=owner.email, verified=is_vouched_for, primary=True)
    kept = {} if is_vouched_for else UNPROVEN
    SocialAccount.objects.create(user=owner, provider=organisation.issuer, uid=person.sub, extra_data=kept)
    logger.info("Owner %s came by the organisation.", owner.pk)
    return owner


def _remember(organisation: Organisation, person: Person, owner: Owner) -> None:
    """Who they are there, and nothing else of what it said. The owner is told."""
    SocialAccount.objects.create(user=owner, provider=organisation.issuer, uid=person.sub)
    get_adapter().send_notification_mail(CONNECTED, owner, {"organisation": organisation.name})
    logger.info("Owner %s is joined to the organisation.", owner.pk)
