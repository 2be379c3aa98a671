"""What clients write is understood as the table says."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetings.bot.understanding.cleaning import clean
from meetings.bot.understanding.intents import Act, Expects, Scene
from meetings.bot.understanding.reading import understand
from tests.meetings.bot.understanding.outcomes import short
from tests.meetings.bot.understanding.phrases import PHRASES, Phrase

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=BERLIN)
#: Tuesday 9:00, 9:30, 10:00 and Friday 9:00.
OFFERED = tuple(
    datetime(2026, 3, day, hour, minute, tzinfo=BERLIN)
    for day, hour, minute in ((3, 9, 0), (3, 9, 30), (3, 10, 0), (6, 9, 0))
)
SCENES = {
    "": Scene(NOW),
    "offered": Scene(NOW, Expects.TIME, OFFERED),
    "zone": Scene(NOW, Expects.ZONE),
    "name": Scene(NOW, Expects.NAME),
    "email": Scene(NOW, Expects.EMAIL),
    "agreement": Scene(NOW, Expects.AGREEMENT),
    "agreement to cancel": Scene(NOW, Expects.AGREEMENT, proposed=Act.CANCEL),
    "agreement to move": Scene(NOW, Expects.AGREEMENT, proposed=Act.MOVE),
}


def outcome(phrase: Phrase) -> str:
    return short(understand(clean(phrase.text), SCENES[phrase.scene]))


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: f"{phrase.text[:40]!a} {phrase.scene}")
def test_a_phrase_means_what_the_table_says(phrase: Phrase) -> None:
    assert outcome(phrase) == phrase.outcome


def test_the_share_of_phrases_that_are_understood_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    right = sum(outcome(phrase) == phrase.outcome for phrase in PHRASES)
    with capsys.disabled():
        print(f"\nthe bot understood {right} of {len(PHRASES)} phrases ({right / len(PHRASES):.0%})")
    assert len(PHRASES) >= 120
    assert right == len(PHRASES)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120), st.sampled_from(sorted(SCENES)))
def test_no_text_at_all_breaks_the_understanding(text: str, scene: str) -> None:
    understand(clean(text), SCENES[scene])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(sorted({word for one in PHRASES[:180] for word in one.text.split()})), max_size=14),
    st.sampled_from(sorted(SCENES)),
)
def test_no_jumble_of_words_that_it_knows_breaks_the_understanding(words: list[str], scene: str) -> None:
    said = understand(clean(" ".join(words)), SCENES[scene])
    assert said.wish is None or all(window.since is None or window.since >= NOW for window in said.wish.windows)


def test_a_long_hostile_text_takes_no_time_to_speak_of() -> None:
    began = time.thread_time()
    for text in ("9:" * 10_000, "from " * 80, "a@" * 200, "the 2nd of " * 36, "my time zone is " * 25):
        understand(clean(text), SCENES["offered"])
    assert time.thread_time() - began < 2
