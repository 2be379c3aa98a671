"""Text as it is searched: no case, no accents."""

import unicodedata


def fold(text: str) -> str:
    """“Núñez” and “NUNEZ” become the same. A letter that is no accented one, like ø, stays what it is."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
