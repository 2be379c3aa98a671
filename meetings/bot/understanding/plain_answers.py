"""A plain yes or no in other languages than English, word by word: nobody else decides what is one.

Asked only where a language model reads what is not English. It may say what a client wishes; that a client agrees, it
may not. So a yes counts where the whole text stands in this list, and praise ("super", "parfait") does not; nor does
what is a yes in one language and none in another ("tak" thanks in Danish).
"""

import re

from meetings.bot.understanding.intents import Act, Expects, Scene, Understood

#: What agrees to whatever was read back, a cancellation too.
YES = """
ja|ja bitte|ja danke|ja gerne|ja gern|ja genau|ja das stimmt|jawohl|ja bitte danke|ja vielen dank
sí|si|sí por favor|si por favor|sí gracias|si gracias|sí exacto|si exacto
oui|oui merci|oui s'il vous plaît|oui s'il vous plait|oui s'il te plaît|oui s'il te plait|oui svp|oui bien sûr
oui bien sur|oui c'est ça|oui c'est bien ça
sì|sì grazie|sì per favore|sim|sim por favor|sim obrigado|sim obrigada|ja graag|ja alstublieft|ja tack|ja takk
tak proszę|evet|evet lütfen|да|да пожалуйста|да спасибо|はい|はい お願いします|はいお願いします|네|네 부탁합니다
是|是的|نعم|نعم من فضلك
"""
#: With the deed, each to what it names and to nothing else.
DEEDS = {
    Act.MEET: """
ja bitte buchen|ja buchen|bitte buchen|ja bitte buchen sie|ja bitte buchen sie es
sí reservar|sí resérvelo|sí reserva|si reservar|sí por favor reserve
oui réservez|oui réserver|oui reserver|oui vous pouvez réserver
""",
    Act.MOVE: """
ja bitte verschieben|ja verschieben|bitte verschieben
sí cambiar|sí muévelo|sí muévala|si cambiar
oui déplacez|oui déplacer|oui deplacer
""",
    Act.CANCEL: """
ja bitte absagen|ja absagen|bitte absagen
sí cancelar|sí cancele|sí cancélela|si cancelar
oui annulez|oui annuler
""",
}
NO = """
nein|nein danke|nee|ne danke|nein bitte nicht|nein lieber nicht|lieber nicht|noch nicht
no gracias|no por favor|todavía no|mejor no|non|non merci|pas encore|plutôt pas|surtout pas
no grazie|não|nao|não obrigado|não obrigada|nee bedankt|nee dank je|nej|nej tack|nie|nie dziękuję|hayır
нет|нет спасибо|ні|いいえ|아니요|不|不是|不要|لا|لا شكرا
"""
BETWEEN = re.compile(r"[\s,.;!¡。、،]+")
DOUBT = re.compile(r"\.\.|…|[?¿？؟]")


def _all(table: str) -> frozenset[str]:
    return frozenset(_plain(one) for line in table.splitlines() for one in line.split("|") if one)


def _plain(text: str) -> str:
    return BETWEEN.sub(" ", text.lower().replace("’", "'")).strip()


YES_WORDS, NO_WORDS = _all(YES), _all(NO)
DEED_WORDS = {act: _all(table) for act, table in DEEDS.items()}


def find(text: str, scene: Scene) -> Understood | None:
    """What a plain yes or no means here; None for any other text, one with a question or with dots among them."""
    if DOUBT.search(text) or scene.expects in {Expects.NAME, Expects.EMAIL}:
        return None
    plain = _plain(text)
    if plain in NO_WORDS:
        return Understood(act=Act.NO)
    is_open = scene.expects is Expects.AGREEMENT
    if plain in YES_WORDS or (is_open and plain in DEED_WORDS.get(scene.proposed, ())):
        return Understood(act=Act.YES, is_agreement=is_open)
    return None
