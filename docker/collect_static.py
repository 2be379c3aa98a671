"""Collects the static files while the image is built. The settings are thrown away: none ends up in the image."""

import base64
import os
import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

os.environ.update(
    {
        "DJANGO_SETTINGS_MODULE": "okey.settings",
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "OKEY_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "OKEY_BASE_URL": "https://build.invalid",
        "DATABASE_URL": "postgres://build.invalid/okey",
        "REDIS_URL": "redis://build.invalid/0",
        "EMAIL_URL": "smtp://build.invalid",
        "DEFAULT_FROM_EMAIL": "okey@build.invalid",
        "ADMIN_EMAIL": "admin@build.invalid",
    }
)

import django
from django.core.management import call_command

django.setup()
call_command("collectstatic", interactive=False, clear=True, verbosity=0)
