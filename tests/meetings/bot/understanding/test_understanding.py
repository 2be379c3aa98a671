"""What clients write is understood as the table says."""

import time
from dataclasses import replace
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
OWNER = "Alice Archer"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=BERLIN)
#: Tuesday 9:00, 9:30, 10:00 and Friday 9:00.
OFFERED = tuple(
    datetime(2026, 3, day, hour, minute, tzinfo=BERLIN)
    for day, hour, minute in ((3, 9, 0), (3, 9, 30), (3, 10, 0), (6, 9, 0))
)
SCENES = {
    "": Scene(NOW, owner_name=OWNER),
    "offered": Scene(NOW, Expects.TIME, OFFERED, owner_name=OWNER),
    "zone": Scene(NOW, Expects.ZONE, owner_name=OWNER),
    "name": Scene(NOW, Expects.NAME, owner_name=OWNER),
    "email": Scene(NOW, Expects.EMAIL, owner_name=OWNER),
    "agreement": Scene(NOW, Expects.AGREEMENT, owner_name=OWNER),
    "agreement to cancel": Scene(NOW, Expects.AGREEMENT, proposed=Act.CANCEL, owner_name=OWNER),
    "agreement to move": Scene(NOW, Expects.AGREEMENT, proposed=Act.MOVE, owner_name=OWNER),
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


@pytest.mark.parametrize(
    ("owner", "said", "act"),
    [
        ("Ben Basic", "tell Ben that I will be late", Act.HUMAN),
        ("Ben Basic", "can Ben Basic call me?", Act.HUMAN),
        ("Ben Basic", "could you ask Ben whether parking is free?", Act.ASK),
        ("Alice Archer", "could you ask Ben about a slot?", Act.MEET),
        ("Will May", "will you be free on 3 may", Act.MEET),
        ("Will May", "can Will May call me?", Act.HUMAN),
    ],
)
def test_owners_are_known_by_their_own_names(owner: str, said: str, act: Act) -> None:
    assert understand(clean(said), replace(SCENES[""], owner_name=owner)).act is act


def test_a_yes_may_name_the_owner() -> None:
    scene = replace(SCENES["agreement"], owner_name="Ben Basic")
    assert understand(clean("yes please, Ben"), scene).is_agreement
    assert not understand(clean("yes please, Tom"), scene).is_agreement
