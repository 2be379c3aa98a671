"""A refresh whose answer was lost: the pair that we hold may be dead, or be replaced by the lost call yet."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from integrations import access, grants, upkeep
from integrations.models import ProviderAccount
from integrations.providers.base import Unavailable
from okey.lib import patience
from okey.owners.models import Owner
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(zoom: ZoomSimulator, alice: Owner) -> ProviderAccount:
    connect_zoom(zoom, alice)
    return ProviderAccount.objects.get()


def due_in(account: ProviderAccount) -> timedelta:
    due_at: datetime | None = ProviderAccount.objects.get(pk=account.pk).due_at
    assert due_at is not None
    return due_at - timezone.now()


def test_after_a_lost_answer_the_grant_is_refreshed_again_within_the_minute(
    zoom: ZoomSimulator, account: ProviderAccount
) -> None:
    zoom.settings(refresh_grace=60)
    zoom.fault("refresh", "drop_after")
    access.refresh(account.pk, refused=(account.grant_no, account.pair_no))
    assert timedelta(seconds=30) < due_in(account) < timedelta(seconds=45)
    ProviderAccount.objects.update(due_at=timezone.now())
    upkeep.work(account.pk)
    assert due_in(account) > timedelta(hours=1)
    assert zoom.calls("refresh") == 3


def test_so_a_lost_call_that_is_carried_out_late_costs_no_connection(
    zoom: ZoomSimulator, account: ProviderAccount
) -> None:
    zoom.settings(refresh_grace=60)
    zoom.fault("refresh", "drop_after")
    _access_token, old = grants.tokens_of(account)
    renewed = access.refresh(account.pk, refused=(account.grant_no, account.pair_no))
    access.registry.oauth_provider("zoom").refresh(old)  # Zoom is slow: our pair has a minute to live from here on
    ProviderAccount.objects.update(due_at=timezone.now())
    upkeep.work(account.pk)
    zoom.advance(61)
    renewed = ProviderAccount.objects.get()
    access.registry.oauth_provider("zoom").identify(grants.tokens_of(renewed)[0])


def test_two_lost_answers_are_tried_again_while_zoom_may_still_take_the_old_pair(
    zoom: ZoomSimulator, account: ProviderAccount
) -> None:
    zoom.settings(refresh_grace=60)
    zoom.fault("refresh", "drop_after", times=2)
    with pytest.raises(Unavailable):
        access.refresh(account.pk, refused=(account.grant_no, account.pair_no))
    assert timedelta(seconds=30) < due_in(account) < timedelta(seconds=45)
    ProviderAccount.objects.update(due_at=timezone.now())
    upkeep.work(account.pk)
    assert ProviderAccount.objects.get().pair_no == 1


def test_a_repeat_that_fails_comes_again_at_once_for_the_old_pair_has_a_minute_only(
    zoom: ZoomSimulator, account: ProviderAccount
) -> None:
    zoom.settings(refresh_grace=60)
    zoom.fault("refresh", "drop_after", times=2)
    with pytest.raises(Unavailable):
        access.refresh(account.pk, refused=(account.grant_no, account.pair_no))
    zoom.fault("refresh", "status", times=2)
    for _ in range(2):
        ProviderAccount.objects.update(due_at=timezone.now())
        upkeep.work(account.pk)
        assert due_in(account) < timedelta(seconds=8)


def test_a_database_that_restarts_under_the_new_pair_is_waited_for(
    zoom: ZoomSimulator, account: ProviderAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(patience.connection, "close", lambda: None)  # the test's own transaction
    renew: Callable[..., Any] = grants.renew
    failures = [OperationalError("terminating connection"), OperationalError("the database system is starting up")]

    def renew_at_the_third_try(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return renew(*arguments)

    monkeypatch.setattr(grants, "renew", renew_at_the_third_try)
    assert access.refresh(account.pk, refused=(account.grant_no, account.pair_no)).pair_no == 1
    assert zoom.calls("refresh") == 1


class Killed(BaseException):
    """The process ends here."""


def test_a_refresh_whose_process_died_is_repeated_while_zoom_may_still_take_the_old_pair(
    zoom: ZoomSimulator, account: ProviderAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoom.settings(refresh_grace=60)

    def die(*_args: Any) -> bool:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(grants, "renew", die)
        with pytest.raises(Killed):
            access.refresh(account.pk, refused=(account.grant_no, account.pair_no))
    assert timedelta(seconds=30) < due_in(account) < timedelta(seconds=45)
    ProviderAccount.objects.update(due_at=timezone.now(), claim=None)
    upkeep.work(account.pk)
    assert due_in(account) > timedelta(hours=1)
    zoom.advance(61)
    access.registry.oauth_provider("zoom").identify(grants.tokens_of(ProviderAccount.objects.get())[0])


def test_a_pair_that_came_too_late_to_be_kept_has_the_grant_refreshed_again_soon(
    zoom: ZoomSimulator, account: ProviderAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoom.settings(refresh_grace=60)
    renew = grants.renew

    def overtaken(slow: ProviderAccount, grant: Any) -> bool:
        monkeypatch.setattr(grants, "renew", renew)
        ProviderAccount.objects.update(claim=None)  # its time has run out
        access.refresh(account.pk, refused=(account.grant_no, account.pair_no))
        return renew(slow, grant)

    monkeypatch.setattr(grants, "renew", overtaken)
    access.refresh(account.pk, refused=(account.grant_no, account.pair_no))
    assert timedelta(seconds=30) < due_in(account) < timedelta(seconds=45)
