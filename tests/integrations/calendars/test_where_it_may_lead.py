"""Addresses of calendars lead to the open internet: as they are entered, by a redirect, by a name that changes."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from urllib3.util import connection as urllib3_connection

from integrations.calendars import choosing
from integrations.calendars.models import Calendar
from okey.owners.models import Owner
from tests.integrations.calendars.publishing import NOW, Publisher, read
from tests.okey.webhooks.test_addresses import CLOSED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NAME = "calendars.example.com"
#: Addresses by another spelling, which only a lookup understands.
SPELLED = ["https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/"]
PRIVATE = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1"),
    *("192.0.0.1", "0.0.0.0", "224.0.0.1", "::1", "::", "fd00::1", "fe80::1"),  # noqa: S104 -- to be refused
    *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::127.0.0.1"),
]


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whoever was connected to; only a publisher on this machine really is."""
    hosts: list[str] = []
    real = urllib3_connection.create_connection

    def connect(address: tuple[str, int], *args: Any, **kwargs: Any) -> Any:
        hosts.append(address[0])
        if address[0] != "127.0.0.1":
            raise ConnectionRefusedError
        return real(address, *args, **kwargs)

    monkeypatch.setattr(urllib3_connection, "create_connection", connect)
    return hosts


@pytest.fixture
def leads_to(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The name leads to these addresses, one lookup after the other."""

    def made(*answers: str) -> None:
        left, real = list(answers), socket.getaddrinfo

        def lookup(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            if host != NAME:
                return real(host, port, *args, **kwargs)
            return real(left.pop(0) if len(left) > 1 else left[0], port, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", lookup)

    return made


@pytest.mark.parametrize("url", [*CLOSED, *SPELLED])
def test_no_private_address_is_called_however_it_is_spelled(alice: Owner, called: list[str], url: str) -> None:
    try:
        added = choosing.add_address(owner=alice, url=url)
    except ValidationError:
        assert not Calendar.objects.exists()
    else:
        assert read(added).trouble in {"private_address", "unreachable"}
    assert called == []


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_called_by_its_name(
    alice: Owner, called: list[str], leads_to: Callable[..., None], address: str
) -> None:
    leads_to(address)
    added = choosing.add_address(owner=alice, url=f"https://{NAME}/a.ics")
    assert read(added).trouble == "private_address"
    assert called == []


@pytest.mark.parametrize("address", [one for one in PRIVATE if "127.0" not in one and one != "::1"])
def test_no_private_address_is_called_by_a_redirect(
    publisher: Publisher, mine: Calendar, called: list[str], leads_to: Callable[..., None], address: str
) -> None:
    leads_to(address)
    shown = f"[{address}]" if ":" in address else address
    for there, trouble in ((shown, "redirected"), (NAME, "private_address")):
        publisher.status, publisher.headers = "302 Found", [f"Location: https://{there}/a.ics"]
        assert read(mine).trouble == trouble
    publisher.headers = [f"Location: http://{NAME}/a.ics"]  # and by plain http nowhere at all
    assert read(mine).trouble == "redirected"
    assert called == ["127.0.0.1"] * 3


def test_a_name_that_changes_after_it_was_checked_gains_nothing(
    alice: Owner, called: list[str], leads_to: Callable[..., None]
) -> None:
    leads_to("93.184.215.14", "127.0.0.1")
    added = choosing.add_address(owner=alice, url=f"https://{NAME}/a.ics")
    assert read(added).trouble == "unreachable"
    assert called == ["93.184.215.14"]
    assert read(added).trouble == "private_address", "each reading looks the name up anew"
    assert called == ["93.184.215.14"]


def test_redirects_come_to_an_end(publisher: Publisher, mine: Calendar) -> None:
    publisher.status, publisher.headers = "302 Found", [f"Location: {publisher.url}/again"]
    assert read(mine).trouble == "redirected"
    assert len(publisher.asked) == 4
