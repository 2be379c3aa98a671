"""What is logged, and how."""

from typing import Any


def logging_settings(log_format: str) -> dict[str, Any]:
    """`log_format`: line or json. The value of Django's LOGGING."""
    return {
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
                "formatter": log_format,
                "filters": ["traced", "without_addresses"],
            },
            "error_mails": {"class": "okey.mails.handlers.ErrorMails"},
        },
        "root": {"handlers": ["stderr", "error_mails"], "level": "INFO"},
        "loggers": {
            # Django's own handlers would print each line twice, and mail administrators all that a request carried.
            # What they are mailed instead: okey/mails/error_mails.py.
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
