"""How often strangers may book: so seldom that nobody floods an owner, or a third person's mailbox through them."""

from okey.limits import limits
from okey.limits.limits import Verdict
from okey.owners.models import Owner

HOUR, DAY = 3600, 24 * 3600
#: One network address; several people may share it.
FROM_AN_ADDRESS = 10
#: Mails to one mailbox, whoever asks for them.
TO_A_MAILBOX = 5
#: All that one owner gets.
FOR_AN_OWNER = 60


def count(owner: Owner, *, address: str, email: str) -> Verdict:
    """Count one booking that is tried from this network address, and say whether it may go on.

    In this order, so that nobody uses up more of an owner's share than their own.
    """
    verdict = limits.hit("booking from", address, limit=FROM_AN_ADDRESS, seconds=HOUR)
    if verdict.allowed:
        verdict = limits.hit("booking to", email.lower(), limit=TO_A_MAILBOX, seconds=DAY)
    if verdict.allowed:
        verdict = limits.hit("booking for", str(owner.pk), limit=FOR_AN_OWNER, seconds=HOUR)
    return verdict
