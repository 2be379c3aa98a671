#: As in pyproject.toml and CHANGELOG.md. Before all else: the settings have it.
__version__ = "0.1.0"

from okey.celery import app as celery_app

__all__ = ("celery_app",)
