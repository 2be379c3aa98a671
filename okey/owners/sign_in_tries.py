"""How often a password may be tried: so seldom that none is found, and never so that others lock an owner out.

- One account from one network: a few tries, then waits that grow.
- One account from everywhere: after many wrong passwords each network has a try a minute; a first one always.
- One network, whatever the accounts: then nobody there who is new to O-Key.
- A browser that has signed in to the account before (known_browser.py) has tries of its own, and nothing that others
  do keeps it from them.

By the address as it was typed, so that one that has no account behaves like one that has.
"""

from dataclasses import dataclass

from okey.limits import limits

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
Windows = tuple[tuple[int, int], ...]

#: (tries, seconds): each wait is longer than the one before.
TRIES: Windows = ((5, MINUTE), (10, 10 * MINUTE), (20, HOUR), (50, DAY))
#: The same while the account is being attacked.
FEWER_TRIES: Windows = ((1, MINUTE), (3, 10 * MINUTE), (6, HOUR), (12, DAY))
#: Wrong passwords for one account, from all networks, after which it counts as attacked.
ATTACK: Windows = ((30, HOUR),)
#: Wrong passwords from one network, for all accounts.
FROM_A_NETWORK: Windows = ((30, 10 * MINUTE), (100, HOUR), (300, DAY))


@dataclass(frozen=True)
class Who:
    """`browser`: its ID where it has signed in to this account before, else ""."""

    email: str
    network: str
    browser: str = ""

    @property
    def tries(self) -> tuple[str, str]:
        """What is counted, and for whom."""
        if self.browser:
            return "tries of a known browser", f"{self.browser} {self.account}"
        return "tries", f"{self.network} {self.account}"

    @property
    def account(self) -> str:
        """Whether there is one or not."""
        return self.email.strip().lower()


class TooManyTries(Exception):
    """The password is not looked at. In `retry_seconds` there is another try."""

    def __init__(self, retry_seconds: int) -> None:
        super().__init__("Too many tries.")
        self.retry_seconds = retry_seconds


def begin(who: Who) -> None:
    """Count one more try, before the password is looked at. Raises TooManyTries."""
    windows = TRIES
    if not who.browser:
        _look("wrong passwords from", who.network, FROM_A_NETWORK)
        if _is_attacked(who):
            windows = FEWER_TRIES
    for limit, seconds in windows:
        verdict = limits.hit(*who.tries, limit=limit, seconds=seconds)
        if not verdict.allowed:
            raise TooManyTries(verdict.retry_seconds)


def was_wrong(who: Who) -> None:
    """A known browser's mistakes say nothing about its network or about an attack."""
    if who.browser:
        return
    for limit, seconds in FROM_A_NETWORK:
        limits.hit("wrong passwords from", who.network, limit=limit, seconds=seconds)
    for limit, seconds in ATTACK:
        limits.hit("wrong passwords for", who.account, limit=limit, seconds=seconds)


def was_right(who: Who) -> None:
    """Whoever has the password counts from zero; others cannot make use of that."""
    for limit, seconds in (*TRIES, *FEWER_TRIES):
        limits.forget(*who.tries, limit=limit, seconds=seconds)


def _is_attacked(who: Who) -> bool:
    looks = (limits.look("wrong passwords for", who.account, limit=limit, seconds=s) for limit, s in ATTACK)
    return not all(look.allowed for look in looks)


def _look(what: str, key: str, windows: Windows) -> None:
    for limit, seconds in windows:
        verdict = limits.look(what, key, limit=limit, seconds=seconds)
        if not verdict.allowed:
            raise TooManyTries(verdict.retry_seconds)
