"""What production needs: each setting with what to ask, what an answer has to be, and what is offered."""

import base64
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from okey.lib.environment import day, encryption_keys, is_weak_secret_key, public_url
from okey.setting_up import addresses, trying
from okey.sign_in_settings import organisation_issuer

Answers = Mapping[str, str]


#: django-environ's words for it.
ON = frozenset(environ.Env.BOOLEAN_TRUE_STRINGS)


@dataclass(frozen=True)
class Question:
    """`check` raises ImproperlyConfigured, and gives the answer as it is to be written."""

    name: str
    words: str
    check: Callable[[str], str] = str
    offer: Callable[[Answers], str] = lambda _: ""
    is_secret: bool = False
    may_be_empty: bool = False
    #: Another setting: without that one, this one is not asked for and stays empty.
    belongs_to: str = ""
    #: Says why the answer does not work, or nothing.
    attempt: Callable[[str], str] | None = None
    #: What else to ask a person who has answered with a host's name: (part, words, offered).
    parts: tuple[tuple[str, str, str], ...] = ()
    put_together: Callable[..., str] | None = None


@dataclass(frozen=True)
class Key:
    """What is made where it is missing. `why_not` says what is wrong with one that is there."""

    name: str
    make: Callable[[], str]
    why_not: Callable[[str], str]
    #: Whether a bad one may be replaced by a new one.
    may_be_replaced: bool = True


def _mail_address(name: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            validate_email(parseaddr(value)[1])
        except ValidationError:
            raise ImproperlyConfigured(f"{name} is not an e-mail address.") from None
        return value

    return check


def _switch(name: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            return {"1": "1", "yes": "1", "y": "1", "0": "0", "no": "0", "n": "0"}[value.lower()]
        except KeyError:
            raise ImproperlyConfigured(f"{name} is neither yes nor no.") from None

    return check


def _credential(name: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if " " in value:
            raise ImproperlyConfigured(f"{name} has a space in it.")
        return value

    return check


def _last_day(value: str) -> str:
    day("MICROSOFT_CLIENT_SECRET_EXPIRES", value)
    return value


def _host(answers: Answers) -> str:
    return urlsplit(answers.get("OKEY_BASE_URL", "")).hostname or ""


SIGN_IN = (("user", "user", ""), ("password", "password", ""))

ADDRESS = Question(
    "OKEY_BASE_URL",
    "The address that people type, like https://okey.example.com",
    lambda value: public_url(value, debug=False),
)
PROXY = Question(
    "TRUST_PROXY_HEADERS",
    "Does a proxy before O-Key set X-Forwarded-Proto and X-Forwarded-For?",
    _switch("TRUST_PROXY_HEADERS"),
    lambda _: "1",
)
DATABASE = Question(
    "DATABASE_URL",
    "PostgreSQL: its host, or postgres://user:password@host:5432/name",
    addresses.checked_database,
    is_secret=True,
    attempt=trying.database,
    parts=(("port", "port", "5432"), ("name", "database", "okey"), ("user", "user", "okey"), SIGN_IN[1]),
    put_together=addresses.database_url,
)
BROKER = Question(
    "REDIS_URL",
    "Redis or Valkey, like redis://127.0.0.1:6379/0",
    addresses.checked_broker,
    lambda _: "redis://127.0.0.1:6379/0",
    is_secret=True,
    attempt=trying.broker,
)
MAILS = (
    Question(
        "EMAIL_URL",
        "The mail server: its host, or smtp+tls://user:password@host:587",
        addresses.checked_mail,
        is_secret=True,
        attempt=trying.mail_server,
        parts=(("port", "port (587 and others: STARTTLS, 465: TLS, 25: none)", "587"), *SIGN_IN),
        put_together=addresses.mail_url,
    ),
    Question(
        "DEFAULT_FROM_EMAIL",
        "The sender of mails, also as O-Key <okey@example.com>",
        _mail_address("DEFAULT_FROM_EMAIL"),
        lambda answers: f"O-Key <okey@{_host(answers)}>" if _host(answers) else "",
    ),
    Question("ADMIN_EMAIL", "Who is mailed when something is wrong", _mail_address("ADMIN_EMAIL")),
    Question(
        "SUPPORT_EMAIL",
        "Whom owners are told to ask",
        _mail_address("SUPPORT_EMAIL"),
        lambda answers: answers.get("ADMIN_EMAIL", ""),
    ),
)


def _app_of(vendor: str, name: str) -> Iterator[Question]:
    client, secret = f"{vendor}_CLIENT_ID", f"{vendor}_CLIENT_SECRET"
    yield Question(client, f"{name}: client ID (nothing: not used)", _credential(client), may_be_empty=True)
    yield Question(secret, f"{name}: client secret", _credential(secret), is_secret=True, belongs_to=client)


VENDORS = (
    *_app_of("ZOOM", "Zoom"),
    Question(
        "ZOOM_WEBHOOK_SECRET_TOKEN",
        "Zoom: secret token of the webhook (nothing: no webhook)",
        _credential("ZOOM_WEBHOOK_SECRET_TOKEN"),
        is_secret=True,
        may_be_empty=True,
        belongs_to="ZOOM_CLIENT_ID",
    ),
    *_app_of("GOOGLE", "Google"),
    *_app_of("MICROSOFT", "Microsoft"),
    Question(
        "MICROSOFT_CLIENT_SECRET_EXPIRES",
        "Microsoft: the client secret’s last day, like 2027-06-30 (nothing: not known)",
        _last_day,
        may_be_empty=True,
        belongs_to="MICROSOFT_CLIENT_ID",
    ),
)

ORGANISATION = (
    Question(
        "OKEY_OIDC_SERVER_URL",
        "OpenID Connect to sign in by: the issuer, like https://login.example.com (nothing: not used)",
        lambda value: organisation_issuer(value, debug=False),
        may_be_empty=True,
    ),
    Question(
        "OKEY_OIDC_NAME",
        "What the button calls it: “Sign in with …”",
        offer=lambda answers: _host({"OKEY_BASE_URL": answers.get("OKEY_OIDC_SERVER_URL", "")}),
        belongs_to="OKEY_OIDC_SERVER_URL",
    ),
    Question(
        "OKEY_OIDC_CLIENT_ID",
        "OpenID Connect: client ID",
        _credential("OKEY_OIDC_CLIENT_ID"),
        belongs_to="OKEY_OIDC_SERVER_URL",
    ),
    Question(
        "OKEY_OIDC_CLIENT_SECRET",
        "OpenID Connect: client secret",
        _credential("OKEY_OIDC_CLIENT_SECRET"),
        is_secret=True,
        belongs_to="OKEY_OIDC_SERVER_URL",
    ),
    Question(
        "OKEY_OIDC_SIGN_UP",
        "Do its people get an account here by signing in?",
        _switch("OKEY_OIDC_SIGN_UP"),
        lambda _: "0",
        belongs_to="OKEY_OIDC_SERVER_URL",
    ),
    Question(
        "OKEY_OIDC_TRUST_EMAIL",
        "Is an address that it has confirmed as good as one that O-Key has?",
        _switch("OKEY_OIDC_TRUST_EMAIL"),
        lambda _: "0",
        belongs_to="OKEY_OIDC_SERVER_URL",
    ),
)


def questions(*, for_compose: bool) -> tuple[Question, ...]:
    """Docker Compose brings database and broker along."""
    servers = () if for_compose else (DATABASE, BROKER)
    return (ADDRESS, PROXY, *servers, *MAILS, *VENDORS, *ORGANISATION)


def _why_no_encryption_keys(value: str) -> str:
    try:
        encryption_keys(value)
    except ImproperlyConfigured as problem:
        return f"{problem} A new one would open no token that is stored, so correct it by hand."
    return ""


SECRET_KEY = Key(
    "SECRET_KEY",
    lambda: secrets.token_urlsafe(64),
    lambda value: "SECRET_KEY is a development or a weak one." if is_weak_secret_key(value) else "",
)
ENCRYPTION_KEYS = Key(
    "OKEY_ENCRYPTION_KEYS",
    lambda: base64.urlsafe_b64encode(os.urandom(32)).decode(),
    _why_no_encryption_keys,
    may_be_replaced=False,
)
#: As compose's file puts it into an address.
POSTGRES_PASSWORD = Key(
    "POSTGRES_PASSWORD",
    lambda: secrets.token_hex(24),
    lambda value: "" if re.fullmatch("[A-Za-z0-9]+", value) else "POSTGRES_PASSWORD has more than letters and digits.",
    may_be_replaced=False,  # the database that was made with it knows no other
)
MODE = Key("DEBUG", lambda: "0", lambda value: "DEBUG is on." if value.lower() in ON else "")


def keys(*, for_compose: bool) -> tuple[Key, ...]:
    return (MODE, SECRET_KEY, ENCRYPTION_KEYS, *((POSTGRES_PASSWORD,) if for_compose else ()))
