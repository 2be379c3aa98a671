"""What comes of each kind of receiver: the table in docs/webhooks.md, row by row, on real sockets."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from okey.owners.models import Owner
from okey.webhooks import posting
from okey.webhooks.models import Delivery, Endpoint
from tests.integrations.providers.sockets import Play, SocketServer, read_request
from tests.okey.webhooks.receivers import Receiver, answer, deliver, endpoint_at, scheduled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("receivers_here")]

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()
DEADLINE = 0.8
Trouble = Delivery.Trouble


@pytest.fixture(autouse=True)
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    post = posting.post
    monkeypatch.setattr(posting, "post", lambda *args: post(*args, deadline=DEADLINE))


@dataclass(frozen=True)
class Place:
    """Where a receiver is, and how often somebody connected there."""

    url: str
    count: Callable[[], int]


Made = Callable[[pytest.MonkeyPatch], AbstractContextManager[Place]]


def says(status: str, *headers: str, body: str = "") -> Made:
    return playing(lambda connection: _answered(connection, answer(status, *headers, body=body)))


def playing(play: Play, *, scheme: str = "http") -> Made:
    @contextmanager
    def made(_patch: pytest.MonkeyPatch) -> Iterator[Place]:
        with SocketServer(play) as server:
            yield Place(server.url.replace("http", scheme, 1) + "/hook", lambda: server.connections)

    return made


def resolving(*answers: str) -> Made:
    """A name that leads to these addresses, one lookup after the other; the receiver itself is on this machine."""

    @contextmanager
    def made(patch: pytest.MonkeyPatch) -> Iterator[Place]:
        left = list(answers)
        real = socket.getaddrinfo

        def lookup(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            if host != "hooks.example.com":
                return real(host, port, *args, **kwargs)
            return real(left.pop(0) if len(left) > 1 else left[0], port, *args, **kwargs)

        patch.setattr(socket, "getaddrinfo", lookup)
        with SocketServer(lambda connection: _answered(connection, answer("204 No Content"))) as server:
            port = server.url.rpartition(":")[2]
            yield Place(f"https://hooks.example.com:{port}/", lambda: server.connections)

    return made


@contextmanager
def down(_patch: pytest.MonkeyPatch) -> Iterator[Place]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    yield Place(f"http://127.0.0.1:{port}/", lambda: 0)


@contextmanager
def unknown(patch: pytest.MonkeyPatch) -> Iterator[Place]:
    def lookup(*_args: Any, **_kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    patch.setattr(socket, "getaddrinfo", lookup)
    yield Place("https://hooks.example.com/", lambda: 0)


def _answered(connection: socket.socket, data: bytes) -> None:
    read_request(connection)
    connection.sendall(data)


def _drip(head: bytes, endless: bytes) -> Play:
    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(head)
        pause = threading.Event()
        for number in range(int(DEADLINE * 10 / 0.01)):
            pause.wait(0.01)
            connection.sendall(endless[number % len(endless) :][:1])

    return play


def _flood(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def _silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def _hangs_up(connection: socket.socket) -> None:
    read_request(connection)


def _handshake(connection: socket.socket) -> None:
    connection.sendall(b"no TLS here\r\n")


#: What the receiver does; how it is made; what is recorded; what follows.
ROWS: list[tuple[str, Made, str, int | None, str]] = [
    ("answers 200", says("200 OK", body="thanks"), "", 200, "delivered"),
    ("answers 204", says("204 No Content"), "", 204, "delivered"),
    ("answers 200, then its body drips", playing(_drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x")), "", 200, "delivered"),
    ("is down", down, Trouble.NO_CONNECTION, None, "tried again"),
    ("has a name that is unknown", unknown, Trouble.NO_CONNECTION, None, "tried again"),
    ("has no valid certificate", playing(_handshake, scheme="https"), Trouble.UNTRUSTED, None, "tried again"),
    ("says nothing", playing(_silent), Trouble.TIMED_OUT, None, "tried again"),
    ("drips its answer byte by byte", playing(_drip(b"", b"HTTP/1.1 200 OK")), Trouble.TIMED_OUT, None, "tried again"),
    ("hangs up without an answer", playing(_hangs_up), Trouble.BROKEN_OFF, None, "tried again"),
    ("answers 500", says("500 Oh", body="<b>no</b>"), Trouble.REFUSED, 500, "tried again"),
    ("answers 500 and a body without end", playing(_flood), Trouble.REFUSED, 500, "tried again"),
    ("answers 404", says("404 Not Found"), Trouble.REFUSED, 404, "tried again"),
    (
        "leads on to what nobody can read",
        says("302 Found", "Location: http://["),
        Trouble.BROKEN_OFF,
        None,
        "tried again",
    ),
    (
        "answers 429 with Retry-After",
        says("429 Slow", "Retry-After: 1800"),
        Trouble.REFUSED,
        429,
        "tried again when it says",
    ),
    ("redirects", says("302 Found", "Location: http://127.0.0.1:1/"), Trouble.REDIRECTED, 302, "tried again"),
    ("answers 410", says("410 Gone"), Trouble.GONE, 410, "switched off at once"),
    ("has a name that leads to 10.0.0.1", resolving("10.0.0.1"), Trouble.PRIVATE_ADDRESS, None, "tried again"),
    (
        "has a name that leads to 169.254.169.254",
        resolving("169.254.169.254"),
        Trouble.PRIVATE_ADDRESS,
        None,
        "tried again",
    ),
    (
        "has a name that leads to ::ffff:192.168.0.1",
        resolving("::ffff:192.168.0.1"),
        Trouble.PRIVATE_ADDRESS,
        None,
        "tried again",
    ),
]


def outcome(delivery: Delivery) -> str:
    endpoint = Endpoint.objects.get(pk=delivery.endpoint_id)
    if delivery.state == Delivery.State.DELIVERED:
        assert delivery.due_at is None
        return "delivered"
    if not endpoint.is_enabled:
        assert (delivery.state, delivery.due_at) == (Delivery.State.FAILED, None)
        return "switched off at once"
    assert delivery.state == Delivery.State.PENDING
    assert delivery.due_at is not None
    assert delivery.tried_at is not None
    pause = (delivery.due_at - delivery.tried_at).total_seconds()
    if pause > 60:
        assert 1790 < pause < 1810
        return "tried again when it says"
    assert 3 < pause < 8
    return "tried again"


@pytest.mark.parametrize(("does", "made", "trouble", "status", "then"), ROWS, ids=[row[0] for row in ROWS])
def test_the_outcome_is_the_one_in_the_table(
    does: str, made: Made, trouble: str, status: int | None, then: str, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with made(monkeypatch) as place:
        endpoint_at(alice, place.url)
        [delivery] = scheduled(alice)
        delivery = deliver(delivery)
        if trouble == Trouble.PRIVATE_ADDRESS:
            assert place.count() == 0
    assert (delivery.trouble, delivery.status_code, outcome(delivery)) == (trouble, status, then)
    assert delivery.ms is not None
    assert delivery.ms < DEADLINE * 10_000
    shown = f"`{trouble}`" if trouble else "—"
    assert f"| {does} | {shown} | {then} |" in PAGE


def test_this_machine_is_refused_where_o_key_is_not_being_developed(
    alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver() as receiver:
        endpoint_at(alice, receiver.url)
        [delivery] = scheduled(alice)
        monkeypatch.undo()  # the policy that the fixture injected
        assert deliver(delivery).trouble == Trouble.PRIVATE_ADDRESS
        assert receiver.connections == 0


def test_a_name_that_changes_between_the_check_and_the_call_gains_nothing(
    alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that was checked is the one that is called: the second lookup never happens."""
    reached: list[Any] = []

    def connect(address: Any, *_args: Any, **_kwargs: Any) -> Any:
        reached.append(address[0])
        raise OSError("unreachable")

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with resolving("93.184.215.14", "127.0.0.1")(monkeypatch) as place:
        endpoint_at(alice, place.url)
        [delivery] = scheduled(alice)
        assert deliver(delivery).trouble == Trouble.NO_CONNECTION
        assert place.count() == 0
    assert reached == ["93.184.215.14"]


def test_a_redirect_is_not_followed(alice: Owner) -> None:
    with Receiver() as other, Receiver() as receiver:
        receiver.says = answer("307 Temporary Redirect", f"Location: {other.url}")
        endpoint_at(alice, receiver.url)
        deliver(*scheduled(alice))
        assert (receiver.connections, other.connections) == (1, 0)


@pytest.mark.parametrize(
    "said", ["999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "-5", "soon", "", "Wed, 21 Oct 2015 07:28:00 GMT"]
)
def test_a_receiver_cannot_put_a_delivery_off_for_ever_nor_hurry_it(said: str, alice: Owner) -> None:
    with Receiver(answer("503 Later", f"Retry-After: {said}")) as receiver:
        endpoint_at(alice, receiver.url)
        delivery = deliver(*scheduled(alice))
    assert delivery.due_at is not None
    assert delivery.tried_at is not None
    pause = (delivery.due_at - delivery.tried_at).total_seconds()
    assert 3 < pause < 6 * 3600 + 1


def test_of_a_refusal_only_a_short_beginning_is_kept_and_of_a_success_nothing(alice: Owner) -> None:
    with Receiver(answer("500 Oh", body="no\0\x1b[31m " + "é" * 5000)) as receiver:
        endpoint_at(alice, receiver.url)
        delivery = deliver(*scheduled(alice))
        assert delivery.excerpt.startswith("no [31m éé")
        assert len(delivery.excerpt) == Delivery.EXCERPT_MAX
        receiver.says = answer("200 OK", body="secret")
        assert deliver(_due_again(delivery)).excerpt == ""


def _due_again(delivery: Delivery) -> Delivery:
    Delivery.objects.filter(pk=delivery.pk).update(due_at=delivery.created_at)
    Endpoint.objects.filter(pk=delivery.endpoint_id).update(rest_until=None)
    return delivery
