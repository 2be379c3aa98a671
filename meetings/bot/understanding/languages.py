"""Whether a text is written in another language than English: by its script, or by the little words of that"
" language."""

import re
import unicodedata

#: Scripts of whole alphabets that English is never written in.
SCRIPTS = ("CYRILLIC", "ARABIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "HEBREW", "GREEK", "THAI", "DEVANAGARI",
           "BENGALI", "TAMIL", "TELUGU", "GEORGIAN", "ARMENIAN", "ETHIOPIC")  # fmt: skip
#: Little words, and those of greeting and time, that English does not have.
WORDS = frozenset(
    """
    hola buenos buenas quiero quisiera puedo podemos reunion reunión cita mañana manana lunes martes miercoles
    miércoles jueves viernes gracias para por usted hoy tarde semana proxima próxima necesito hacer reservar
    hallo guten morgen ich möchte moechte mochte einen eine einer termin und nicht heute montag dienstag
    mittwoch donnerstag freitag danke bitte können koennen kann wir uhr nächste naechste woche haben wann vielen
    sie bonjour salut je voudrais rendez vous avec pour merci demain lundi mardi mercredi jeudi vendredi pas
    nous pouvons semaine prochaine s'il plaît svp réunion ciao buongiorno vorrei appuntamento domani lunedì
    lunedi martedì mercoledì giovedì venerdì grazie riunione possiamo posso settimana prossima favore sono olá
    ola gostaria marcar reunião amanhã segunda terça quarta quinta sexta obrigado obrigada você goedemorgen
    goedendag ik wil graag een afspraak maken maandag dinsdag woensdag donderdag vrijdag dank kunnen cześć dzień
    dobry chciałbym spotkanie jutro proszę dziękuję merhaba randevu istiyorum yarın teşekkürler toplantı êtes
    etes libre heure uur czy mogę moge umówić się środę öğleden sonra müsait misiniz hätten zeit nachmittag habe
    haette hätte uhrzeit prenotare alle tre chciałabym hej jag vill boka möte imorgon tack jeg vil gerne møde
    """.split()  # noqa: SIM905 -- a paragraph is read more easily than a column
)
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
#: So much of it, and it is no English with a foreign name in it.
SHARE = 0.4


def is_other_language(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    if not letters:
        return False
    foreign = sum(unicodedata.name(letter, "").startswith(SCRIPTS) for letter in letters)
    if foreign > len(letters) / 2:
        return True
    words = [word.lower() for word in WORD.findall(text)]
    known = sum(word in WORDS for word in words)
    return (known >= 2 and known >= SHARE * len(words)) or (known >= 1 and len(words) <= 2 and known == len(words))
