"""The migration by which an account belongs to a vendor: up and down, on rows, with two owners on one account."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from integrations import connections, grants
from integrations.models import Connection, ProviderAccount
from okey.owners.models import Owner

BEFORE, AFTER = ("integrations", "0008_lists_at_size"), ("integrations", "0009_accounts_of_vendors")
PAIR = '{"access_token": "a", "refresh_token": "r"}'


def migrate(to: tuple[str, str]) -> Any:
    """The models as they are then."""
    executor = MigrationExecutor(connection)
    executor.migrate([to])
    return MigrationExecutor(connection).loader.project_state([to]).apps


def migrate_to_now() -> None:
    """Every app: others have gone back with this one."""
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.fixture
def latest(transactional_db: None) -> Iterator[None]:
    yield
    migrate_to_now()


def test_up_and_down_every_row_stays_with_its_tokens_and_its_owners(latest: None, alice: Owner, bob: Owner) -> None:
    before = migrate(BEFORE)
    account = before.get_model("integrations", "ProviderAccount").objects.create(
        provider="zoom", external_id="jill", email="jill@example.com", scopes="meeting:write:meeting", grant_no=3
    )
    account.tokens, account.state = ProviderAccount(pk=account.pk).seal("tokens", PAIR), "live"
    account.save()
    for owner in (alice, bob):
        before.get_model("integrations", "Connection").objects.create(
            owner_id=owner.pk, provider="zoom", account_id=account.pk, is_default=True
        )

    migrate(AFTER)
    migrate_to_now()
    now = ProviderAccount.objects.get()
    assert (now.vendor, now.external_id, now.grant_no, now.state) == ("zoom", "jill", 3, "live")
    assert grants.tokens_of(now) == ("a", "r")
    assert {one.owner for one in Connection.objects.filter(account=now)} == {alice, bob}
    assert all(connections.can_make_links(one) for one in connections.usable().select_related("account"))
    assert all(entry.is_shared for entry in connections.overview(alice) if entry.connection)

    back = migrate(BEFORE).get_model("integrations", "ProviderAccount").objects.get()
    assert (back.pk, back.provider, back.external_id, back.email) == (account.pk, "zoom", "jill", "jill@example.com")


@pytest.mark.django_db
def test_a_process_that_was_not_started_anew_yet_works_on() -> None:
    """It reads and writes the columns that it knows: nothing in the database has changed."""
    old = MigrationExecutor(connection).loader.project_state([BEFORE]).apps.get_model("integrations", "ProviderAccount")
    new = ProviderAccount.objects.create(vendor="zoom", external_id="jill")
    assert old.objects.get(provider="zoom", external_id="jill").pk == new.pk
    old.objects.create(provider="zoom", external_id="jack")
    assert ProviderAccount.objects.filter(vendor="zoom").count() == 2
