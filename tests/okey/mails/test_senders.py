"""In whose name mails to clients come: any name, by each mail server's rules, and none that poses as another's."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default

import pytest
from pytest_django import Settings

from okey.mails.messages import Message, message_id, sent_for
from tests.okey.mails.test_smtp import Line, server, through

OFFICE = "The office <okey@example.com>"
ENCODED = ["=?utf-8?q?a=0Ab?=", "=?utf-8?q?=3Ca=40b=2Ec=3E?="]
LONG = ["Я" * 23, "Александра Константинова", "漢" * 150, "Zoë " * 37, "A" * 150, "Ann Archer " * 13, '"' * 90]


def written(name: str) -> bytes:
    return bytes(Message("Hello", "Hello\n", to=["yuki@client.example"], from_name=sent_for(name)).message().as_bytes())


def lines_of_from(raw: bytes) -> list[str]:
    lines = raw.decode().split("\n")
    first = next(number for number, line in enumerate(lines) if line.startswith("From:"))
    more = next(number for number in range(first + 1, len(lines)) if not lines[number].startswith(" "))
    return lines[first:more]


@pytest.mark.parametrize(
    "name", ["Alice Archer", "Zoë, “Z” Brontë", 'Alice "A" <x>, B', "A\nBcc: x", "A;B (C)", "علي", *ENCODED]
)
def test_a_mail_to_a_client_names_the_owner_before_okeys_own_address(name: str, settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = OFFICE
    (written_as,) = message_from_bytes(written(name), policy=default)["From"].addresses
    assert written_as.display_name == f"{' '.join(name.split())} via O-Key"
    assert written_as.addr_spec == "okey@example.com"


def test_who_has_no_name_leaves_the_senders_to_okey(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = OFFICE
    assert lines_of_from(written(" ")) == [f"From: {OFFICE}"]


@pytest.mark.parametrize("name", LONG)
def test_no_line_of_a_long_name_is_empty_or_too_long(name: str, settings: Settings) -> None:
    """RFC 2047: 76 letters a line, 75 a word. Python's strict reader puts spaces between words, so it is not asked."""
    settings.DEFAULT_FROM_EMAIL = OFFICE
    lines = lines_of_from(written(name))
    assert all(line.removeprefix("From:").strip() for line in lines)
    assert max(map(len, lines)) <= 76
    assert max(len(word) for line in lines for word in line.split()) <= 75
    folded = "".join(lines).removeprefix("From: ")
    read = str(make_header(decode_header(folded)))
    assert read == f"{' '.join(name.split())} via O-Key <okey@example.com>"


def test_a_long_subject_keeps_to_the_same_lines() -> None:
    raw = Message("漢" * 100, "Hello\n", to=["yuki@client.example"]).message().as_bytes().decode()
    assert max(map(len, raw.split("\n"))) <= 76


@pytest.mark.parametrize("name", [*ENCODED, *LONG])
def test_a_mail_server_gets_the_address_alone_and_takes_it(name: str, settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = OFFICE
    heard: list[bytes] = []

    def taking(line: Line) -> None:
        heard.append(line.take_mail())
        line.say("250 taken")

    with server(taking) as port:
        message = Message("Hello", "Hello\n", to=["yuki@client.example"], from_name=sent_for(name))
        through(port, message)
    assert heard[0].lower().startswith(b"mail from:<okey@example.com>")


def test_okeys_address_may_be_at_an_international_domain(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "O-Key <okey@müller.example>"
    for name in ("Alice Archer", "Zoë Brontë"):
        (written_as,) = message_from_bytes(written(name), policy=default)["From"].addresses
        assert (written_as.display_name, written_as.addr_spec) == (f"{name} via O-Key", "okey@xn--mller-kva.example")
    assert message_id("one") == "<one@xn--mller-kva.example>"


def test_what_is_unseen_or_turns_the_line_around_is_left_out() -> None:
    assert sent_for("x\x01y\x7f \x00z") == "xy z via O-Key"
    assert sent_for("\u202eyeK-O aiv\u202c A\u200e\u2066\u2069") == "yeK-O aiv A via O-Key"
    assert sent_for("क\u094d\u200dष") == "क\u094d\u200dष via O-Key", "scripts need their joiners"


@pytest.mark.parametrize(
    "name",
    [
        "O-Key", "O-Key Support", "OKEY", "The okey team", "O\u2011Key", "o_key", "O\u00adK\u200dey", "\uff2fkey",
        "_O.Key", "support@bank.example", "support\uff20bank.example",
    ],
)  # fmt: skip
def test_who_poses_as_okey_or_as_an_address_is_not_named(name: str, settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = OFFICE
    assert sent_for(name) == ""
    assert lines_of_from(written(name)) == [f"From: {OFFICE}"]


@pytest.mark.parametrize("name", ["Marco Keyser", "Roberto Keys", "Tokey Hill", "Jo Keynes"])
def test_names_that_only_sound_alike_are_named(name: str) -> None:
    assert sent_for(name) == f"{name} via O-Key"
