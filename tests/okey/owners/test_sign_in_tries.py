"""Tries at a password: none is found by trying, and whatever others try, the owner gets in with the right one."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from okey.owners import sign_in_words
from okey.owners.models import Owner
from tests.conftest import PASSWORD
from tests.okey.owners.test_passwords import NEW_PASSWORD, link_in, mailed, set_password

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 8, 3, 12, 0, tzinfo=UTC)
HOME, ATTACKER = "203.0.113.9", "198.51.100.7"
NOBODYS = "0.0.0.0"  # noqa: S104 -- nothing is bound to it


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def sign_in(email: str, password: str, *, network: str = HOME, browser: Client | None = None) -> HttpResponse:
    client = browser or Client()
    return client.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=network)


def is_in(response: HttpResponse) -> bool:
    return response.status_code == 302


def networks(count: int, *, begin: int = 0) -> list[str]:
    return [f"2001:db8:{number:x}::1" for number in range(begin, begin + count)]


def attack(email: str, count: int) -> None:
    """Wrong passwords from so many networks."""
    for network in networks(count):
        sign_in(email, "wrong", network=network)


@pytest.fixture
def known(alice: Owner) -> Client:
    """A browser that has signed in to alice's account before, and is signed out now."""
    browser = Client()
    assert is_in(sign_in(alice.email, PASSWORD, browser=browser))
    browser.post("/accounts/logout/")
    return browser


@pytest.mark.parametrize(
    ("network", "kept"), [("2001:db8:1:2::3", "2001:db8:1:2::"), (HOME, HOME), ("", NOBODYS), ("unix:", NOBODYS)]
)
def test_one_signs_in_from_anywhere(alice: Owner, network: str, kept: str) -> None:
    assert is_in(sign_in(alice.email, PASSWORD, network=network))
    assert UserSession.objects.get().ip == kept


def test_wrong_passwords_by_others_do_not_keep_the_owner_from_the_right_one(alice: Owner) -> None:
    for _ in range(10):
        sign_in(alice.email, "wrong", network=ATTACKER)
    assert sign_in(alice.email, PASSWORD, network=ATTACKER).status_code == 429  # theirs is not even looked at
    assert is_in(sign_in(alice.email, PASSWORD))


def test_under_attack_from_everywhere_the_owner_gets_in_at_the_first_try(alice: Owner, known: Client) -> None:
    attack(alice.email, 50)
    assert is_in(sign_in(alice.email, PASSWORD))  # in a browser that is new
    assert is_in(sign_in(alice.email, PASSWORD, network=networks(1)[0], browser=known))


def test_under_attack_a_mistake_in_a_new_browser_costs_a_minute_and_none_in_a_known_one(
    alice: Owner, known: Client, clock: time_machine.Traveller
) -> None:
    attack(alice.email, 40)
    sign_in(alice.email, "a slip")
    refused = sign_in(alice.email, PASSWORD)
    assert (refused.status_code, int(refused["Retry-After"]) <= 61) == (429, True)
    sign_in(alice.email, "a slip", browser=known)
    assert is_in(sign_in(alice.email, PASSWORD, browser=known))
    clock.shift(61)
    assert is_in(sign_in(alice.email, PASSWORD))


def test_under_attack_each_network_has_a_try_a_minute(alice: Owner) -> None:
    attack(alice.email, 40)
    statuses = [sign_in(alice.email, "wrong", network=ATTACKER).status_code for _ in range(4)]
    assert statuses == [200, 429, 429, 429]


def test_the_waits_grow(alice: Owner, clock: time_machine.Traveller) -> None:
    waits = []
    for _ in range(90):
        answer = sign_in(alice.email, "wrong", network=ATTACKER)
        if answer.status_code == 429:
            waits.append(int(answer["Retry-After"]))
            clock.shift(waits[-1])
    assert waits[0] <= 61
    longer = [wait for index, wait in enumerate(waits) if wait > max(waits[:index], default=0)]
    assert longer[-1] > 6 * 3600
    assert (datetime.now(UTC) - NOON).total_seconds() > 24 * 3600  # for 90 posts


def test_an_attacker_cannot_lift_the_count_by_many_others(alice: Owner) -> None:
    for _ in range(5):
        sign_in(alice.email, "wrong", network=ATTACKER)
    for number, network in enumerate(networks(60)):
        sign_in(f"nobody{number}@example.com", "wrong", network=network)
    assert sign_in(alice.email, PASSWORD, network=ATTACKER).status_code == 429


def test_one_network_has_so_many_wrong_passwords_for_all_accounts_together(alice: Owner, known: Client) -> None:
    statuses = [sign_in(f"nobody{number}@example.com", "wrong").status_code for number in range(31)]
    assert (statuses[:30], statuses[30]) == ([200] * 30, 429)
    assert sign_in(alice.email, PASSWORD).status_code == 429
    assert is_in(sign_in(alice.email, PASSWORD, browser=known))  # the owner's own, in the same network
    assert is_in(sign_in(alice.email, PASSWORD, network=ATTACKER))


def test_a_known_browser_that_guesses_is_stopped_too(alice: Owner, known: Client) -> None:
    statuses = [sign_in(alice.email, "wrong", browser=known).status_code for _ in range(6)]
    assert statuses == [200, 200, 200, 200, 200, 429]


def test_a_browser_is_known_for_its_own_accounts_only(alice: Owner, bob: Owner, known: Client) -> None:
    attack(bob.email, 40)
    sign_in(bob.email, "wrong", browser=known)
    assert sign_in(bob.email, PASSWORD, browser=known).status_code == 429


def test_an_account_that_does_not_exist_behaves_the_same(alice: Owner) -> None:
    known, unknown = (
        [sign_in(email, "wrong", network=ATTACKER) for _ in range(7)] for email in (alice.email, "nobody@example.com")
    )
    assert [one.status_code for one in known] == [one.status_code for one in unknown]
    assert known[-1]["Retry-After"] == unknown[-1]["Retry-After"]


def test_the_right_password_counts_from_zero(alice: Owner) -> None:
    for _ in range(6):
        for _ in range(4):
            sign_in(alice.email, "wrong")
        assert is_in(sign_in(alice.email, PASSWORD))


def test_the_page_says_how_long_and_what_to_do(alice: Owner) -> None:
    for _ in range(5):
        sign_in(alice.email, "wrong", network=ATTACKER)
    page = sign_in(alice.email, "wrong", network=ATTACKER).content.decode()
    assert "by you or by others, so this one was not looked at" in page
    assert "Try again in 1 minute." in page or "Try again in 60 seconds." in page or "Try again in 2 minutes." in page
    assert "choose a new password by mail" in page
    assert 'href="/accounts/password/reset/"' in page


def test_a_new_password_by_mail_helps_at_once_under_attack(alice: Owner) -> None:
    browser = Client()
    attack(alice.email, 40)
    for _ in range(2):
        sign_in(alice.email, "forgotten", browser=browser)
    browser.post("/accounts/password/reset/", {"email": alice.email})
    set_password(browser, link_in(mailed()[-1]), NEW_PASSWORD)
    assert is_in(sign_in(alice.email, NEW_PASSWORD, browser=browser))


def test_the_cookie_is_the_sign_in_pages_alone_and_names_nobody(alice: Owner) -> None:
    browser = Client()
    sign_in(alice.email, PASSWORD, browser=browser)
    cookie = browser.cookies[settings.KNOWN_BROWSER_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/accounts/")
    assert int(cookie["max-age"]) == 365 * 24 * 3600
    assert alice.email not in cookie.value
    assert "_auth_user_id" in browser.session
    assert settings.KNOWN_BROWSER_COOKIE_NAME not in browser.get("/contacts/").cookies


@pytest.mark.parametrize(
    "change", [lambda value: value[:-2] + "xx", lambda _: "e30:1:x", lambda _: "", lambda v: "x" + v]
)
def test_a_forged_cookie_is_none(alice: Owner, known: Client, change: object) -> None:
    cookie = known.cookies[settings.KNOWN_BROWSER_COOKIE_NAME]
    known.cookies[settings.KNOWN_BROWSER_COOKIE_NAME] = change(cookie.value)  # type: ignore[operator]
    attack(alice.email, 40)
    sign_in(alice.email, "wrong", browser=known)
    assert sign_in(alice.email, PASSWORD, browser=known).status_code == 429


def test_mails_with_a_key_are_five_an_hour(alice: Owner) -> None:
    statuses = [
        Client().post("/accounts/password/reset/", {"email": alice.email}, REMOTE_ADDR=network).status_code
        for network in networks(7)
    ]
    assert statuses == [302] * 5 + [429] * 2
    assert len(mailed()) == 5


def test_one_network_asks_for_twenty_an_hour(alice: Owner) -> None:
    statuses = [
        Client().post("/accounts/password/reset/", {"email": f"nobody{number}@example.com"}).status_code
        for number in range(22)
    ]
    assert statuses == [302] * 20 + [429] * 2


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (60, "60 seconds"), (61, "2 minutes"), (3600, "60 minutes"), (9000, "3 hours")],
)
def test_waits_are_rounded_up(seconds: int, words: str) -> None:
    assert sign_in_words.wait_words(seconds) == words
