"""What the bot makes of what people type, by tables written without a look at its grammar (phrases/README.md)."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction

from meetings.bot import engine
from meetings.bot.engine import Said
from meetings.bot.models import Conversation, Message
from meetings.bot.state import State
from meetings.models import Meeting
from okey.limits import limits
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.bot.phrase_judge import NOW, Judge, Stand, rows

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

#: What went before, in the client's own words; the bot's answers are the scene's.
BEFORE = {
    "start": (),
    "offered": ("tomorrow afternoon",),
    "name": ("wednesday at 11",),
    "email": ("wednesday at 11", "Ann Lee"),
    "booked": ("tomorrow at 3pm", "Ann Lee", "ann@client.example", "yes"),
    "cancel": ("tomorrow at 11am", "Ann Lee", "ann@client.example", "yes", "cancel my meeting"),
    "move": ("tomorrow at 11am", "Ann Lee", "ann@client.example", "yes", "move it to wednesday at 2pm"),
    "book": ("wednesday at 2pm", "Ann Lee", "ann@client.example"),
}
UNDERSTOOD, TAKEN = 0.92, 0.95


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Scene:
    """A conversation in one of the states, to which one thing is said and forgotten again."""

    def __init__(self, owner: Owner, before: str) -> None:
        self.conversation = engine.begin(owner, channel=Conversation.Channel.WEB)
        self.last = self.conversation.messages.get()
        for text in BEFORE[before]:
            self.last = engine.hear(self.conversation.pk, Said(text, device_zone=ZoneInfo("Europe/Berlin")))

    def hear(self, text: str, zone: str) -> tuple[Stand, Stand, bool]:
        """Before, after, and whether a client was mailed (the owner is, where a talk is handed over)."""
        limits.in_memory().storage.reset()  # each phrase is somebody's first
        with transaction.atomic():
            self._in_zone(zone)
            before = Stand.of(self.conversation, self.last)
            mails = self._clients_mails()
            answer = engine.hear(self.conversation.pk, Said(text, device_zone=ZoneInfo(zone)))
            after = Stand.of(self.conversation, answer)
            is_mailed = self._clients_mails() != mails
            transaction.set_rollback(True)
        return before, after, is_mailed

    def _clients_mails(self) -> int:
        return Mail.objects.exclude(to=self.conversation.owner.email).count()

    def _in_zone(self, zone: str) -> None:
        self.conversation.refresh_from_db()
        state = State.load(self.conversation.state)
        state.zone = None if state.zone is None or zone == "Europe/Berlin" else ZoneInfo(zone)
        self.conversation.state = state.dump()
        self.conversation.save(update_fields=["state"])


class Scenes(dict[str, Scene]):
    def __init__(self, owner: Owner) -> None:
        super().__init__()
        self._owner = owner

    def __missing__(self, before: str) -> Scene:
        # One at a time: what another scene booked is no part of this one.
        Meeting.objects.filter(owner=self._owner).update(cancelled_at=NOW)
        self.clear()
        self[before] = Scene(self._owner, before)
        return self[before]


@pytest.fixture
def scenes(alice: Owner) -> Scenes:
    return Scenes(alice)


def by_state(table: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return sorted(table, key=lambda row: str(row[key]))


def test_phrases_are_understood_and_none_is_misread_in_silence(
    scenes: Scenes, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    wrong = []
    for row in by_state(rows("phrases"), "after"):
        before, after, _ = scenes[row["after"]].hear(row["said"], row["zone"])
        verdict = Judge(row, before, after).verdict()
        verdicts[row["category"]][verdict] += 1
        if verdict != "understood":
            wrong.append(f"{verdict} {row['category']} [{row['after']}] {row['said']!r} -> {after.text!r}")
    total = sum(verdicts.values(), Counter[str]())
    with capsys.disabled():
        print()
        for category, found in sorted(verdicts.items()):
            print(f"  {category:<15} {dict(found)}")
        print(f"  the bot understood {total['understood']} of {total.total()} phrases, asked at {total['asked']}")
    silent = [line for line in wrong if line.startswith("SILENT")]
    assert not silent, "\n".join(silent)
    assert total["understood"] >= UNDERSTOOD * total.total(), "\n".join(wrong)


@pytest.mark.parametrize("deed", ["cancel", "move", "book"])
def test_what_is_no_agreement_does_nothing(scenes: Scenes, deed: str) -> None:
    wrong = [row["said"] for row in rows("wrong_agreements") if deed in row["wrong_for"]]
    assert len(wrong) >= 80
    assert {said: done for said in wrong if (done := _does(scenes[deed], said))} == {}


@pytest.mark.parametrize("deed", ["cancel", "move", "book"])
def test_an_agreement_is_taken(scenes: Scenes, deed: str, capsys: pytest.CaptureFixture[str]) -> None:
    right = [row["said"] for row in rows("true_agreements") if deed in row["agrees_to"]]
    done = {said: _does(scenes[deed], said) for said in right}
    assert {said: deeds for said, deeds in done.items() if set(deeds) - {deed, "mail"}} == {}
    missed = [said for said, deeds in done.items() if deeds.count(deed) != 1]
    with capsys.disabled():
        print(f"\n  {deed}: {len(right) - len(missed)} of {len(right)} agreements taken; not: {missed}")
    assert len(right) - len(missed) >= TAKEN * len(right)


def _does(scene: Scene, said: str) -> list[str]:
    """What was done by that one message, each deed by its name: book, move, cancel; and "mail" where one went out."""
    before, after, is_mailed = scene.hear(said, "Europe/Berlin")
    was = {pk: (starts_at, cancelled_at) for pk, starts_at, cancelled_at in before.meetings}
    deeds = ["mail"] if is_mailed else []
    for pk, starts_at, cancelled_at in after.meetings:
        if pk not in was:
            deeds.append("book")
        elif was[pk] != (starts_at, cancelled_at):
            deeds.append("cancel" if cancelled_at else "move")
    return deeds


def test_every_message_of_the_scenes_stands(scenes: Scenes) -> None:
    """The scenes are what the tables say they are."""
    for name, words in {
        "offered": "12:00, 12:30, 13:00, 13:30, 14:00",
        "name": "What is your name?",
        "email": "e-mail address",
        "booked": "Booked",
        "cancel": "Shall I cancel",
        "move": "Shall I move it?",
        "book": "Shall I book it?",
    }.items():
        assert words in scenes[name].last.text
        assert Message.objects.filter(conversation=scenes[name].conversation).exists()
