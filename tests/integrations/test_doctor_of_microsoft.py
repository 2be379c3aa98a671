"""What the doctor says of Microsoft: a client secret that expires, and the address for administrators."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.doctor import Level
from integrations.doctor import providers as provider_checks
from tests.microsoft_simulator import MicrosoftSimulator

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("days", "level", "text"),
    [(-1, Level.BAD, "It expired on "), (10, Level.WARNING, "It expires on "), (200, Level.OK, "It expires on ")],
)
def test_a_client_secret_that_expires_is_told_of_in_time(
    microsoft: MicrosoftSimulator, settings: Settings, days: int, level: Level, text: str
) -> None:
    settings.MICROSOFT_CLIENT_SECRET_EXPIRES = timezone.localdate() + timedelta(days=days)
    [finding] = provider_checks.secrets_that_expire()
    assert (finding.level, finding.text.startswith(text)) == (level, True)


def test_the_address_for_administrators_is_given_where_they_may_be_asked(microsoft: MicrosoftSimulator) -> None:
    found = {one.subject: one.text for one in provider_checks.addresses_to_paste()}
    url = found["Microsoft Teams: redirect URL to paste, for administrators"]
    assert url.endswith("/integrations/microsoft_teams/approved/")
    assert "Google Meet: redirect URL to paste, for administrators" not in found
