"""Is O-Key well? Every answer is a line: ok, or what is wrong and what to do. No secret is in any of them."""

from collections.abc import Callable, Iterator

from integrations.doctor import failing, organisation, providers, reaching, running, setup
from integrations.doctor.findings import Finding, Level, guarded

Check = Callable[[], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    setup.version,
    setup.mode,
    setup.static_files,
    setup.addresses,
    reaching.own_address,
    setup.mails_are_sent,
    reaching.mail_server,
    setup.keys,
    providers.settings_are_there,
    providers.secrets_that_expire,
    providers.simulator,
    providers.addresses_to_paste,
    providers.webhook,
    providers.credentials_and_clock,
    organisation.organisation,
    reaching.providers_answer,
    running.database,
    running.broker,
    running.worker_and_beat,
    failing.settings_of_processes,
    running.due_work,
    running.mails,
    failing.accounts,
    failing.webhooks,
    failing.calendars_that_tell,
)
_registered: list[Check] = []

__all__ = ["Finding", "Level", "examine", "register"]


def register(*checks: Check) -> None:
    """What apps above this one have to say. Once a process, when it is ready."""
    _registered.extend(checks)


def examine(*, every_key: bool = False) -> list[Finding]:
    """Every check's findings, in order. A database that does not answer spoils only the lines that need it.

    `every_key`: every sealed value is opened, rather than some; that takes longer the more there are.
    """
    checks = [setup.every_key if every_key and check is setup.keys else check for check in (*CHECKS, *_registered)]
    return [finding for check in checks for finding in guarded(check)]
