from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.openid_provider import CLIENT, SECRET, OpenIdProvider


@pytest.fixture
def acme(settings: Settings) -> Iterator[OpenIdProvider]:
    """An organisation that is set up, and whose word counts for nothing yet."""
    with OpenIdProvider() as provider:
        settings.OKEY_OIDC_NAME, settings.OKEY_OIDC_SERVER_URL = "Acme", provider.issuer
        settings.OKEY_OIDC_CLIENT_ID, settings.OKEY_OIDC_CLIENT_SECRET = CLIENT, SECRET
        yield provider
