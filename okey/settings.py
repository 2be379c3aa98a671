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
from django.utils.translation import gettext_lazy as _

from okey.lib.environment import (
    app_address,
    at_least_one,
    day,
    encryption_keys,
    is_weak_secret_key,
    log_format,
    provider_base_url,
    proxy_count,
    public_url,
    vendor_settings,
    webhook_hosts,
)

django_stubs_ext.monkeypatch()  # so that ModelAdmin and forms take their model as a type argument

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
DEBUG_IS_OFF_BY_NAME = "DEBUG" in os.environ and not env.bool("DEBUG")
if not DEBUG_IS_OFF_BY_NAME:
    environ.Env.read_env(BASE_DIR / "var" / "development.env")

DEBUG = env.bool("DEBUG", default=False)
TESTING = "pytest" in sys.modules


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
    "csp",
    "django_htmx",
    "django_object_actions",
    "django_mcpz.oauth",
    "lucide",
    "ninja",
    "timezone_field",
    # Ours come last: they take some of the others' lists out of the admin.
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
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People ----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "owners.Owner"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "okey.owners.adapter.ClosedSignUpAdapter"
ACCOUNT_FORMS = {
    "login": "okey.owners.account_forms.SignInForm",
    "change_password": "okey.owners.account_forms.PasswordChangeForm",
    "reset_password": "okey.owners.account_forms.PasswordResetForm",
    "reset_password_from_key": "okey.owners.account_forms.PasswordFromKeyForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator vouches for the address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # whoever has no account here has nothing to do with us, and gets no mails
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {
    # okey.owners.sign_in_tries counts these, so that nobody's wrong passwords keep others from their own right one.
    "login": "",
    "login_failed": "",
    "reset_password": "20/h/ip,5/h/key",
}
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # seconds; also the life of an invitation to set a first password

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
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

# --- Seeing what it does (okey/seeing) --------------------------------------------------------------------

#: What Prometheus has to show at /metrics; without it there is no such page.
OKEY_METRICS_TOKEN = env.str("OKEY_METRICS_TOKEN", default="")

# --- Logs ------------------------------------------------------------------------------------------------

OKEY_LOG_FORMAT = log_format(env.str("OKEY_LOG_FORMAT", default="line"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"},
        "json": {"()": "okey.lib.logs.Json"},
    },
    "filters": {
        "traced": {"()": "okey.lib.logs.Traced"},
        "without_addresses": {"()": "okey.lib.logs.WithoutAddresses"},
        "outages": {"()": "okey.lib.outage.OneLine"},
        "without_traceback": {"()": "okey.lib.outage.WithoutTraceback"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": OKEY_LOG_FORMAT,
            "filters": ["traced", "without_addresses"],
        },
        "error_mails": {"class": "okey.mails.handlers.ErrorMails"},
    },
    "root": {"handlers": ["stderr", "error_mails"], "level": "INFO"},
    "loggers": {
        # Django's own handlers would print each line twice, and mail administrators all that a request carried. What
        # they are mailed instead: okey/mails/error_mails.py.
        "django": {"handlers": [], "level": "INFO"},
        **{name: {"filters": ["outages"]} for name in ("django.request", "okey.api.problems")},
        "django.security.DisallowedHost": {"filters": ["without_traceback"]},
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # Two lines a task, every few seconds, say nothing: the tables and the diaries hold what happened.
        **{name: {"level": "WARNING"} for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat")},
        # DEBUG lines of these print headers and bodies, and those carry tokens.
        **{name: {"level": "INFO"} for name in ("urllib3", "requests_oauthlib", "oauthlib", "requests")},
    },
}
