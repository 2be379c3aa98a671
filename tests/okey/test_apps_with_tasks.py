"""A worker knows what to do with the due rows of every app."""

from importlib.util import find_spec

from django.apps import apps

from okey.celery import APPS_WITH_TASKS


def test_every_apps_tasks_are_loaded_by_workers() -> None:
    ours = [one.name for one in apps.get_app_configs() if one.name.startswith(("okey", "integrations", "meetings"))]
    assert {name for name in ours if find_spec(f"{name}.tasks")} <= set(APPS_WITH_TASKS)
