"""Whether the database, the broker and the mail server take what was answered. Each says why not, or nothing."""

import smtplib
import ssl
from typing import Any

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from okey.setting_up.addresses import database_settings, mail_settings

SECONDS = 5


def database(url: str) -> str:
    given: dict[str, Any] = database_settings(url)
    names = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
    options = {name: given[key] for name, key in names.items() if given[key]} | given.get("OPTIONS", {})
    try:
        psycopg.connect(**{"connect_timeout": SECONDS, **options}).close()
    except psycopg.Error as error:
        return _words(error)
    return ""


def broker(url: str) -> str:
    times = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
    try:
        with redis.Redis.from_url(url, **times, retry=Retry(NoBackoff(), 0)) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return _words(error)
    return ""


def mail_server(url: str) -> str:
    """As far as the sign-in; no mail is begun."""
    given: dict[str, Any] = mail_settings(url)
    host, port = given["EMAIL_HOST"], given["EMAIL_PORT"]
    try:
        with _connected(host, port, tls_at_once="EMAIL_USE_SSL" in given) as smtp:
            if "EMAIL_USE_TLS" in given:
                smtp.starttls(context=ssl.create_default_context())
            if given["EMAIL_HOST_USER"] and given["EMAIL_HOST_PASSWORD"]:
                smtp.login(given["EMAIL_HOST_USER"], given["EMAIL_HOST_PASSWORD"])
            else:
                smtp.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError) as error:
        return _words(error)
    return ""


def _connected(host: str, port: int, *, tls_at_once: bool) -> smtplib.SMTP:
    if tls_at_once:
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=SECONDS)


def _words(error: Exception) -> str:
    """None of these says a password."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
