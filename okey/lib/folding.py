"""Text as it is searched: no case, no accents."""

import unicodedata
from collections.abc import Iterable
from typing import ClassVar

from django.db import models

SEARCH_WORDS = 8


def fold(text: str) -> str:
    """“Núñez” and “NUNEZ” become the same. A letter that is no accented one, like ø, stays what it is."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words_of(search: str) -> list[str]:
    """What somebody looks for, word by word, folded; more words than these find nothing new and cost a scan each."""
    return [fold(word) for word in search.replace("\0", " ").split()[:SEARCH_WORDS]]  # PostgreSQL refuses a NUL


class FoldedField(models.TextField[str, str]):
    """What a search looks through: other fields of the row, folded. Written with it, by single saves and bulk ones."""

    #: Names of the fields.
    of: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def text_of(cls, values: Iterable[str]) -> str:
        return fold("\n".join(values))

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = self.text_of(getattr(model_instance, name) for name in self.of)
        setattr(model_instance, self.attname, text)
        return text
