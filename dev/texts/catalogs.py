"""The catalogs in locale/: read, brought up to date, written so that merges are easy, and compiled.

A .po file is sorted by its texts and names files without lines: a change elsewhere changes nothing in it.
"""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.plurals import get_plural
from babel.messages.pofile import normalize, read_po

from dev.commands import ROOT
from dev.texts.finding import Text, translated

#: Written by hand, of which English is what stands in the program.
LANGUAGES = ("de", "es")
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
#: What a text says in one language: one form, or one for each plural form. Empty: not translated.
Said = dict[Text, tuple[str, ...]]


def path_of(language: str, root: Path = ROOT) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def read(path: Path) -> Said:
    """Raises ValueError where a translation is marked as a guess ("fuzzy")."""
    if not path.exists():
        return {}
    found: Said = {}
    with path.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    for message in catalog:
        if not message.id:
            continue
        if message.fuzzy:
            raise ValueError(f"{path}: a guess, which nobody has looked at: {message.id!r}")
        single, plural = (*_forms(message.id), "")[:2]
        found[Text(single, plural, message.context or "")] = tuple(form or "" for form in _forms(message.string))
    return found


def merged(language: str, texts: dict[Text, list[str]], said: Said) -> Said:
    """What is said already of the texts that there are, and an empty place for each other."""
    forms = get_plural(language).num_plurals
    wanted = sorted(text for text, files in texts.items() if translated(files))
    return {text: said.get(text) or ("",) * (forms if text.plural else 1) for text in wanted}


def po_of(language: str, said: Said, files: dict[Text, list[str]]) -> str:
    """The file's text."""
    lines = [
        'msgid ""',
        'msgstr ""',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Language: {language}\\n"',
        f'"Plural-Forms: {get_plural(language).plural_forms}\\n"',
    ]
    for text, forms in said.items():
        lines += ["", *(f"#: {file}" for file in files[text])]
        if text.context:
            lines.append(f"msgctxt {_quoted(text.context)}")
        lines.append(f"msgid {_quoted(text.single)}")
        if text.plural:
            lines.append(f"msgid_plural {_quoted(text.plural)}")
            lines += [f"msgstr[{number}] {_quoted(form)}" for number, form in enumerate(forms)]
        else:
            lines.append(f"msgstr {_quoted(forms[0])}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return normalize(text, width=0)


def write(language: str, texts: dict[Text, list[str]], said: Said, root: Path = ROOT) -> None:
    """The .po file and beside it what gettext reads; nothing is touched that says the same already."""
    path = path_of(language, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = po_of(language, merged(language, texts, said), texts)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    if not is_compiled(path):
        path.with_suffix(".mo").write_bytes(_compiled(path))


def is_compiled(path: Path) -> bool:
    """Whether the .mo file says what the .po file does."""
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        return False
    return _said(compiled.read_bytes()) == _said(_compiled(path))


def _said(compiled: bytes) -> set[tuple[str, ...]]:
    """All that it says, with the forms of each text, and by which rule they are chosen."""
    told = ((one.context or "", one.id, one.string) for one in read_mo(BytesIO(compiled)))
    return {(context, *_forms(single), *_forms(said)) for context, single, said in told}


def _forms(said: Any) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def _compiled(path: Path) -> bytes:
    with path.open("rb") as file:
        catalog: Catalog = read_po(file)
    catalog.creation_date = catalog.revision_date = NO_DATE  # else the moment of compiling
    compiled = BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()
