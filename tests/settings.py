"""The product's own settings, with the environment that a test run needs."""

import base64
import os

from okey.lib.environment import DEVELOPMENT_SECRET_PREFIX

os.environ.update(
    {
        "DEBUG": "1",
        "SECRET_KEY": DEVELOPMENT_SECRET_PREFIX + "tests" * 12,
        "OKEY_ENCRYPTION_KEYS": base64.urlsafe_b64encode(bytes(range(32))).decode(),
        "OKEY_BASE_URL": "http://testserver.localhost:8000",
        "EMAIL_URL": "memorymail://",
        "ZOOM_CLIENT_ID": "test-client-id",
        "ZOOM_CLIENT_SECRET": "test-client-secret",
        "ZOOM_OAUTH_BASE_URL": "https://zoom.us",
        "ZOOM_API_BASE_URL": "https://api.zoom.us",
        "ZOOM_MANAGE_MEETINGS": "0",
        "GOOGLE_CLIENT_ID": "",
        "GOOGLE_CLIENT_SECRET": "",
        "GOOGLE_BASE_URL": "",
        "MICROSOFT_CLIENT_ID": "",
        "MICROSOFT_CLIENT_SECRET": "",
        "MICROSOFT_CLIENT_SECRET_EXPIRES": "",
        "MICROSOFT_BASE_URL": "",
        "OKEY_LANGUAGE_MODEL_URL": "",
        "ADMIN_EMAIL": "admin@example.com",
        "REDIS_URL": "redis://127.0.0.1:1/0",  # nobody listens there: a unit test must not need a broker
    }
)
os.environ.setdefault("DATABASE_URL", "sqlite:///var/test-base.sqlite3")

from okey.settings import *  # noqa: F403
from okey.settings import BASE_DIR, DATABASES

# Threads of one test share the file, as real processes do: an in-memory database would hide races. By process, so
# that two runs in one checkout do not meet.
(BASE_DIR / "var").mkdir(exist_ok=True)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A hundred threads of one test write to one file, and SQLite lets them wait in no order.
    DATABASES["default"].setdefault("OPTIONS", {})["timeout"] = 120
    DATABASES["default"]["TEST"] = {"NAME": str(BASE_DIR / "var" / f"test-{os.getpid()}.sqlite3")}

DEBUG = False
ALLOWED_HOSTS = ["testserver", "testserver.localhost", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
