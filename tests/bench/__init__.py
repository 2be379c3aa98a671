"""Programs that measure. They run by themselves, so Django is set up here, as pytest does it for the tests."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
