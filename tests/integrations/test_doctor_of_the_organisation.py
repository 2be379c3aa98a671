"""The doctor says what is wrong with the organisation by which owners sign in, and what to do."""

from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from integrations.doctor.findings import Level
from integrations.doctor.organisation import organisation
from tests.openid_provider import CLIENT, SECRET, OpenIdProvider


@pytest.fixture
def acme(settings: Settings) -> Iterator[OpenIdProvider]:
    with OpenIdProvider() as provider:
        settings.OKEY_OIDC_NAME, settings.OKEY_OIDC_SERVER_URL = "Acme", provider.issuer
        settings.OKEY_OIDC_CLIENT_ID, settings.OKEY_OIDC_CLIENT_SECRET = CLIENT, SECRET
        yield provider


def test_nothing_is_said_where_none_is_set_up() -> None:
    assert list(organisation()) == []


def test_one_that_is_right(acme: OpenIdProvider) -> None:
    found = list(organisation())
    assert [one.level for one in found] == [Level.OK] * 3
    assert found[0].text.endswith("/accounts/organisation/back/")
    assert found[0].to_copy


PLANTED: dict[str, tuple[Callable[[OpenIdProvider, Settings], object], Level, str, str]] = {
    "nobody there": (
        lambda _, settings: setattr(settings, "OKEY_OIDC_SERVER_URL", "http://127.0.0.1:1"),
        Level.WARNING, "does not answer", "OKEY_OIDC_SERVER_URL",
    ),
    "another issuer": (
        lambda acme, _: acme.document.update(issuer="https://other.example"),
        Level.BAD, "names another issuer", "OKEY_OIDC_SERVER_URL",
    ),
    "a page in place of a document": (
        lambda acme, _: acme.says.update({"openid-configuration": (200, b"<html>")}),
        Level.WARNING, "does not answer as OpenID Connect does", "letter by letter",
    ),
    "a wrong secret": (
        lambda _, settings: setattr(settings, "OKEY_OIDC_CLIENT_SECRET", "wrong"),
        Level.BAD, "refuses them (invalid_client)", "OKEY_OIDC_CLIENT_SECRET",
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_named_with_its_mend(planted: str, acme: OpenIdProvider, settings: Settings) -> None:
    plant, level, words, mend = PLANTED[planted]
    plant(acme, settings)
    (named,) = [one for one in organisation() if one.level is not Level.OK]
    assert named.level is level
    assert words in named.text
    assert mend in named.todo
    assert SECRET not in str(named)
