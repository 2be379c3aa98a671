"""API tokens: shown once, kept as a hash, refused as soon as they should be."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from okey.api import tokens
from okey.api.models import ApiToken
from okey.owners.models import Owner

pytestmark = pytest.mark.django_db


def test_a_token_is_known_by_its_secret_of_which_only_a_hash_is_kept(alice: Owner) -> None:
    token, secret = tokens.make(owner=alice, name=" my \n n8n ", scopes=["schedule", "read"])
    found = tokens.authenticate(secret)
    assert found == token
    assert found.owner == alice
    assert (token.name, token.scopes) == ("my n8n", "read schedule")
    assert secret.startswith(token.prefix)
    assert len(token.prefix) < len(secret) / 3
    row = ApiToken.objects.filter(pk=token.pk).values().get()
    assert secret not in str(row)


@pytest.mark.parametrize("secret", ["", "okey_", "x", "okey_" + "a" * 43, "ä\ud800\0", "a" * 100_000])
def test_other_secrets_are_nobodys(alice: Owner, secret: str) -> None:
    tokens.make(owner=alice, name="n8n", scopes=["read"])
    assert tokens.authenticate(secret) is None


def test_a_prefix_is_no_secret(alice: Owner) -> None:
    token, _secret = tokens.make(owner=alice, name="n8n", scopes=["read"])
    assert tokens.authenticate(token.prefix) is None


def test_a_revoked_token_is_refused(alice: Owner) -> None:
    token, secret = tokens.make(owner=alice, name="n8n", scopes=["read"])
    tokens.revoke(owner=alice, token_id=token.pk)
    revoked_at = ApiToken.objects.get().revoked_at
    tokens.revoke(owner=alice, token_id=token.pk)
    assert ApiToken.objects.get().revoked_at == revoked_at
    assert tokens.authenticate(secret) is None


def test_an_expired_token_is_refused(alice: Owner) -> None:
    _token, secret = tokens.make(
        owner=alice, name="n8n", scopes=["read"], expires_at=timezone.now() + timedelta(days=1)
    )
    assert tokens.authenticate(secret)
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert tokens.authenticate(secret) is None


def test_the_tokens_of_an_owner_who_may_not_sign_in_are_refused(alice: Owner) -> None:
    _token, secret = tokens.make(owner=alice, name="n8n", scopes=["read"])
    Owner.objects.update(is_active=False)
    assert tokens.authenticate(secret) is None


def test_nobody_revokes_anothers(alice: Owner, charlie: Owner) -> None:
    token, secret = tokens.make(owner=alice, name="n8n", scopes=["read"])
    with pytest.raises(ApiToken.DoesNotExist):
        tokens.revoke(owner=charlie, token_id=token.pk)
    assert tokens.authenticate(secret)


def test_the_last_use_is_written_at_most_once_a_minute(
    alice: Owner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _token, secret = tokens.make(owner=alice, name="n8n", scopes=["read"])
    with time_machine.travel(datetime(2026, 3, 9, 14, 0, tzinfo=UTC), tick=False) as clock:
        tokens.authenticate(secret)
        clock.shift(59)
        with django_assert_num_queries(1):
            tokens.authenticate(secret)
        assert ApiToken.objects.get().last_used_at == datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
        clock.shift(2)
        tokens.authenticate(secret)
        assert ApiToken.objects.get().last_used_at == datetime(2026, 3, 9, 14, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " \n "}, "name"),
        ({"name": "\0"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expires_at"),
    ],
)
def test_what_makes_no_token(alice: Owner, changes: dict[str, object], field: str) -> None:
    wanted = {"name": "n8n", "scopes": ["read"], **changes}
    with pytest.raises(ValidationError) as refused:
        tokens.make(owner=alice, **wanted)  # type: ignore[arg-type]
    assert list(refused.value.message_dict) == [field]
    assert not ApiToken.objects.exists()


def test_an_owner_has_so_many_tokens_at_most(alice: Owner, bob: Owner) -> None:
    for number in range(tokens.MOST_TOKENS):
        token, _secret = tokens.make(owner=alice, name=str(number), scopes=["read"])
    with pytest.raises(ValidationError, match="Revoke one first"):
        tokens.make(owner=alice, name="one more", scopes=["read"])
    tokens.make(owner=bob, name="another owner's", scopes=["read"])
    tokens.revoke(owner=alice, token_id=token.pk)
    tokens.make(owner=alice, name="one more", scopes=["read"])
