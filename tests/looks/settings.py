"""As the tests have them, with the pages that only DEBUG shows, and mails in a folder as `make run` keeps them."""

import os

from tests.settings import *  # noqa: F403

DEBUG = True
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ.get("OKEY_LOOKS_MAILS", "")
OKEY_OIDC_NAME, OKEY_OIDC_SERVER_URL = "Acme", "http://127.0.0.1:1"
OKEY_OIDC_CLIENT_ID, OKEY_OIDC_CLIENT_SECRET = "okey", "secret"
ROOT_URLCONF = "tests.looks.urls"
WHITENOISE_USE_FINDERS = True
