"""Settings. Everything that differs between machines comes from the environment.

Read in this order, the first that has a name wins: the process environment, `.env`, and — unless DEBUG is
switched off in one of those — `var/development.env`, which `make run` generates and git ignores.
With DEBUG off, a setting that would be insecure refuses to start and says which one it is.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from okey import __version__
from okey.lib.environment import (
    app_address,
    at_least_one,
    day,
    encryption_keys,
    header_value,
    is_weak_secret_key,
    log_format,
    provider_base_url,
    proxy_count,
    public_url,
    vendor_settings,
    webhook_hosts,
)
from okey.logging_settings import logging_settings
from okey.sign_in_settings import check_organisation, sign_in_settings

django_stubs_ext.monkeypatch()  # so that ModelAdmin and forms take their model as a type argument

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
DEBUG_IS_OFF_BY_NAME = "DEBUG" in os.environ and not env.bool("DEBUG")
if not DEBUG_IS_OFF_BY_NAME:
    environ.Env.read_env(BASE_DIR / "var" / "development.env")

DEBUG = env.bool("DEBUG", default=False)
TESTING = "pytest" in sys.modules
#: Of this code.
OKEY_VERSION = __version__


def required(name: str) -> str:
    """The setting `name`; refuses to start without it."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. See README.md, “Settings”.")
    return value


# --- Secrets ---------------------------------------------------------------------------------------------

SECRET_KEY = required("SECRET_KEY")
if not DEBUG and is_weak_secret_key(SECRET_KEY):
    raise ImproperlyConfigured("SECRET_KEY is a development or a weak one. Set a random one of 50 or more characters.")

#: AES-256 keys, newest first: the first seals, all of them open.
OKEY_ENCRYPTION_KEYS = encryption_keys(required("OKEY_ENCRYPTION_KEYS"))

# --- Addresses -------------------------------------------------------------------------------------------

PORT = env.int("PORT", default=8000)
OKEY_BASE_URL = public_url(env.str("OKEY_BASE_URL", default=f"http://127.0.0.1:{PORT}" if DEBUG else ""), debug=DEBUG)
_base = urlsplit(OKEY_BASE_URL)
IS_HTTPS = _base.scheme == "https"

#: Where the browser leads back to a phone app after connecting: a one-use handle is added.
OKEY_APP_REDIRECT = app_address(env.str("OKEY_APP_REDIRECT", default="okey://connected"))

ALLOWED_HOSTS = [_base.hostname or ""]
if DEBUG:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [OKEY_BASE_URL]

# Browsers share cookies between the ports of one host, so two checkouts would sign each other out.
_cookie_suffix = f"_{_base.port}" if _base.port else ""
SESSION_COOKIE_NAME = f"okey_session{_cookie_suffix}"
CSRF_COOKIE_NAME = f"okey_csrf{_cookie_suffix}"
LANGUAGE_COOKIE_NAME = f"okey_language{_cookie_suffix}"
KNOWN_BROWSER_COOKIE_NAME = f"okey_browser{_cookie_suffix}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
# Lax, not Strict: the way back from a provider's consent page is a navigation from another site.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"

SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/(live|ready)?$"]  # asked by the container itself, over plain http
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
# Neither for subdomains nor for preloading: the domain's other sites are not O-Key's to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
#: Only behind a proxy that always sets or strips this header: else anyone may claim to have come by https.
TRUST_PROXY_HEADERS = env.bool("TRUST_PROXY_HEADERS", default=False)
#: How many proxies, one behind the other, add to X-Forwarded-For.
TRUSTED_PROXY_COUNT = proxy_count(env.str("TRUSTED_PROXY_COUNT", default="1"))
if TRUST_PROXY_HEADERS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

# --- Application -----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_object_actions",
    "django_mcpz.oauth",
    "lucide",
    "ninja",
    "timezone_field",
    # Ours come last: they take some of the others' lists out of the admin.
    "okey.about",
    "okey.pulse",
    "okey.limits",
    "okey.mails",
    "okey.owners",
    "okey.api",
    "okey.webhooks",
    "okey.contacts",
    "integrations",
    "integrations.calendars",
    "meetings",
    "meetings.booking",
    "meetings.bot",
    "meetings.assistant",
    "meetings.feed",
    "meetings.personal",
    "okey.seeing",
]

MIDDLEWARE = [
    "okey.lib.tracing.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # its files are compressed already
    "django.middleware.gzip.GZipMiddleware",  # with random padding, so that lengths tell nothing of tokens (BREACH)
    "csp.middleware.CSPMiddleware",
    "okey.api.cross_origin.CrossOriginMiddleware",
    "okey.api.middleware.ApiAnswersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "okey.owners.middleware.OwnerTimeZoneMiddleware",
    "okey.owners.middleware.KnownBrowserMiddleware",
    "okey.owners.middleware.SecondFactorMiddleware",
    "okey.owners.middleware.NeedsButtonMiddleware",
    "okey.lib.statements.TookTooLongMiddleware",
]

ROOT_URLCONF = "okey.urls"
WSGI_APPLICATION = "okey.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or TESTING

# --- Database --------------------------------------------------------------------------------------------

_database_url = env.str("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'okey.sqlite3'}" if DEBUG else "")
if not _database_url:
    raise ImproperlyConfigured("DATABASE_URL is not set. See README.md, “Settings”.")
DATABASES = {"default": env.db_url_config(_database_url)}
DATABASES["default"]["ATOMIC_REQUESTS"] = False  # no transaction is open while HTTP goes out
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds that a writer waits for another
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 3600  # seconds, in the worker too (okey/celery.py)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
#: Of the web process (okey/lib/statements.py); 0: none.
OKEY_WEB_STATEMENT_SECONDS = env.int("OKEY_WEB_STATEMENT_SECONDS", default=15)
#: Of every process that stays; 0: none.
OKEY_IDLE_TRANSACTION_SECONDS = env.int("OKEY_IDLE_TRANSACTION_SECONDS", default=30)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People ----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "owners.Owner"
#: Whether people make accounts themselves, with an address that they confirm; else an administrator adds each.
OKEY_OPEN_SIGN_UP = env.bool("OKEY_OPEN_SIGN_UP", default=False)
#: Whether every owner has to have a second factor before anything else.
OKEY_SECOND_FACTOR_REQUIRED = env.bool("OKEY_SECOND_FACTOR_REQUIRED", default=False)
#: Browsers know passkeys by a name, and at https only, or on the machine itself.
HAS_PASSKEYS = IS_HTTPS or (_base.hostname or "").split(".")[-1] == "localhost"
vars().update(sign_in_settings(open_sign_up=OKEY_OPEN_SIGN_UP, has_passkeys=HAS_PASSKEYS, is_https=IS_HTTPS))

#: An organisation's OpenID Connect (okey/owners/organisation): its name for people, the issuer, O-Key's client there.
OKEY_OIDC_NAME = env.str("OKEY_OIDC_NAME", default="")
OKEY_OIDC_SERVER_URL = env.str("OKEY_OIDC_SERVER_URL", default="")
OKEY_OIDC_CLIENT_ID = env.str("OKEY_OIDC_CLIENT_ID", default="")
OKEY_OIDC_CLIENT_SECRET = env.str("OKEY_OIDC_CLIENT_SECRET", default="")
check_organisation(OKEY_OIDC_NAME, OKEY_OIDC_SERVER_URL, OKEY_OIDC_CLIENT_ID, OKEY_OIDC_CLIENT_SECRET, debug=DEBUG)
#: Whether its people get accounts by signing in, and whether an address that it has confirmed is an owner's.
OKEY_OIDC_SIGN_UP = env.bool("OKEY_OIDC_SIGN_UP", default=False)
OKEY_OIDC_TRUST_EMAIL = env.bool("OKEY_OIDC_TRUST_EMAIL", default=False)

LANGUAGE_CODE = "en"
#: Each by its own name, so that whoever looks for theirs finds it. docs/languages.md says how one is added.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]
FORMAT_MODULE_PATH = ["okey.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Mail ------------------------------------------------------------------------------------------------

_email_url = env.str("EMAIL_URL", default=f"filemail:///{BASE_DIR / 'var' / 'mails'}" if DEBUG else "")
if not _email_url:
    raise ImproperlyConfigured("EMAIL_URL is not set. See README.md, “Settings”.")
_mail_server = env.email_url_config(_email_url)
if _mail_server["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
    _mail_server["EMAIL_BACKEND"] = "okey.mails.smtp.Backend"
vars().update(_mail_server)
EMAIL_TIMEOUT = 10  # seconds for each step of the mail server's dialogue, except for its answer to the mail itself
#: Mails about an owner's meetings, to clients and to the owner, in any 24 hours; one API token may cause half of them.
OKEY_MAILS_A_DAY = env.int("OKEY_MAILS_A_DAY", default=500)
ADMIN_EMAIL = env.str("ADMIN_EMAIL", default="admin@example.com" if DEBUG else "")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="support@example.com" if DEBUG else ADMIN_EMAIL)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="O-Key <okey@example.com>" if DEBUG else "")
for _name, _value in {"ADMIN_EMAIL": ADMIN_EMAIL, "DEFAULT_FROM_EMAIL": DEFAULT_FROM_EMAIL}.items():
    if not _value:
        raise ImproperlyConfigured(f"{_name} is not set. See README.md, “Settings”.")
ADMINS = [("O-Key administrator", ADMIN_EMAIL)]

# --- Broker and worker (the rest of Celery's settings: okey/celery.py), cache and rate limits ---------------------

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0" if DEBUG else "")
if not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL is not set. See README.md, “Settings”.")
#: How many links a worker process makes at once; its other threads are for other lanes (okey/lib/asking.py).
LINK_SEATS = env.int("LINK_SEATS", default=8)

# The same Redis counts tries for all processes; while it is away each counts by itself.
CACHES = {"default": {"BACKEND": "okey.limits.cache.SharedCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "okey"}}

# --- Addresses that owners type (okey/lib/opened_hosts.py) ------------------------------------------------

#: Hosts and networks that webhooks and calendars may lead to beside the open internet, by plain http too.
OKEY_WEBHOOK_HOSTS = webhook_hosts(env.str("OKEY_WEBHOOK_HOSTS", default=""))

# --- What is forgotten (okey/lib/retention.py) ------------------------------------------------------------

OKEY_KEEP_MAILS_DAYS = at_least_one("OKEY_KEEP_MAILS_DAYS", env.int("OKEY_KEEP_MAILS_DAYS", default=30))
OKEY_KEEP_ATTEMPTS_DAYS = at_least_one("OKEY_KEEP_ATTEMPTS_DAYS", env.int("OKEY_KEEP_ATTEMPTS_DAYS", default=30))
OKEY_KEEP_CONVERSATIONS_DAYS = at_least_one(
    "OKEY_KEEP_CONVERSATIONS_DAYS", env.int("OKEY_KEEP_CONVERSATIONS_DAYS", default=90)
)
OKEY_KEEP_WEBHOOK_EVENTS_DAYS = at_least_one(
    "OKEY_KEEP_WEBHOOK_EVENTS_DAYS", env.int("OKEY_KEEP_WEBHOOK_EVENTS_DAYS", default=30)
)
OKEY_KEEP_SESSIONS_DAYS = at_least_one("OKEY_KEEP_SESSIONS_DAYS", env.int("OKEY_KEEP_SESSIONS_DAYS", default=14))
SESSION_COOKIE_AGE = OKEY_KEEP_SESSIONS_DAYS * 24 * 3600
OKEY_CLOSED_ACCOUNT_DAYS = at_least_one("OKEY_CLOSED_ACCOUNT_DAYS", env.int("OKEY_CLOSED_ACCOUNT_DAYS", default=30))
OKEY_KEEP_EVENTS_DAYS = at_least_one("OKEY_KEEP_EVENTS_DAYS", env.int("OKEY_KEEP_EVENTS_DAYS", default=730))

# --- Meeting providers -----------------------------------------------------------------------------------

ZOOM_CLIENT_ID = env.str("ZOOM_CLIENT_ID", default="")
ZOOM_CLIENT_SECRET = env.str("ZOOM_CLIENT_SECRET", default="")
ZOOM_WEBHOOK_SECRET_TOKEN = env.str("ZOOM_WEBHOOK_SECRET_TOKEN", default="")
ZOOM_OAUTH_BASE_URL = provider_base_url(
    "ZOOM_OAUTH_BASE_URL", env.str("ZOOM_OAUTH_BASE_URL", default="https://zoom.us")
)
ZOOM_API_BASE_URL = provider_base_url("ZOOM_API_BASE_URL", env.str("ZOOM_API_BASE_URL", default="https://api.zoom.us"))
#: The guide promises that O-Key only creates meetings; an operator may allow it to change and cancel them too.
ZOOM_MANAGE_MEETINGS = env.bool("ZOOM_MANAGE_MEETINGS", default=False)
#: Of Google's Cloud project, for all of Google's services.
GOOGLE_CLIENT_ID = env.str("GOOGLE_CLIENT_ID", default="")
GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_SECRET", default="")
#: A stand-in that plays all of Google's hosts; empty for the real ones.
GOOGLE_BASE_URL = env.str("GOOGLE_BASE_URL", default="")
if GOOGLE_BASE_URL:
    GOOGLE_BASE_URL = provider_base_url("GOOGLE_BASE_URL", GOOGLE_BASE_URL)
#: Of Microsoft's app registration, for all of Microsoft's services.
MICROSOFT_CLIENT_ID = env.str("MICROSOFT_CLIENT_ID", default="")
MICROSOFT_CLIENT_SECRET = env.str("MICROSOFT_CLIENT_SECRET", default="")
#: The secret's last day, as Microsoft shows it: the doctor warns before it. None where it is not told.
MICROSOFT_CLIENT_SECRET_EXPIRES = day(
    "MICROSOFT_CLIENT_SECRET_EXPIRES", env.str("MICROSOFT_CLIENT_SECRET_EXPIRES", default="")
)
#: A stand-in that plays all of Microsoft's hosts; empty for the real ones.
MICROSOFT_BASE_URL = env.str("MICROSOFT_BASE_URL", default="")
if MICROSOFT_BASE_URL:
    MICROSOFT_BASE_URL = provider_base_url("MICROSOFT_BASE_URL", MICROSOFT_BASE_URL)
#: {SLUG}_CLIENT_ID, {SLUG}_CLIENT_SECRET and {SLUG}_BASE_URL of vendors that have no line here (docs/providers.md).
VENDOR_SETTINGS = vendor_settings(os.environ)
JITSI_BASE_URL = provider_base_url("JITSI_BASE_URL", env.str("JITSI_BASE_URL", default="https://meet.jit.si"))

# --- A language model that reads other languages for the bot (meetings/bot/language_model) -----------------

#: To which /chat/completions is added; empty: none is asked, and English alone is understood.
OKEY_LANGUAGE_MODEL_URL = env.str("OKEY_LANGUAGE_MODEL_URL", default="")
if OKEY_LANGUAGE_MODEL_URL:
    OKEY_LANGUAGE_MODEL_URL = provider_base_url("OKEY_LANGUAGE_MODEL_URL", OKEY_LANGUAGE_MODEL_URL)
OKEY_LANGUAGE_MODEL_KEY = header_value("OKEY_LANGUAGE_MODEL_KEY", env.str("OKEY_LANGUAGE_MODEL_KEY", default=""))
OKEY_LANGUAGE_MODEL_NAME = env.str("OKEY_LANGUAGE_MODEL_NAME", default="")
#: Questions of all clients together in any 24 hours.
OKEY_LANGUAGE_MODEL_A_DAY = at_least_one(
    "OKEY_LANGUAGE_MODEL_A_DAY", env.int("OKEY_LANGUAGE_MODEL_A_DAY", default=1000)
)

# --- Pages for everybody, and whose domain this is (okey/about) -------------------------------------------

#: Paths of the operator's own texts: HTML where the name ends so, else plain text.
OKEY_HELP_FILE = env.str("OKEY_HELP_FILE", default="")
OKEY_PRIVACY_FILE = env.str("OKEY_PRIVACY_FILE", default="")
OKEY_TERMS_FILE = env.str("OKEY_TERMS_FILE", default="")
OKEY_SUPPORT_FILE = env.str("OKEY_SUPPORT_FILE", default="")
OKEY_ZOOM_VERIFICATION = env.str("OKEY_ZOOM_VERIFICATION", default="")
#: The content of Google's meta tag, or the name of its file.
OKEY_GOOGLE_VERIFICATION = env.str("OKEY_GOOGLE_VERIFICATION", default="")

# --- Seeing what it does (okey/seeing) --------------------------------------------------------------------

#: What Prometheus has to show at /metrics; without it there is no such page.
OKEY_METRICS_TOKEN = env.str("OKEY_METRICS_TOKEN", default="")

# --- Logs ------------------------------------------------------------------------------------------------

OKEY_LOG_FORMAT = log_format(env.str("OKEY_LOG_FORMAT", default="line"))
LOGGING = logging_settings(OKEY_LOG_FORMAT)
