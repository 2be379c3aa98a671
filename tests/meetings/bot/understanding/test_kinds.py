"""Which type of meeting a message means."""

import pytest

from meetings.bot.understanding.kinds import named

NAMES = ["Meeting", "Consultation", "Long consultation", "Über uns", "Site visit"]


@pytest.mark.parametrize(
    ("text", "which", "rest"),
    [
        ("Consultation", 1, ""),
        ("a consultation, please", 1, ""),
        ("long consultation", 2, ""),
        ("the site visit", 4, ""),
        ("über uns", 3, ""),
        ("I'd like a consultation tomorrow at 10", 1, "I'd like a tomorrow at 10"),
        ("long  consultation on friday", 2, "on friday"),
        ("site", 4, ""),
        ("2", 1, ""),
        ("number 3.", 2, ""),
        ("meeting", 0, ""),
    ],
)
def test_a_name_its_number_or_its_only_beginning(text: str, which: int, rest: str) -> None:
    assert named(text, NAMES, is_asked=True) == (which, rest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9",
        "0",
        "si",
        "consult me",
        "a meeting tomorrow at 10",
        "consultation or site visit",
        "\u202e",
        "(" * 200,
        "a" * 2000,
    ],
)
def test_what_means_none_alone_is_none(text: str) -> None:
    assert named(text, NAMES, is_asked=True) is None


@pytest.mark.parametrize("text", ["2", "site", "meeting"])
def test_what_was_not_asked_is_no_answer(text: str) -> None:
    assert named(text, NAMES, is_asked=False) is None


def test_a_beginning_of_two_is_none_of_them() -> None:
    assert named("intro", ["Intro one", "Intro two"], is_asked=True) is None
