"""The web application, for gunicorn."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from okey.lib import statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okey.settings")

application = get_wsgi_application()
statements.limit(seconds=settings.OKEY_WEB_STATEMENT_SECONDS)
if not settings.DEBUG:  # under `make run` whatever ends stops everything
    from okey.seeing import watch  # needs the models

    watch.begin()
