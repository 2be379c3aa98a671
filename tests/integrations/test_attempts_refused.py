"""Every way in which an attempt ends without a connection, and that it ends in a named reason."""

from datetime import timedelta
from itertools import pairwise

import pytest
from pytest_django import Settings

from integrations import authorization
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.integrations.walking import Clock, Results, Status, come_back, returned_query, work_on
from tests.zoom_fixtures import authorize, connect_zoom, returned
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(zoom: ZoomSimulator, alice: Owner) -> AuthorizationAttempt:
    return authorization.begin(alice, "zoom")


@pytest.fixture
def back(zoom: ZoomSimulator, attempt: AuthorizationAttempt) -> str:
    """The callback's URL after Allow."""
    return zoom.approve(authorization.url_of(attempt))


def check_over(zoom: ZoomSimulator, attempt: AuthorizationAttempt, outcome: str, *, exchanges: int = 0) -> None:
    """It ended so; nothing was stored, nothing is owed."""
    assert (attempt.status, attempt.outcome) == (Status.FAILED, outcome)
    assert (attempt.code, attempt.tokens, attempt.secrets, attempt.due_at) == (None, None, None, None)
    assert zoom.calls("exchange") == exchanges
    assert not Connection.objects.exists()
    assert not ProviderAccount.objects.exists()


def test_declined(zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt) -> None:
    check_over(zoom, come_back(zoom.decline(authorization.url_of(attempt)), alice), Results.DECLINED)


def test_declined_by_somebody_who_is_not_signed_in(zoom: ZoomSimulator, attempt: AuthorizationAttempt) -> None:
    check_over(zoom, come_back(zoom.decline(authorization.url_of(attempt)), None), Results.DECLINED)


@pytest.mark.parametrize("error", ["server_error", "invalid_scope", "x" * 5000, "\x00", "\r\nSet-Cookie: a=b", "🎉"])
def test_any_other_error_from_zoom(
    zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt, back: str, error: str
) -> None:
    state = returned_query(back)["state"]
    attempt = authorization.receive("zoom", state=state, code="abc", error=error, visitor=alice)
    check_over(zoom, attempt, Results.CODE_REFUSED)
    assert len(attempt.detail) <= 100
    assert "\n" not in attempt.detail


def test_neither_code_nor_error(zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt, back: str) -> None:
    attempt = authorization.receive("zoom", state=returned_query(back)["state"], code="", error="", visitor=alice)
    check_over(zoom, attempt, Results.CODE_REFUSED)


@pytest.mark.parametrize("state", ["", "made-up", "\x00", "ä" * 2000])
def test_a_state_of_nobodys(zoom: ZoomSimulator, alice: Owner, back: str, state: str) -> None:
    with pytest.raises(authorization.UnknownState):
        authorization.receive("zoom", state=state, code=returned_query(back)["code"], error="", visitor=alice)
    assert AuthorizationAttempt.objects.get().spent_at is None
    assert zoom.calls("exchange") == 0


def test_the_state_of_another_provider(zoom: ZoomSimulator, alice: Owner, back: str) -> None:
    with pytest.raises(authorization.UnknownState):
        authorization.receive("jitsi", **returned_query(back), error="", visitor=alice)


def test_another_owners_state(zoom: ZoomSimulator, alice: Owner, charlie: Owner, back: str) -> None:
    check_over(zoom, come_back(back, charlie), Results.OTHER_OWNER)
    check_over(zoom, come_back(back, alice), Results.OTHER_OWNER)


def test_somebody_else_signs_in_to_go_on(zoom: ZoomSimulator, attempt: AuthorizationAttempt, back: str) -> None:
    assert come_back(back, None).status == Status.RETURNED
    authorization.refuse_stranger(attempt)
    assert authorization.proceed(attempt.pk).outcome == Results.OTHER_OWNER
    attempt.refresh_from_db()
    check_over(zoom, attempt, Results.OTHER_OWNER)


def test_its_own_owner_signs_in_and_goes_on(zoom: ZoomSimulator, attempt: AuthorizationAttempt, back: str) -> None:
    come_back(back, None)
    assert authorization.proceed(attempt.pk).outcome == Results.CONNECTED


@pytest.mark.parametrize("minutes", [10, 60 * 24])
def test_expired_on_the_way(zoom: ZoomSimulator, alice: Owner, clock: Clock, back: str, minutes: int) -> None:
    clock.shift(minutes=minutes)
    check_over(zoom, come_back(back, alice), Results.EXPIRED)


def test_just_in_time(zoom: ZoomSimulator, alice: Owner, clock: Clock, attempt: AuthorizationAttempt) -> None:
    clock.shift(minutes=9, seconds=59)
    back = zoom.approve(authorization.url_of(attempt))
    assert authorization.proceed(come_back(back, alice).pk).outcome == Results.CONNECTED


def test_expired_between_the_return_and_the_sign_in(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt, back: str
) -> None:
    come_back(back, None)
    clock.shift(minutes=11)
    check_over(zoom, authorization.proceed(attempt.pk), Results.EXPIRED)


@pytest.mark.parametrize("is_back", [False, True])
def test_never_gone_on_with(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt, back: str, is_back: bool
) -> None:
    if is_back:
        come_back(back, None)
    work_on(attempt)
    attempt.refresh_from_db()
    assert attempt.status != Status.FAILED
    clock.until_due(attempt)
    check_over(zoom, work_on(attempt), Results.EXPIRED)


def test_spent_once_is_spent(zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt, back: str) -> None:
    come_back(zoom.decline(authorization.url_of(attempt)), alice)
    check_over(zoom, come_back(back, alice), Results.DECLINED)


def test_a_code_that_zoom_refuses(zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt, back: str) -> None:
    state = returned_query(back)["state"]
    authorization.receive("zoom", state=state, code="made-up", error="", visitor=alice)
    check_over(zoom, authorization.proceed(attempt.pk), Results.CODE_REFUSED, exchanges=1)


def test_a_code_that_is_too_old_for_zoom(
    zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt, back: str
) -> None:
    come_back(back, alice)
    zoom.advance(301)
    check_over(zoom, authorization.proceed(attempt.pk), Results.CODE_REFUSED, exchanges=1)


# --- Who may ---------------------------------------------------------------------------------------------


def test_without_the_entitlement_nothing_begins(zoom: ZoomSimulator, alice: Owner) -> None:
    alice.meeting_providers_enabled = False
    with pytest.raises(authorization.NotEntitled):
        authorization.begin(alice, "zoom")
    assert not AuthorizationAttempt.objects.exists()


@pytest.mark.parametrize("field", ["meeting_providers_enabled", "is_active"])
def test_the_entitlement_is_withdrawn_on_the_way(
    zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt, back: str, field: str
) -> None:
    come_back(back, alice)
    Owner.objects.update(**{field: False})
    attempt = authorization.proceed(attempt.pk)
    assert attempt.outcome == Results.NOT_ENTITLED
    assert not Connection.objects.exists()
    check_revoked(zoom)


def check_revoked(zoom: ZoomSimulator) -> None:
    """The pair that nobody uses is given back."""
    work_on(ProviderAccount.objects.get())
    account = ProviderAccount.objects.get()
    assert (account.state, account.tokens) == (ProviderAccount.State.ENDED, None)
    assert [grant["alive"] for grant in zoom.state("grants")["grants"]] == [False]


def test_a_provider_that_is_not_set_up(alice: Owner, settings: Settings) -> None:
    settings.ZOOM_CLIENT_SECRET = ""
    with pytest.raises(authorization.NotConfigured):
        authorization.begin(alice, "zoom")


@pytest.mark.parametrize("provider", ["jitsi", "personal_link", "made-up", ""])
def test_a_provider_without_authorization(alice: Owner, provider: str) -> None:
    with pytest.raises(KeyError):
        authorization.begin(alice, provider)


# --- Our own mistakes ------------------------------------------------------------------------------------


def mails_to_admin() -> list[Mail]:
    return list(Mail.objects.filter(to="admin@example.com"))


def test_a_wrong_client_secret_is_told_to_the_administrator_with_the_reason(
    zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt, settings: Settings
) -> None:
    returned(zoom, alice, attempt)
    settings.ZOOM_CLIENT_SECRET = "a wrong secret"
    check_over(zoom, authorization.proceed(attempt.pk), Results.MISCONFIGURED, exchanges=1)
    [mail] = mails_to_admin()
    assert "Invalid client_id or client_secret" in mail.text
    assert "a wrong secret" not in mail.text
    assert not Mail.objects.filter(to=alice.email).exists()


def test_the_administrator_gets_one_mail_an_hour_however_often_owners_try(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, clock: Clock, settings: Settings
) -> None:
    settings.ZOOM_CLIENT_SECRET = "wrong"
    times = []
    for _ in range(8):
        for owner in (alice, bob):
            before = len(mails_to_admin())
            assert authorize(zoom, owner).outcome == Results.MISCONFIGURED
            times += [clock.now()] * (len(mails_to_admin()) - before)
        clock.shift(minutes=25)
    assert len(times) == 3
    assert all(later - sooner >= timedelta(hours=1) for sooner, later in pairwise(times))


def test_a_wrong_redirect_address_is_our_own_mistake(
    zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt, settings: Settings
) -> None:
    returned(zoom, alice, attempt)
    settings.OKEY_BASE_URL = "https://elsewhere.example.com"
    check_over(zoom, authorization.proceed(attempt.pk), Results.MISCONFIGURED, exchanges=1)


# --- Persons who cannot --------------------------------------------------------------------------------


def test_somebody_who_may_not_host_is_told_now_and_not_at_the_first_meeting(zoom: ZoomSimulator, alice: Owner) -> None:
    attempt = authorize(zoom, alice, "nora")
    assert (attempt.status, attempt.outcome) == (Status.FAILED, Results.MAY_NOT_HOST)
    assert not Connection.objects.exists()
    check_revoked(zoom)


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        (["user:read:user"], "meeting:write:meeting"),
        (["user:read:user", "meeting:read:meeting", "meeting:update:meeting"], "meeting:write:meeting"),
        (["meeting:write:meeting"], "user:read:user"),
        ([], "user:read:user"),
    ],
)
def test_a_missing_scope_is_named_and_the_pair_given_back(
    zoom: ZoomSimulator, alice: Owner, granted: list[str], missing: str
) -> None:
    attempt = authorize(zoom, alice, scopes=granted)
    assert (attempt.status, attempt.outcome, attempt.detail) == (Status.FAILED, Results.SCOPE_MISSING, missing)
    assert attempt.tokens is None
    assert not Connection.objects.exists()
    for account in ProviderAccount.objects.all():
        work_on(account)
    assert [grant["alive"] for grant in zoom.state("grants")["grants"]] == [False]


def test_optional_scopes_may_be_declined(zoom: ZoomSimulator, alice: Owner) -> None:
    assert connect_zoom(zoom, alice, scopes=["user:read:user", "meeting:write:meeting"])


@pytest.mark.parametrize("user", ["jill", "nora"])
def test_a_refused_authorization_still_renews_the_grant_of_those_who_have_one(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, user: str
) -> None:
    """The exchange has killed the older grant: keeping that one would break whoever is connected."""
    zoom.change_user(user, type=2)
    hers = connect_zoom(zoom, alice, user)
    zoom.change_user(user, type=4 if user == "nora" else 2)
    attempt = authorize(zoom, bob, user, scopes=["user:read:user", "meeting:read:meeting"] if user == "jill" else None)
    assert attempt.outcome == (Results.MAY_NOT_HOST if user == "nora" else Results.SCOPE_MISSING)
    account = ProviderAccount.objects.get()
    assert (account.state, account.grant_no, account.revoke_after) == (ProviderAccount.State.LIVE, 2, None)
    hers.refresh_from_db()
    assert hers.ended_at is None
    assert not Connection.objects.filter(owner=bob).exists()
    assert zoom.state("grants")["grants"][-1]["alive"]
