"""Rate limits count what all processes and threads do, within a window that moves along."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import RequestFactory, override_settings

from okey.limits import limits

NOON = datetime(2026, 8, 3, 12, 0, 30, tzinfo=UTC)


def test_the_limit_is_allowed_and_one_more_is_not() -> None:
    with time_machine.travel(NOON, tick=False):
        verdicts = [limits.hit("book", "203.0.113.9", limit=2, seconds=60) for _ in range(3)]
        assert [verdict.allowed for verdict in verdicts] == [True, True, False]
        assert [verdict.left for verdict in verdicts] == [1, 0, 0]
        assert 60 <= verdicts[2].retry_seconds <= 61
        assert limits.hit("book", "203.0.113.10", limit=2, seconds=60).allowed
        assert limits.hit("chat", "203.0.113.9", limit=2, seconds=60).allowed


def test_the_window_moves_along_so_that_its_edge_gives_nothing_away() -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        assert limits.hit("book", "somebody", limit=2, seconds=60).allowed
        traveller.shift(59)
        assert limits.hit("book", "somebody", limit=2, seconds=60).allowed
        traveller.shift(2)
        assert limits.hit("book", "somebody", limit=2, seconds=60).left == 0
        refused = limits.hit("book", "somebody", limit=2, seconds=60)
        assert (refused.allowed, refused.retry_seconds in {58, 59}) == (False, True)


def test_looking_counts_nothing_and_what_is_forgotten_counts_from_zero() -> None:
    for _ in range(5):
        assert limits.look("book", "somebody", limit=2, seconds=60).left == 2
    for _ in range(2):
        limits.hit("book", "somebody", limit=2, seconds=60)
    assert not limits.look("book", "somebody", limit=2, seconds=60).allowed
    limits.forget("book", "somebody", limit=2, seconds=60)
    assert limits.look("book", "somebody", limit=2, seconds=60).left == 2


def test_twenty_at_once_are_counted_as_twenty() -> None:
    def one(_number: int) -> bool:
        return limits.hit("book", "somebody", limit=5, seconds=3600).allowed

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(one, range(20))) == 5


# --- Network addresses ------------------------------------------------------------------------------------


def _address(direct: str, forwarded: str = "", **settings: object) -> str:
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    with override_settings(**settings):
        return limits.address_of(RequestFactory().get("/", REMOTE_ADDR=direct, **headers))


TRUSTED = {"TRUST_PROXY_HEADERS": True}


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy() -> None:
    assert _address("10.0.0.1", "198.51.100.7, 203.0.113.9") == "10.0.0.1"
    assert _address("10.0.0.1", "198.51.100.7, 203.0.113.9", **TRUSTED) == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "counts"),
    [
        ("192.0.2.66, 198.51.100.7, 203.0.113.9", "198.51.100.7"),  # what the client claims, the client, the CDN
        ("203.0.113.9", "203.0.113.9"),  # past the CDN: what the inner proxy saw
        ("192.0.2.66, nonsense, 203.0.113.9", "10.0.0.1"),
    ],
)
def test_of_two_proxies_the_outer_ones_word_counts(forwarded: str, counts: str) -> None:
    assert _address("10.0.0.1", forwarded, TRUSTED_PROXY_COUNT=2, **TRUSTED) == counts


@pytest.mark.parametrize(
    ("forwarded", "counts"),
    [
        ("203.0.113.9:51234", "203.0.113.9"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unknown", "10.0.0.1"),
        (",", "10.0.0.1"),
    ],
)
def test_a_port_and_the_half_of_an_ipv6_address_that_anybody_may_choose_do_not_count(
    forwarded: str, counts: str
) -> None:
    assert _address("10.0.0.1", forwarded, **TRUSTED) == counts


def test_all_addresses_of_one_ipv6_network_are_one() -> None:
    assert {_address(f"2001:db8:1:2::{number:x}") for number in range(1, 15)} == {"2001:db8:1:2::/64"}
    assert _address("2001:db8:1:3::1") != _address("2001:db8:1:2::1")
    assert _address("") == ""  # a Unix socket
