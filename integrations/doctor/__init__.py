"""Is O-Key well? Every answer is a line: ok, or what is wrong and what to do. No secret is in any of them."""

from integrations.doctor import providers, running, setup
from integrations.doctor.findings import Finding, Level, guarded

CHECKS = (
    setup.mode,
    setup.addresses,
    setup.mails_are_sent,
    setup.keys,
    providers.settings_are_there,
    providers.secrets_that_expire,
    providers.simulator,
    providers.addresses_to_paste,
    providers.webhook,
    providers.credentials_and_clock,
    running.database,
    running.broker,
    running.worker_and_beat,
    running.due_work,
    running.mails,
)

__all__ = ["Finding", "Level", "examine"]


def examine(*, every_key: bool = False) -> list[Finding]:
    """Every check's findings, in order. A database that does not answer spoils only the lines that need it.

    `every_key`: every sealed value is opened, rather than some; that takes longer the more there are.
    """
    checks = [setup.every_key if every_key and check is setup.keys else check for check in CHECKS]
    return [finding for check in checks for finding in guarded(check)]
