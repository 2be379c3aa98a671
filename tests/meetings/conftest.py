from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from meetings import scheduling
from meetings.models import Meeting
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.google_fixtures import google, google_process
from tests.integrations.steady import steady
from tests.meetings.linking import Schedule
from tests.microsoft_fixtures import microsoft, microsoft_process
from tests.zoom_fixtures import zoom, zoom_process, zoom_settings

__all__ = [
    "google",
    "google_process",
    "microsoft",
    "microsoft_process",
    "steady",
    "zoom",
    "zoom_process",
    "zoom_settings",
]


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return add_contact(owner=alice, name="Ann Lee", email="ann@example.com")


@pytest.fixture
def schedule(alice: Owner, ann: Contact) -> Schedule:
    def make(*, by_mail: bool = True, is_address_confirmed: bool = True, **changes: Any) -> Meeting:
        plan = scheduling.Plan(
            **{
                "title": "Kick-off",
                "starts_at": (timezone.now() + timedelta(days=1)).replace(microsecond=0),
                "minutes": 30,
                "provider": "zoom",
                **changes,
            }
        )
        return scheduling.schedule(
            owner=alice, contact=ann, plan=plan, by_mail=by_mail, is_address_confirmed=is_address_confirmed
        )

    return make


@pytest.fixture
def managing(settings: Settings) -> None:
    settings.ZOOM_MANAGE_MEETINGS = True
