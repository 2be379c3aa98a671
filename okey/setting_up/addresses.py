"""Addresses of the database, the broker and the mail server: put together from what people know of them, and read as
okey/settings.py reads them. The checks raise ImproperlyConfigured.
"""

from urllib.parse import SplitResult, quote, urlsplit

import environ
import redis
from django.core.exceptions import ImproperlyConfigured

DATABASE_SCHEMES = frozenset({"postgres", "postgresql", "pgsql", "psql"})
MAIL_SCHEMES = frozenset({"smtp", "smtps", "smtp+tls", "smtp+ssl"})
ENCODED = "user and password are percent-encoded in it"


def database_url(*, host: str, port: str, name: str, user: str, password: str) -> str:
    """A name with a slash is refused: of those at its ends nothing would be left."""
    if "/" in name:
        raise ImproperlyConfigured("The database's name has a slash in it, which DATABASE_URL cannot say.")
    return f"postgres://{_signed_in(user, password)}{_bracketed(host)}:{port}/{quote(name, safe='')}"


def mail_url(*, host: str, port: str, user: str, password: str) -> str:
    """Port 465 speaks TLS at once, 25 none, any other begins it by STARTTLS."""
    scheme = {"465": "smtp+ssl", "25": "smtp"}.get(port, "smtp+tls")
    return f"{scheme}://{_signed_in(user, password)}{_bracketed(host)}:{port}"


def _signed_in(user: str, password: str) -> str:
    if not user:
        return ""
    return quote(user, safe="") + (f":{quote(password, safe='')}" if password else "") + "@"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def checked_database(value: str) -> str:
    what = f"DATABASE_URL is not an address like postgres://user:password@host:5432/name ({ENCODED})."
    parts = _parts(value, DATABASE_SCHEMES, what)
    if not parts.path.strip("/") or not (parts.hostname or parts.path.startswith("//")):
        raise ImproperlyConfigured(what)
    return value


def checked_broker(value: str) -> str:
    what = f"REDIS_URL is not an address like redis://host:6379/0 ({ENCODED})."
    if not _parts(value, frozenset({"redis", "rediss"}), what).hostname:
        raise ImproperlyConfigured(what)
    try:
        redis.ConnectionPool.from_url(value)
    except ValueError:
        raise ImproperlyConfigured(what) from None
    return value


def checked_mail(value: str) -> str:
    what = f"EMAIL_URL is not an address like smtp+tls://user:password@host:587 ({ENCODED})."
    parts = _parts(value, MAIL_SCHEMES, what)
    if not parts.hostname or not parts.port or parts.path.strip("/"):
        raise ImproperlyConfigured(what)
    return value


def _parts(value: str, schemes: frozenset[str], what: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        is_one = parts.scheme in schemes and parts.port != 0 and not parts.fragment and " " not in value
    except ValueError:  # a port that is no number: mostly a password with / or # in it
        raise ImproperlyConfigured(what) from None
    if not is_one:
        raise ImproperlyConfigured(what)
    return parts


def database_settings(value: str) -> dict[str, object]:
    """Django's."""
    settings: dict[str, object] = environ.Env.db_url_config(value)
    return settings


def mail_settings(value: str) -> dict[str, object]:
    """Django's."""
    settings: dict[str, object] = environ.Env.email_url_config(value)
    return settings


def without_password(value: str) -> str:
    """For a screen."""
    parts = urlsplit(value)
    if parts.password is None:
        return value
    user, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}:…{at}{host}").geturl()
