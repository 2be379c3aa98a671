"""Where `make run` listens."""

import socket

import pytest

from dev import ports


@pytest.mark.parametrize(
    ("web", "simulator"), [(8000, 18007), (8001, 18008), (55528, 65535), (55529, 1024), (65535, 11030)]
)
def test_the_simulators_port_follows_from_the_web_port(web: int, simulator: int) -> None:
    assert ports.simulator_port(web) == simulator


def test_neighbouring_checkouts_do_not_meet() -> None:
    webs = range(8000, 8100)
    simulators = {ports.simulator_port(web) for web in webs}
    assert len(simulators) == len(webs)
    assert not simulators & set(webs)


def test_every_derived_port_may_be_used_by_anybody() -> None:
    assert all(1024 <= ports.simulator_port(web) <= 65535 for web in range(1, 65536))


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.first_free(port) != port
    assert ports.first_free(port) == port
