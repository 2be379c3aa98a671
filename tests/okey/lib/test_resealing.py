"""After a new key: every sealed value is sealed anew, and no change that comes meanwhile is lost."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import DjangoAssertNumQueries, Settings

from integrations.models import AuthorizationAttempt, ProviderAccount
from okey.owners.models import Owner

pytestmark = pytest.mark.django_db

NEW_KEY = bytes(range(100, 132))


@pytest.fixture
def accounts() -> list[ProviderAccount]:
    rows = [ProviderAccount(vendor="zoom", external_id=str(number)) for number in range(3)]
    for row in rows:
        row.tokens = row.seal("tokens", f"secret {row.external_id}")
        row.save()
    ProviderAccount.objects.create(vendor="zoom", external_id="without tokens")
    return rows


@pytest.fixture
def old_key(settings: Settings, accounts: list[ProviderAccount]) -> bytes:
    """A newer key has just been put in front."""
    [old] = settings.OKEY_ENCRYPTION_KEYS
    settings.OKEY_ENCRYPTION_KEYS = (NEW_KEY, old)
    return bytes(old)


def opened() -> list[str]:
    return [row.opened("tokens") for row in ProviderAccount.objects.order_by("external_id")]


def test_afterwards_the_old_key_can_go(old_key: bytes, settings: Settings) -> None:
    assert ProviderAccount.reseal_all() == (3, 0)
    settings.OKEY_ENCRYPTION_KEYS = (NEW_KEY,)
    assert opened() == ["secret 0", "secret 1", "secret 2", ""]


def test_a_second_time_there_is_nothing_to_do(
    old_key: bytes, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ProviderAccount.reseal_all()
    with django_assert_num_queries(1):
        assert ProviderAccount.reseal_all() == (0, 0)


def test_a_change_that_comes_while_resealing_is_not_overwritten(
    old_key: bytes, accounts: list[ProviderAccount]
) -> None:
    read = ProviderAccount.objects.get(external_id="1")
    ProviderAccount.objects.filter(pk=read.pk).update(tokens=read.seal("tokens", "refreshed meanwhile"))
    assert read._reseal("tokens") == 0
    assert ProviderAccount.objects.get(pk=read.pk).opened("tokens") == "refreshed meanwhile"


def test_the_command_reseals_every_sealed_column_and_says_how_many(
    old_key: bytes, alice: Owner, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.OKEY_ENCRYPTION_KEYS = (old_key,)
    attempt = AuthorizationAttempt(owner=alice, provider="zoom", state_hash="x")
    for name in ("secrets", "code", "tokens"):
        setattr(attempt, name, attempt.seal(name, name))
    attempt.save()
    settings.OKEY_ENCRYPTION_KEYS = (NEW_KEY, old_key)
    call_command("reseal_tokens")
    assert capsys.readouterr().out == "Sealed anew with the newest key: 6 values.\n"
    settings.OKEY_ENCRYPTION_KEYS = (NEW_KEY,)
    attempt.refresh_from_db()
    assert [attempt.opened(name) for name in ("secrets", "code", "tokens")] == ["secrets", "code", "tokens"]
    assert opened()[:3] == ["secret 0", "secret 1", "secret 2"]


def test_the_command_goes_on_past_a_value_that_no_key_opens_and_fails_in_the_end(
    old_key: bytes, accounts: list[ProviderAccount], capsys: pytest.CaptureFixture[str]
) -> None:
    ProviderAccount.objects.filter(external_id="1").update(tokens=accounts[0].tokens)
    with pytest.raises(CommandError, match="1 value does not open") as error:
        call_command("reseal_tokens")
    assert "secret" not in str(error.value)
    assert capsys.readouterr().out == "Sealed anew with the newest key: 2 values.\n"
