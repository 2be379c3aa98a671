"""All texts that are marked for translation, in templates and in Python."""

import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

from dev.commands import ROOT

FOLDERS = ("okey", "integrations", "meetings", "templates")
#: Calls whose first arguments are texts: a context where there is a "p", a second text for many where there is an "n".
KEYWORDS = (
    *("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"),
    *("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"),
)


#: Said in English whatever language is chosen, by where each begins; a text that stands elsewhere too is translated.
ENGLISH = (
    # What the bot says, because it understands nothing else (docs/languages.md).
    *(f"meetings/bot/{part}" for part in ("answers.py", "permitted.py", "words.py")),
    # What operators read at the terminal.
    *("okey/backups/", "integrations/management/", "okey/api/management/", "okey/seeing/management/"),
)


class Text(NamedTuple):
    """What a catalog knows a text by; `plural` and `context` are "" where there is none."""

    single: str
    plural: str = ""
    context: str = ""


def texts() -> dict[Text, list[str]]:
    """Each text, with the files that it stands in."""
    found: dict[Text, set[str]] = {}
    for path in sources():
        for text in texts_in(path):
            found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    return {text: sorted(found[text]) for text in sorted(found)}


def translated(files: list[str]) -> bool:
    """Whether a text that stands in these files is to be translated."""
    return not all(file.startswith(ENGLISH) for file in files)


def sources(root: Path = ROOT) -> list[Path]:
    return sorted(
        path
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.suffix == ".py" or (folder == "templates" and path.suffix in {".html", ".txt"})
    )


def texts_in(path: Path) -> Iterator[Text]:
    source = path.read_text()
    if path.suffix != ".py":
        # In brackets, so that no line is read as more or less indented than the one before.
        source = f"({templatize(source, origin=str(path))}\n)"
    options: Any = {"encoding": "utf-8"}
    keywords: Any = KEYWORDS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a template that is no Python
        for _line, keyword, messages, _comments in extract_python(BytesIO(source.encode()), keywords, [], options):
            said: Any = messages
            yield from _text(str(keyword or ""), said if isinstance(said, tuple) else (said,))


def _text(keyword: str, arguments: tuple[str | None, ...]) -> Iterator[Text]:
    """Nothing for a call whose text is not written out there."""
    wanted = 1 + ("ngettext" in keyword or "npgettext" in keyword) + ("pgettext" in keyword)
    said = arguments[:wanted]
    if len(said) < wanted or not all(said):
        return
    words = [word or "" for word in said]
    context = words.pop(0) if "pgettext" in keyword else ""
    yield Text(words[0], words[1] if len(words) > 1 else "", context)
