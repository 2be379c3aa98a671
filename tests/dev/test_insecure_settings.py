"""With DEBUG off, a start refuses what would be insecure, and says which setting it is."""

import base64
import os
import subprocess
import sys

import pytest

from dev.commands import ROOT
from dev.development import DEVELOPMENT_SECRET_PREFIX
from okey.lib import environment

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
GOOD = {
    "DEBUG": "0",
    "SECRET_KEY": "n0t-a-development-one-" + "x1Y2z3" * 8,
    "OKEY_ENCRYPTION_KEYS": KEY,
    "OKEY_BASE_URL": "https://okey.example.com",
    "DATABASE_URL": "postgres://okey:secret@127.0.0.1:1/okey",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "DEFAULT_FROM_EMAIL": "okey@example.com",
    "ADMIN_EMAIL": "admin@example.com",
    "SUPPORT_EMAIL": "support@example.com",
    "JITSI_BASE_URL": "https://meet.jit.si",
    "ZOOM_OAUTH_BASE_URL": "https://zoom.us",
    "ZOOM_API_BASE_URL": "https://api.zoom.us",
}
ACME = {
    "OKEY_OIDC_NAME": "Acme",
    "OKEY_OIDC_SERVER_URL": "https://login.example.com",
    "OKEY_OIDC_CLIENT_ID": "okey",
}
BAD = {
    "no secret key": {"SECRET_KEY": ""},
    "a short secret key": {"SECRET_KEY": "short"},
    "make run's secret key": {"SECRET_KEY": DEVELOPMENT_SECRET_PREFIX + "x1Y2z3" * 10},
    "a long secret key of one letter": {"SECRET_KEY": "x" * 64},
    "Django's template's secret key": {"SECRET_KEY": "django-insecure-" + "x1Y2z3w4v5" * 10},
    "no encryption key": {"OKEY_ENCRYPTION_KEYS": ""},
    "a short encryption key": {"OKEY_ENCRYPTION_KEYS": "c2hvcnQ="},
    "an encryption key that is no base64url": {"OKEY_ENCRYPTION_KEYS": "!" * 44},
    "an encryption key of zeros": {"OKEY_ENCRYPTION_KEYS": base64.urlsafe_b64encode(bytes(32)).decode()},
    "a bad second encryption key": {"OKEY_ENCRYPTION_KEYS": f"{KEY},short"},
    "no address": {"OKEY_BASE_URL": ""},
    "an address without https": {"OKEY_BASE_URL": "http://okey.example.com"},
    "a loopback address without https": {"OKEY_BASE_URL": "http://127.0.0.1:8000"},
    "an address with a path": {"OKEY_BASE_URL": "https://example.com/okey"},
    "an address that is a pattern": {"OKEY_BASE_URL": "https://*"},
    "an app's address that is a script": {"OKEY_APP_REDIRECT": "javascript://connected"},
    "mails that are forgotten at once": {"OKEY_KEEP_MAILS_DAYS": "0"},
    "no database": {"DATABASE_URL": ""},
    "no broker": {"REDIS_URL": ""},
    "no mail server": {"EMAIL_URL": ""},
    "less than one proxy": {"TRUSTED_PROXY_COUNT": "0"},
    "a number of proxies that is none": {"TRUSTED_PROXY_COUNT": "all"},
    "no sender": {"DEFAULT_FROM_EMAIL": ""},
    "no administrator": {"ADMIN_EMAIL": ""},
    "a Zoom sign-in address without https": {"ZOOM_OAUTH_BASE_URL": "http://zoom.example.com"},
    "a Zoom API address without https": {"ZOOM_API_BASE_URL": "http://zoom.example.com"},
    "a Zoom address that only looks like the loopback": {"ZOOM_API_BASE_URL": "http://127.0.0.1.example.com"},
    "a stand-in for Microsoft without https": {"MICROSOFT_BASE_URL": "http://microsoft.example.com"},
    "a language model without https": {"OKEY_LANGUAGE_MODEL_URL": "http://models.example.com/v1"},
    "a language model that only looks like the loopback": {"OKEY_LANGUAGE_MODEL_URL": "http://localhost.example.com"},
    "a language model's key with a line break": {"OKEY_LANGUAGE_MODEL_KEY": "key\nX-Other: 1"},
    "a language model that nobody may ask": {"OKEY_LANGUAGE_MODEL_A_DAY": "0"},
    "a day that is none": {"MICROSOFT_CLIENT_SECRET_EXPIRES": "next summer"},
    "a stand-in for Google without https": {"GOOGLE_BASE_URL": "http://google.example.com"},
    "webhooks that may lead anywhere": {"OKEY_WEBHOOK_HOSTS": "0.0.0.0/0"},
    "half of an organisation": {"OKEY_OIDC_NAME": "Acme"},
    "an organisation without a secret": {"OKEY_OIDC_CLIENT_SECRET": "", **ACME},
    "an organisation without https": {
        "OKEY_OIDC_SERVER_URL": "http://127.0.0.1:9",
        "OKEY_OIDC_NAME": "Acme",
        "OKEY_OIDC_CLIENT_ID": "okey",
        "OKEY_OIDC_CLIENT_SECRET": "secret",
    },
    "an organisation's document in place of its issuer": {
        "OKEY_OIDC_SERVER_URL": "https://login.example.com/.well-known/openid-configuration",
        "OKEY_OIDC_NAME": "Acme",
        "OKEY_OIDC_CLIENT_ID": "okey",
        "OKEY_OIDC_CLIENT_SECRET": "secret",
    },
    "a Jitsi address without https": {"JITSI_BASE_URL": "http://meet.example.com"},
}


def inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def _start(settings: dict[str, str], command: str = "import okey.settings") -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", command]
    return subprocess.run(words, cwd=ROOT, env=inherited() | settings, capture_output=True, text=True, check=False)


def test_good_settings_start() -> None:
    done = _start(GOOD)
    assert done.returncode == 0, done.stderr


def test_other_sites_of_the_domain_are_left_alone() -> None:
    """On https://example.com these would force every subdomain to https, and offer them to browsers' lists for good."""
    names = ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    command = f"from django.conf import settings; print([getattr(settings, name) for name in {names}])"
    done = _start(GOOD | {"DJANGO_SETTINGS_MODULE": "okey.settings"}, command)
    assert done.stdout.strip() == "[31536000, False, False]", done.stderr


@pytest.mark.parametrize("case", BAD)
def test_a_bad_setting_is_refused_by_name(case: str) -> None:
    done = _start(GOOD | BAD[case])
    assert done.returncode != 0
    last_line = done.stderr.splitlines()[-1]
    assert "ImproperlyConfigured" in last_line
    assert next(iter(BAD[case])) in last_line


def test_providers_may_be_stood_in_for_on_the_loopback() -> None:
    addresses = {"ZOOM_OAUTH_BASE_URL": "http://127.0.0.1:9000", "ZOOM_API_BASE_URL": "http://localhost:9000"}
    assert _start(GOOD | addresses).returncode == 0


def test_make_run_and_the_settings_mean_the_same_mark() -> None:
    assert environment.DEVELOPMENT_SECRET_PREFIX == DEVELOPMENT_SECRET_PREFIX
