"""The Celery application, for the worker and beat. Tasks are wake-up calls; the tables are the queue."""

import os
from typing import Any

from celery import Celery
from django.conf import settings

from okey.lib.heartbeat import leave_signs_of_life
from okey.lib.wake import SWEEP_SECONDS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okey.settings")

#: Seconds, tried once. Publishers give up soon, because the sweep comes anyway; a worker's blocking read takes longer.
WRITE_OPTIONS = {
    "socket_timeout": 0.2,
    "socket_connect_timeout": 0.2,
    "max_retries": 0,  # of the connection; Celery's own default goes on for six seconds
    "interval_start": 0,
    "interval_step": 0,
}


class Application(Celery):  # type: ignore[misc] # Celery has no types
    """Celery, with the limits above for the connections that publish."""

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        limits = WRITE_OPTIONS | (options.pop("transport_options", None) or {})
        return super().connection_for_write(url, transport_options=limits, **options)


app = Application("okey")


def configuration() -> dict[str, Any]:
    """Read when first needed: this module is imported with the package, before the settings are."""
    return {
        "broker_url": settings.REDIS_URL,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "visibility_timeout": 120,  # seconds after which a dead worker's message is handed out again
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
        },
        "task_publish_retry": False,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_time_limit": None,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "beat_schedule": {
            "sweep": {
                "task": "okey.lib.tasks.sweep",
                "schedule": SWEEP_SECONDS,
                # A worker that was away must not find a thousand old sweeps.
                "options": {"expires": SWEEP_SECONDS * 4},
            },
            "forget": {"task": "okey.lib.tasks.forget", "schedule": 3600, "options": {"expires": 3600}},
            # Shows that beat, the broker and a worker are alive (okey.pulse.models).
            "pulse": {"task": "okey.pulse.tasks.beat", "schedule": 5, "options": {"expires": 20}},
        },
    }


app.add_defaults(configuration)
app.autodiscover_tasks(
    ["okey.lib", "okey.pulse", "okey.mails", "okey.webhooks", "integrations", "meetings", "meetings.booking"]
)
leave_signs_of_life()
