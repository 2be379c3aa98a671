"""How a text sounds, by its words alone: English, which the grammars read exactly, or another language.

Unlike `languages`, which says when a client is told that only English is understood, this leans to the other side: a
few foreign words among figures that the grammars would read ("am Dienstag um 15:00") are another language here.
"""

import re
import unicodedata
from enum import StrEnum

from meetings.bot.understanding.calendar_words import MONTHS, WEEKDAYS
from meetings.bot.understanding.languages import SCRIPTS
from meetings.bot.understanding.languages import WORDS as SAID_IN_OTHERS


class Sounds(StrEnum):
    ENGLISH = "english"
    FOREIGN = "foreign"
    UNSURE = "unsure"  # several words that nobody here knows: names, or a language


#: The words of everyday English, without those that other languages have too.
ENGLISH = (
    frozenset(WEEKDAYS)
    | frozenset(f"{day}s" for day in WEEKDAYS)
    | frozenset(MONTHS)
    | frozenset(
        """
    about above actually address after afternoon afternoons afternoon's again agree ago agreed ahead all already alright
    also alternative always and another any anyone anything anytime apart appointment appointments april are aren't
    around arrange asap ask at available availability away back bad be because been before begin below best better
    between bit book booked booking both bring but by bye calendar call can can't cancel cannot chance change cheers
    choose city clock coffee colleague colleagues coming confirm confirmed convenient correct could couldn't couple
    cool day days
    definitely demo did didn't different discuss does doesn't doing don't done down duration during e-mail each
    earlier earliest early eight eighth either eleven eleventh else email end ending ends enough evening evenings ever
    every everyday everyone everything exactly except excellent fifteen fifth fifty find fine first five fix flexible
    following for forget fortnight forty forward four fourth free friday's from full further get give go going good
    goodbye got great had half happy has have haven't he hello help her here hey hi him his hold hope hour hours how
    however i i'd i'll i'm i've idea if immediately instead interested into invitation invite isn't it it's its join
    just keep kind know last late later latest leave left length let let's like link little live local location long
    longer look looking lot lunch lunchtime mail make many matter may maybe mean meet meeting meetings message midday
    middle midnight might mind mine minute minutes moment month months more morning mornings most move much must my name
    need needs never new next nice night nine ninth nobody none noon nope not note nothing now number o'clock oclock
    off often oh ok okay okey once one ones online only open option options other others our out owner pass past people
    perfect person phone pick place please possible possibly postpone prefer preferred probably push put question quick
    quite rather ready real really reschedule right same say schedule second see send session set seven seventh several
    shall she should show sick since sir site six sixth slot slots some somebody someone something sometime soon sooner
    soonest sorry sort speak spot start starting stay still stop such suit suits sure switch take talk tell ten tenth
    than thank thanks that that's the their them then there these they thing things third thirty this those thought
    three through till time times timezone today together tomorrow tomorrow's tonight too town traffic try twelve twenty
    two until up us use usual usually video video-call wait want wants way week weekday weekdays weekend weekends weeks
    well were what what's when whenever where whether which while who whole why with within without won't work working
    works worry would write wrong tmrw tmr tmw pls plz thx u ur eve christmas xmas easter school team talking robot
    asia based overmorrow noonish thats whos spelled speaking yeah year years yep yes yesterday yet you you'd your yours
    """.split()  # noqa: SIM905 -- a paragraph is read more easily than a column
    )
)
#: Said in English and elsewhere: "will" is German, "come" Italian, "me" Spanish.
EITHER = frozenset(
    """
    a am an as come comment da dan de den der des di die do el en et hat in is it la le les ma man mi
    me no note nun of on or over par per plus pour restaurant sale se sera sin so son to van via war was we will
    zoom uh um o' mm h min pm utc gmt
    """.split()  # noqa: SIM905
)
#: Beside those of `languages`: weekdays, months, and times of the day.
FOREIGN = SAID_IN_OTHERS | frozenset(
    """
    samstag sonnabend sonntag januar februar märz mai juni juli oktober dezember übermorgen vormittag vormittags
    nachmittags mittag mittags abend abends früh spät später lieber besser passt ginge geht nächsten nächster diese
    dieser dieses kommenden halb viertel vor nach zwischen ab bis oder aber kein keine ja nein doch absagen verschieben
    ist das der den auch noch mir mich uns ihnen ihr mein meine zweite zweiten erste ersten dritte letzte gern gerne
    sábado sabado domingo enero febrero abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre
    pasado mediodía mediodia noche tardes mañanas primera primero segundo tercera última puede podría podria quisiéramos
    mejor después despues antes entre las los una otra otro este esta cancelar mover cambiar sí próximo proximo viene
    samedi dimanche janvier février fevrier mars avril juin juillet août aout septembre octobre novembre décembre
    matin après après-midi midi soir soirée prochain prochaine plutôt plutot entre avant ou oui non deuxième premier
    première dernier annuler déplacer deplacer serait est-ce que c'est vers mieux disponible
    sabato domenica mattina pomeriggio dopodomani gennaio febbraio giugno luglio settembre ottobre dicembre
    zaterdag zondag ochtend middag avond overmorgen liever graag
    """.split()  # noqa: SIM905
)

WORD = re.compile(r"(?<![\w@.])[^\W\d_]+(?:['’-][^\W\d_]+)*(?![\w@])")


def sounds(text: str) -> Sounds:
    """`text` as it was typed."""
    letters = [letter for letter in text if letter.isalpha()]
    if sum(unicodedata.name(letter, "").startswith(SCRIPTS) for letter in letters) > len(letters) / 2:
        return Sounds.FOREIGN
    is_shouted = text.isupper()  # else few capitals are a zone's
    words = [
        word.lower().replace("’", "'")
        for word in WORD.findall(text)
        if is_shouted or len(word) > 4 or not word.isupper()
    ]
    telling = [word for word in words if word not in EITHER]
    foreign = sum(word in FOREIGN and word not in ENGLISH for word in telling)
    english = sum(word in ENGLISH for word in telling)
    if foreign and foreign >= english:
        return Sounds.FOREIGN
    unknown = len(telling) - english
    return Sounds.UNSURE if unknown >= 2 and unknown > english else Sounds.ENGLISH
