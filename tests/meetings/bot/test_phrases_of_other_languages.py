"""What comes of phrases in German, Spanish and French, said by what they mean, where the model reads them well.

Each row: the phrase, what a good model says of it by the task that it is given, and what the bot has understood. On a
Monday, 2 March 2026, at ten in Berlin; offered are Tuesday at 9:00, 9:30 and 10:00, and Friday at 9:00.
"""

from typing import Any

import pytest

from meetings.bot.language_model import asking
from meetings.bot.language_model.asking import Asker
from meetings.bot.language_model.saying import Bounds
from meetings.bot.turns import is_in_doubt
from meetings.bot.understanding.cleaning import clean
from meetings.bot.understanding.reading import understand
from tests.meetings.bot.understanding.outcomes import short
from tests.meetings.bot.understanding.test_understanding import SCENES
from tests.model_simulator import ModelSimulator

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def meet(*times: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"act": "meet", "times": list(times), **more}


def day(number: int, **hours: Any) -> dict[str, Any]:
    """Of March."""
    return {"first": f"2026-03-{number:02}", "last": f"2026-03-{number:02}", **hours}


MORNING, AFTERNOON = {"until": "12:00"}, {"since": "12:00", "until": "18:00"}
ROWS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("Hätten Sie morgen Nachmittag Zeit?", meet(day(3, **AFTERNOON)), "meet 3 Mar 12:00-18:00"),
    ("am Dienstag um 15:00", meet(day(3, at="15:00")), "meet 3 Mar at 15:00"),
    ("übermorgen gegen 10 Uhr", meet(day(4, at="10:00", around=True)), "meet 4 Mar 09:30-11:00"),
    ("Donnerstag oder Freitag vormittags", meet(day(5, **MORNING), day(6, **MORNING)),
     "meet 5 Mar -12:00 + 6 Mar -12:00"),
    ("nächste Woche, aber nicht am Mittwoch",
     meet({"first": "2026-03-09", "last": "2026-03-15", "unwanted": [day(11)]}), "meet 9 Mar..15 Mar but 11 Mar"),
    ("immer mittwochs ab 14 Uhr", meet({"weekdays": ["wed"], "since": "14:00"}), "meet Wed 14:00-"),
    ("so spät wie möglich am Freitag", meet(day(6, latest=True)), "meet 6 Mar latest"),
    ("so bald wie möglich", meet({}), "meet any"),
    ("bitte eine Stunde am Donnerstag", meet(day(5), length="other"), "meet 5 Mar"),
    ("den dritten Vorschlag bitte", {"act": "pick", "pick": 3}, "pick 3"),
    ("Freitag passt mir gut", {"act": "pick", "pick": 4}, "pick 4"),
    ("Ich sitze in Lissabon", {"act": "tell", "zone": "Europe/Lisbon"}, "tell zone Europe/Lisbon"),
    ("Haben Sie auch andere Zeiten?", {"act": "more"}, "more"),
    ("Was kostet das Gespräch?", {"act": "ask", "topic": "cost"}, "ask topic cost"),
    ("Wie lange dauert der Termin?", {"act": "ask", "topic": "length"}, "ask topic length"),
    ("Bitte meinen Termin absagen", {"act": "cancel"}, "cancel"),
    ("Können wir auf Montag um 9 verschieben?", {"act": "move", "times": [day(9, at="09:00")]}, "move 9 Mar at 09:00"),
    ("Ich möchte mit einem Menschen reden", {"act": "human"}, "human"),
    ("¿Puedo reservar una cita mañana por la tarde?", meet(day(3, **AFTERNOON)), "meet 3 Mar 12:00-18:00"),
    ("el jueves a las 11", meet(day(5, at="11:00")), "meet 5 Mar at 11:00"),
    ("martes a las 15:00", meet(day(3, at="15:00")), "meet 3 Mar at 15:00"),
    ("la semana que viene, antes de las 10", meet({"first": "2026-03-09", "last": "2026-03-15", "until": "10:00"}),
     "meet 9 Mar..15 Mar -10:00"),
    ("cualquier día menos el viernes", meet({"unwanted": [{"weekdays": ["fri"]}]}), "meet but Fri"),
    ("prefiero la segunda opción", {"act": "pick", "pick": 2}, "pick 2"),
    ("no, mejor el miércoles", {"act": "no", "times": [day(4)]}, "no 4 Mar"),
    ("estoy en Ciudad de México", {"act": "tell", "zone": "America/Mexico_City"}, "tell zone America/Mexico_City"),
    ("¿dónde nos encontramos?", {"act": "ask", "topic": "where"}, "ask topic where"),
    ("quisiera anular la reunión", {"act": "cancel"}, "cancel"),
    ("Bonjour, je voudrais un rendez-vous demain matin", meet(day(3, **MORNING)), "meet 3 Mar -12:00"),
    ("Vous êtes libre jeudi à 15h ?", meet(day(5, at="15:00")), "meet 5 Mar at 15:00"),
    ("entre 9h et 11h vendredi", meet(day(6, since="09:00", until="11:00")), "meet 6 Mar 09:00-11:00"),
    ("le 12 mars après 16h", meet(day(12, since="16:00")), "meet 12 Mar 16:00-"),
    ("plutôt la dernière", {"act": "pick", "pick": 4}, "pick 4"),
    ("je suis à Montréal", {"act": "tell", "zone": "America/Toronto"}, "tell zone America/Toronto"),
    ("annulez mon rendez-vous s'il vous plaît", {"act": "cancel"}, "cancel"),
    ("combien ça coûte ?", {"act": "ask", "topic": "cost"}, "ask topic cost"),
    ("plus tôt si possible", {"act": "earlier"}, "earlier"),
)  # fmt: skip


@pytest.mark.parametrize(("words", "says", "outcome"), ROWS, ids=[ascii(row[0])[:40] for row in ROWS])
def test_a_phrase_is_asked_and_means_what_the_table_says(
    model: ModelSimulator, words: str, says: dict[str, Any], outcome: str
) -> None:
    scene, heard = SCENES["offered"], clean(words)
    assert is_in_doubt(understand(heard, scene), heard.read)
    model.teach(heard.read, says)
    understood = asking.understand(heard.read, (), Bounds(scene, (30,)), Asker("one", "192.0.2.1", "alice"))
    assert understood is not None
    assert short(understood) == outcome
    assert not understood.is_agreement
