"""The Celery application, for the worker and beat. Messages say only "look at this lane"; the tables are the queue."""

import logging
import os
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import beat_init, worker_init, worker_ready, worker_shutdown, worker_shutting_down
from celery.worker.consumer import Consumer as WorkerConsumer
from django.conf import settings
from django.db import close_old_connections
from kombu.connection import Connection
from kombu.entity import Queue

from okey.lib.heartbeat import leave_signs_of_life

logger = logging.getLogger(__name__)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okey.settings")

#: How often beat asks for looks at what is due.
ROUND_SECONDS = 3
#: Seconds. Publishers try once; no page is to wait for a broker, while beat and workers may have a little patience.
IMPATIENT, PATIENT = 0.2, 2.0
#: How long a worker that has lost the broker waits between two tries, at most.
RECONNECT_SECONDS = 2


class PromptConnection(Connection):
    """Kombu's, whose waits between two tries would grow to half a minute."""

    def _ensure_connection(self, *args: Any, **options: Any) -> Any:
        waits = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": RECONNECT_SECONDS}
        return super()._ensure_connection(*args, **waits | options)  # type: ignore[no-untyped-call]


class Amqp(AMQP):  # type: ignore[misc]
    Connection = PromptConnection


class Application(Celery):  # type: ignore[misc]
    """Celery, with limits for the connections that publish. A worker's blocking read takes longer."""

    amqp_cls = Amqp
    #: What this process's publishers wait for the broker.
    patience = IMPATIENT

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        limits = {
            "socket_timeout": self.patience,
            "socket_connect_timeout": self.patience,
            "max_retries": 0,  # of the connection; Celery's own default goes on for six seconds
            "interval_start": 0,
            "interval_step": 0,
        }
        limits |= options.pop("transport_options", None) or {}
        return super().connection_for_write(url, transport_options=limits, **options)


class Consumer(WorkerConsumer):  # type: ignore[misc]
    """Celery's, which ends its worker at every error that is not on its list for the broker. Ours connects anew
    whatever went wrong between it and the broker: the tables are the queue, so nothing is lost by that."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.connection_errors = (Exception,)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """A broken connection is let go, even where closing it breaks too: kombu's, with messages not yet handed on."""
        try:
            super().on_connection_error_after_connected(exc)
        except Exception:
            logger.warning("The broken connection to the broker could not be closed.", exc_info=True)
            self.connection = None


app = Application("okey")


def configuration() -> dict[str, Any]:
    """Read when first needed: this module is imported with the package, before the settings are."""
    from okey.lib import asking  # noqa: PLC0415 -- its seats are settings

    return {
        "broker_url": settings.REDIS_URL,
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # for ever
        "broker_transport_options": {
            "visibility_timeout": 120,  # seconds after which a dead worker's message is handed out again
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
        },
        "task_publish_retry": False,
        "task_ignore_result": True,
        # A message says nothing that the tables do not: nothing is lost with one. And a worker that had late ones to
        # give back when the broker went away would end of it.
        "task_acks_late": False,
        "task_time_limit": None,
        # A queue a lane, so that a process can be started for some of them: -Q links.
        "task_queues": [Queue(name) for name in (*asking.LANES, asking.PULSE)],  # type: ignore[no-untyped-call]
        "task_default_queue": asking.PULSE,
        "worker_consumer": "okey.celery:Consumer",
        "worker_pool": "threads",
        "worker_concurrency": asking.threads(),
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "beat_scheduler": "okey.lib.rounds:Scheduler",
        "beat_schedule": {
            "round": {"task": asking.ROUND, "schedule": ROUND_SECONDS},
            "forget": {
                "task": "okey.lib.tasks.forget",
                "schedule": 3600,
                # A worker that was away need not do it twice.
                "options": {"queue": "housekeeping", "expires": 3600},
            },
            # Shows that beat, the broker and a worker are alive (okey.pulse.models).
            "pulse": {"task": "okey.pulse.tasks.beat", "schedule": 5},
        },
    }


def _be_patient(**_: Any) -> None:
    app.patience = PATIENT


def _limit_transactions(**_: Any) -> None:
    from okey.lib import statements  # noqa: PLC0415 -- as the settings, when they are there

    statements.limit()


def _keep_connections(*_: Any) -> None:
    """Instead of Celery's own, which closes the database's connections around every task. As with web requests, those
    that are broken or too old are closed."""
    close_old_connections()


DjangoWorkerFixup._close_database = _keep_connections
worker_init.connect(_be_patient)
beat_init.connect(_be_patient)
worker_init.connect(_limit_transactions)
beat_init.connect(_limit_transactions)


def _begin_to_report(sender: Any, **_: Any) -> None:
    from okey.pulse.reporting import Reporter, name_of  # noqa: PLC0415 -- its models are loaded by now

    reporter = Reporter()
    worker_shutdown.connect(lambda **_: reporter.end(), weak=False)
    reporter.begin(name_of(sender))


def _give_up_seats(**_: Any) -> None:
    from okey.lib import lanes  # noqa: PLC0415 -- its models are loaded by now

    lanes.end()


worker_shutting_down.connect(_give_up_seats)
worker_ready.connect(_begin_to_report)
beat_init.connect(_begin_to_report)
app.add_defaults(configuration)
#: Whose tasks.py says what a worker does with due rows.
APPS_WITH_TASKS = [
    "okey.lib",
    "okey.pulse",
    "okey.mails",
    "okey.webhooks",
    "integrations",
    "integrations.calendars",
    "meetings",
    "meetings.booking",
    "meetings.bot",
    "meetings.personal",
]
app.autodiscover_tasks(APPS_WITH_TASKS)
leave_signs_of_life()
