"""Signs of life of the worker and of beat: a file whose age the containers' health checks look at.

The worker's is touched by the heartbeat that it sends only while it is connected to the broker and its loop
turns; beat's whenever the broker has taken a task from it. Asking a worker by `celery inspect ping` instead
would start a second Celery each time.
"""

import os
from pathlib import Path
from typing import Any

from celery.signals import after_task_publish, beat_init, heartbeat_sent

VARIABLE = "OKEY_HEARTBEAT_FILE"


def _touch(**_: Any) -> None:
    Path(os.environ[VARIABLE]).touch()


def _watch_publishing(**_: Any) -> None:
    after_task_publish.connect(_touch)


def beat_lives() -> None:
    """For beat, which has asked the broker and had no need to send anything."""
    if VARIABLE in os.environ:
        _touch()


def leave_signs_of_life() -> None:
    """Called once a process; does nothing where no health check asks."""
    if VARIABLE in os.environ:
        heartbeat_sent.connect(_touch)
        beat_init.connect(_watch_publishing)
