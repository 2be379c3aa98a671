"""Whether processes have the same settings: each leaves marks of its own, from which nobody learns a value."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

#: What has to be the same everywhere. SECRET_KEY comes first: where that differs, all marks do.
NAMES = (
    "SECRET_KEY",
    "OKEY_VERSION",
    "OKEY_ENCRYPTION_KEYS",
    "DEBUG",
    "OKEY_BASE_URL",
    "REDIS_URL",
    "EMAIL_BACKEND",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_HOST_USER",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_USE_TLS",
    "EMAIL_USE_SSL",
    "DEFAULT_FROM_EMAIL",
    "ADMIN_EMAIL",
    "SUPPORT_EMAIL",
    "OKEY_MAILS_A_DAY",
    "OKEY_WEBHOOK_HOSTS",
    "JITSI_BASE_URL",
    "ZOOM_CLIENT_ID",
    "ZOOM_CLIENT_SECRET",
    "ZOOM_OAUTH_BASE_URL",
    "ZOOM_API_BASE_URL",
    "ZOOM_MANAGE_MEETINGS",
    "GOOGLE_CLIENT_ID",
    "GOOGLE_CLIENT_SECRET",
    "GOOGLE_BASE_URL",
    "MICROSOFT_CLIENT_ID",
    "MICROSOFT_CLIENT_SECRET",
    "MICROSOFT_BASE_URL",
)


def marks() -> dict[str, str]:
    """By name, made with SECRET_KEY: whoever has the database alone can try no password on them."""
    return {name: salted_hmac("okey.pulse.settings", f"{name}\0{value!r}").hexdigest()[:16] for name, value in _all()}


def differing(theirs: dict[str, str]) -> list[str]:
    """The names of the settings that a process has otherwise than this one, of those that it knows."""
    mine = marks()
    names = [name for name in NAMES if name in theirs and theirs[name] != mine[name]]
    if "SECRET_KEY" in names:
        return ["SECRET_KEY"]
    # EMAIL_URL is what an operator writes for all of these.
    return list(dict.fromkeys("EMAIL_URL" if name.startswith("EMAIL_") else name for name in names))


def _all() -> Iterator[tuple[str, Any]]:
    for name in NAMES:
        yield name, getattr(settings, name, None)
