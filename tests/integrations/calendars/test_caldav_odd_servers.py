"""Servers that are hostile, ill or odd: a password goes where it may only, and nothing becomes free by accident."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from integrations.calendars.base import CannotRead, Entry, Marks, Outcome, Standing, Why
from integrations.calendars.caldav import CalDav, discovery, http, trust
from integrations.calendars.caldav.http import Access, LeadsElsewhere
from integrations.calendars.expansion.events import Found, Question
from okey.lib import opened_hosts
from tests.integrations.calendars.test_expansion import calendar
from tests.integrations.providers.sockets import SocketServer, read_request

MONDAY = datetime(2026, 12, 7, 9, tzinfo=UTC)
QUESTION = Question("Europe/Berlin", MONDAY, MONDAY + timedelta(days=1))
ENTRY = Entry("uid-1", 1, "Meeting", MONDAY, MONDAY + timedelta(hours=1), "", "https://zoom.example/j/1", MONDAY)
KNOWN = Standing("", '"1"')
source = CalDav()

Said = tuple[str, bytes, list[str]]
BASIC = ("401 Unauthorized", b"", ['WWW-Authenticate: Basic realm="x"'])
PAGE = ("200 OK", b"<!doctype html><html>Sign in</html>", [])


class OddServer(SocketServer):
    """Answers as `says` does: given the method, the path and whether a password came."""

    def __init__(self, says: Callable[[str, str, bool], Said]) -> None:
        self.asked: list[str] = []
        self.passwords = 0
        self._says = says
        super().__init__(self._answer)

    def _answer(self, connection: socket.socket) -> None:
        asked = read_request(connection)
        line = asked.partition(b"\r\n")[0].decode()
        has_password = b"\nauthorization:" in asked.lower()
        self.asked.append(line)
        self.passwords += has_password
        status, body, headers = self._says(line.split()[0], line.split()[1], has_password)
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)


def multistatus(*responses: str, head: str = "") -> Said:
    text = f'{head}<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">{"".join(responses)}'
    return "207 Multi-Status", f"{text}</D:multistatus>".encode(), ["Content-Type: application/xml"]


def response(href: str, properties: str = "", status: str = "200 OK") -> str:
    found = f"<D:propstat><D:prop>{properties}</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat>"
    return f"<D:response><D:href>{href}</D:href>{found}</D:response>"


def failed(href: str, status: str) -> str:
    return f"<D:response><D:href>{href}</D:href><D:status>HTTP/1.1 {status}</D:status></D:response>"


IS_CALENDAR = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"


def entry(href: str, number: int = 1) -> str:
    text = calendar(f"UID:{number}|DTSTART:20261207T090000Z|DURATION:PT1H").decode()
    return response(href, f'<D:getetag>"1"</D:getetag><C:calendar-data>{text}</C:calendar-data>')


def reading(answer: Said, state: Said | None = None) -> OddServer:
    state = state or multistatus(response("/c/", IS_CALENDAR))
    return OddServer(lambda method, _path, _password: state if method == "PROPFIND" else answer)


@pytest.fixture(autouse=True)
def loopback_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened_hosts, "allows_loopback", lambda: True)


def secret(server: OddServer) -> str:
    return str(Access(f"{server.url}/c/", "alice", "geheim-42"))


def why(server: OddServer, *, seconds: float = 60) -> Why:
    with server, pytest.raises(CannotRead) as caught:
        source.read(secret(server), Marks(), QUESTION, seconds=seconds)
    assert "geheim" not in repr(caught.value.__dict__)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value.why


def find(server: OddServer, entered: str = "") -> discovery.Home:
    return discovery.find(entered or server.url, "alice", "geheim-42", seconds=60)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (BASIC, Why.PASSWORD),
        (("403 Forbidden", b"", []), Why.NOT_ALLOWED),
        (("404 Not Found", b"", []), Why.GONE),
        (("410 Gone", b"", []), Why.GONE),
        (("500 Oops", b"", []), Why.UNREACHABLE),
        (("503 Busy", b"", ["Retry-After: 120"]), Why.UNREACHABLE),
        (PAGE, Why.NO_CALENDAR),
        (("207 Multi-Status", b"", []), Why.NO_CALENDAR),
        (("207 Multi-Status", b"<html>", []), Why.NO_CALENDAR),
        (("207 Multi-Status", b"<?xml version='1.0' encoding='nonsense'?><a/>", []), Why.NO_CALENDAR),
        (multistatus(head="<!DOCTYPE a [<!ENTITY b 'c'>]>"), Why.NO_CALENDAR),
        (multistatus(entry("/c/1.ics"), failed("/c/2.ics", "500 Oops")), Why.UNREACHABLE),
        (multistatus(entry("/c/1.ics"), failed("/c/", "507 Insufficient Storage")), Why.TOO_LARGE),
        (multistatus(entry("/c/1.ics"), response("/c/2.ics", "<C:calendar-data/>", "503 Busy")), Why.UNREACHABLE),
        (multistatus(failed("/c/", "nonsense")), Why.UNREACHABLE),
    ],
    ids=str,
)
def test_what_is_no_answer_is_no_free_time(answer: Said, expected: Why) -> None:
    assert why(reading(answer)) == expected


def test_an_answer_without_an_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http._Transport, "largest", 1_000_000)
    assert why(reading(("207 Multi-Status", b"x" * 2_000_000, []))) == Why.TOO_LARGE


def test_entries_that_are_hidden_broken_or_gone_do_not_cost_the_others() -> None:
    broken = response("/c/4.ics", "<C:calendar-data>BEGIN:VCALENDAR\nnonsense</C:calendar-data>")
    parts = [entry("/c/1.ics"), failed("/c/2.ics", "403 No"), failed("/c/3.ics", "404 Gone"), broken]
    with reading(multistatus(*parts)) as server:
        found = source.read(secret(server), Marks(), QUESTION, seconds=60).found
    assert found is not None
    assert (found.events, found.skipped, len(found.busy)) == (3, 2, 1)


def test_what_is_no_calendar_any_more_is_said_so() -> None:
    assert why(reading(multistatus(), multistatus(response("/c/", "<D:resourcetype/>")))) == Why.NO_CALENDAR
    assert why(reading(multistatus(), multistatus(failed("/c/", "404 Not Found")))) == Why.GONE


def test_a_slow_server_costs_no_more_than_the_time_it_has() -> None:
    def silent(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    server = reading(multistatus())
    server._play = silent
    assert why(server, seconds=0.3) == Why.UNREACHABLE


def test_the_live_question_is_one_request_for_the_wanted_time() -> None:
    with reading(multistatus()) as server:
        assert source.ask(secret(server), Marks(), QUESTION, seconds=60).found == Found()
        assert server.asked == ["REPORT /c/ HTTP/1.1"]


NAMED = "https://cloud.example.com/dav/"


@pytest.mark.parametrize(
    ("named", "address", "may"),
    [
        (NAMED, "https://cloud.example.com/other", True),
        (NAMED, "https://cloud.example.com:443/other", True),
        (NAMED, "https://p2.cloud.example.com/", True),
        (NAMED, "http://cloud.example.com/dav/", False),
        (NAMED, "https://cloud.example.com:8443/", False),
        (NAMED, "https://example.com/", False),
        (NAMED, "https://other.example.com/", False),
        (NAMED, "https://cloud.example.com.evil.example/", False),
        (NAMED, "https://evilcloud.example.com/", False),
        (NAMED, "https://u:p@cloud.example.com/", False),
        (NAMED, "ftp://cloud.example.com/", False),
        (NAMED, "https://[::1/", False),
        (NAMED, "", False),
        ("https://shop.co.uk/", "https://evil.co.uk/", False),
        ("https://caldav.icloud.com/", "https://p42-caldav.icloud.com:443/1/calendars/", True),
        ("https://caldav.icloud.com/", "https://evil-icloud.com/", False),
        ("https://caldav.icloud.com:8443/", "https://p42-caldav.icloud.com/", False),
        ("http://nas:8080/", "http://nas:8080/dav", True),
        ("http://nas:8080/", "http://nas/dav", False),
        ("http://nas/", "https://nas/dav", True),
        ("http://nas/", "http://other.nas/dav", False),
    ],
)
def test_where_a_password_may_follow(named: str, address: str, may: bool) -> None:
    assert trust.may_follow(named, address) is may


@pytest.fixture
def stranger() -> Iterator[OddServer]:
    """Of another host, as far as passwords go: another port is another server."""
    with OddServer(lambda *_: BASIC) as server:
        yield server


def leading(target: str) -> OddServer:
    return OddServer(lambda *_: ("302 Found", b"", [f"Location: {target}"]))


def test_a_redirect_to_another_host_takes_no_password_along(stranger: OddServer) -> None:
    with leading(f"{stranger.url}/dav/") as server:
        with pytest.raises(LeadsElsewhere) as caught:
            find(server)
        assert caught.value.host == "127.0.0.1"
        assert server.passwords == 0
    assert len(stranger.asked) == 1, "it is asked who it is"
    assert stranger.passwords == 0
    with leading(f"{stranger.url}/dav/") as server:
        for call in (source.read, source.ask):
            with pytest.raises(LeadsElsewhere):
                call(secret(server), Marks(), QUESTION, seconds=60)
        written = source.write(secret(server), ENTRY, None, seconds=60)
    assert (written.outcome, written.why) == (Outcome.REFUSED, Why.REDIRECTED)
    assert stranger.passwords == 0


def test_what_a_server_says_of_other_hosts_takes_no_password_along(stranger: OddServer) -> None:
    href = f"<D:href>{stranger.url}/me/</D:href>"
    said = multistatus(response("/", f"<D:current-user-principal>{href}</D:current-user-principal>"))
    with OddServer(lambda *_: said) as server, pytest.raises(LeadsElsewhere):
        find(server)
    assert stranger.asked == []


def test_a_redirect_into_the_operators_network_is_not_followed() -> None:
    for target in (
        "http://169.254.169.254/latest",
        "https://10.0.0.1/",
        "file:///etc/passwd",
        "https://u:p@example.com/",
    ):
        with leading(target) as server, pytest.raises(CannotRead) as caught:
            find(server)
        assert caught.value.why == Why.REDIRECTED
    with leading("https://[::1/") as server, pytest.raises(CannotRead, match="unreachable"):
        find(server)


def test_redirects_without_an_end_end() -> None:
    with leading("/again") as server, pytest.raises(CannotRead, match="redirected"):
        find(server)


def test_nobody_hears_a_password_who_does_not_ask_for_one() -> None:
    for answer in (PAGE, ("404 Not Found", b"", []), ("401 No", b"", ["WWW-Authenticate: Bearer"])):
        with OddServer(lambda *_, said=answer: said) as server, pytest.raises(CannotRead) as caught:
            find(server)
        assert caught.value.why == (Why.NOT_ALLOWED if "401" in answer[0] else Why.NO_CALENDAR)
        assert server.passwords == 0
        assert {one.split()[1] for one in server.asked} == {*discovery.PATHS}


def test_a_wrong_password_is_tried_once() -> None:
    with OddServer(lambda *_: BASIC) as server, pytest.raises(CannotRead, match="password"):
        find(server)
    assert server.passwords == 1


def test_a_calendar_without_events_or_on_no_terms_is_not_offered() -> None:
    def says(_method: str, path: str, _password: bool) -> Said:
        if path != "/home/":
            who = "<D:current-user-principal><D:href>/me/</D:href></D:current-user-principal>"
            home = "<C:calendar-home-set><D:href>/home/</D:href></C:calendar-home-set>"
            mail = "<C:calendar-user-address-set><D:href>mailto:A@B.example</D:href></C:calendar-user-address-set>"
            return multistatus(response(path, who + home + mail))
        only = "<C:supported-calendar-component-set><C:comp name='{}'/></C:supported-calendar-component-set>"
        zone = "<C:calendar-timezone>BEGIN:VTIMEZONE\nTZID:Asia/Tokyo\nEND:VTIMEZONE</C:calendar-timezone>"
        privileges = "<D:current-user-privilege-set><D:privilege><D:{}/></D:privilege></D:current-user-privilege-set>"
        return multistatus(
            response("/home/", "<D:resourcetype><D:collection/></D:resourcetype>"),
            response("/home/tasks/", IS_CALENDAR + only.format("VTODO")),
            response("/home/a%20b/", IS_CALENDAR + only.format("VEVENT") + zone + privileges.format("write")),
            response("/home/read/", IS_CALENDAR + privileges.format("read")),
            failed("/home/ill/", "500 Oops"),
        )

    with OddServer(says) as server:
        home = find(server)
        found = [(one.url.removeprefix(server.url), one.name, one.can_write, one.zone) for one in home.calendars]
    assert found == [("/home/a%20b/", "a%20b", True, "Asia/Tokyo"), ("/home/read/", "read", False, "")]
    assert home.addresses == ["a@b.example"]


@pytest.mark.parametrize(
    ("entered", "start"),
    [
        ("alice@icloud.com", "https://caldav.icloud.com/"),
        ("me.com", "https://caldav.icloud.com/"),
        ("https://www.fastmail.com", "https://caldav.fastmail.com/dav/"),
        ("alice@example.com", "https://example.com/"),
        (" cloud.example.com/remote.php/dav ", "https://cloud.example.com/remote.php/dav"),
        ("caldavs://cloud.example.com/x", "https://cloud.example.com/x"),
    ],
)
def test_where_it_begins(entered: str, start: str) -> None:
    assert discovery.starting_at(entered) == start


@pytest.mark.parametrize("entered", ["", "http://example.com/", "https://10.0.0.1/", "https://u:p@example.com/", "a b"])
def test_where_it_does_not_begin(entered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened_hosts, "allows_loopback", lambda: False)
    with pytest.raises(ValueError, match=r"^$"):
        discovery.starting_at(entered)


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (BASIC, Outcome.REFUSED, Why.PASSWORD),
        (("403 Forbidden", b"", []), Outcome.REFUSED, Why.NOT_ALLOWED),
        (("405 No", b"", []), Outcome.REFUSED, Why.NO_CALENDAR),
        (("413 Too Large", b"", []), Outcome.REFUSED, Why.NOT_ALLOWED),
        (("507 Full", b"", []), Outcome.REFUSED, Why.NOT_ALLOWED),
        (("423 Locked", b"", []), Outcome.UNKNOWN, Why.UNREACHABLE),
        (("429 Slowly", b"", []), Outcome.UNKNOWN, Why.UNREACHABLE),
        (("500 Oops", b"", []), Outcome.UNKNOWN, Why.UNREACHABLE),
        (("503 Busy", b"", ["Retry-After: 120"]), Outcome.UNKNOWN, Why.UNREACHABLE),
    ],
    ids=str,
)
def test_what_a_write_may_come_to(answer: Said, outcome: Outcome, reason: Why) -> None:
    with OddServer(lambda method, *_: answer if method in {"PUT", "DELETE"} else multistatus()) as server:
        known = Standing(f"{server.url}/c/uid-1.ics", '"1"')
        written = [source.write(secret(server), ENTRY, one, seconds=60) for one in (None, known)]
        written.append(source.remove(secret(server), ENTRY.uid, known, seconds=60))
    assert {(one.outcome, one.why) for one in written} == {(outcome, reason)}
    assert (written[0].retry_at is not None) is ("Retry-After: 120" in answer[2])


def test_a_server_that_hangs_up_in_the_middle_of_a_write_is_unknown() -> None:
    def hang_up(connection: socket.socket) -> None:
        read_request(connection)

    server = reading(multistatus())
    server._play = hang_up
    with server:
        assert source.write(secret(server), ENTRY, None, seconds=60).outcome is Outcome.UNKNOWN
        assert source.remove(secret(server), ENTRY.uid, KNOWN, seconds=60).outcome is not Outcome.DONE


def test_a_server_that_tells_no_version_is_asked_for_it() -> None:
    """RFC 4791: a server that changes what it is given says no ETag."""
    text = calendar("UID:uid-1|DTSTART:20261207T090000Z|DURATION:PT1H").decode()
    there = response("/c/uid-1.ics", f'<D:getetag>"7"</D:getetag><C:calendar-data>{text}</C:calendar-data>')
    for headers in ([], ['ETag: W/"1"'], ['ETag: "1-gzip"']):
        put: Said = ("201 Created", b"", headers)
        with OddServer(lambda method, *_, put=put: put if method == "PUT" else multistatus(there)) as server:
            written = source.write(secret(server), ENTRY, None, seconds=60)
        assert written.outcome is Outcome.DONE
        assert written.there is not None
        assert written.there.version == '"7"'


def test_the_password_is_in_no_words_of_its_holder() -> None:
    assert "geheim" not in repr(Access("https://example.com/", "alice", "geheim-42"))
