"""Words that people would read in English whatever their language, because nothing marks them for translation."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType

from dev.commands import ROOT
from dev.texts.finding import sources

#: Names of products and of things that are called so in every language, and what is no text at all.
NAMES = {
    *(
        "Key",
        "Fastmail",
        "Zoom",
        "Google",
        "Microsoft",
        "Outlook",
        "Jitsi",
        "Teams",
        "iCloud",
        "Nextcloud",
        "Telegram",
        "WhatsApp",
    ),
    *("API", "REST", "MCP", "URL", "ID", "CSV", "JSON", "OpenAPI", "UTC", "QR", "CalDAV", "iCalendar", "OAuth", "ms"),
}
#: Pages that no owner and no client sees: the examples of the style guide, for whoever builds pages.
FOR_BUILDERS = ("templates/styleguide/",)
#: What readers see or hear of a tag's attributes.
SEEN = {"title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription", "data-label", "label"}
WORD = re.compile(r"[^\W\d_]{2,}(?:[-’'][^\W\d_]+)*")
MARKED = re.compile(r"^(?:blocktrans(?:late)?)\b")
END = re.compile(r"^endblocktrans(?:late)?\b")
#: Arguments of forms, models and messages that are texts for people.
ARGUMENTS = {"label", "help_text", "verbose_name", "verbose_name_plural", "empty_label", "short_description"}
#: Calls whose first argument, or the one after the request, is a text for people.
SAYING = {"ValidationError": 0, "success": 1, "error": 1, "warning": 1, "info": 1, "debug": 1}


def unmarked(root: Path = ROOT) -> Iterator[str]:
    """Each with its file."""
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        if name.startswith(FOR_BUILDERS) or "/migrations/" in name:
            continue
        said = in_python(path.read_text()) if path.suffix == ".py" else in_template(path.read_text(), path.suffix)
        yield from (f"{name}: {text!r}" for text in said)


def in_template(source: str, suffix: str = ".html") -> Iterator[str]:
    rest = _outside_tags(source)
    if suffix == ".txt":
        yield from _wordy([rest])
        return
    parser = _Seen()
    parser.feed(rest)
    parser.close()
    yield from _wordy(parser.found)


def _outside_tags(source: str) -> str:
    """What no template tag says; a variable and a tag leave a mark, which is no word."""
    rest, is_marked, is_comment = [], False, False
    for token in Lexer(source).tokenize():
        said = token.contents
        if token.token_type == TokenType.BLOCK:
            if is_comment or said == "comment":
                is_comment = said != "endcomment"
            elif is_marked or MARKED.match(said):
                is_marked = not END.match(said)
            rest.append("·" if said.startswith(("trans", "url", "static")) else "")
        elif token.token_type == TokenType.VAR and not (is_marked or is_comment):
            rest.append("·")
        elif token.token_type == TokenType.TEXT and not (is_marked or is_comment):
            rest.append(said)
    return "".join(rest)


class _Seen(HTMLParser):
    HIDDEN = ("script", "style", "svg", "code", "kbd", "samp", "pre")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in self.HIDDEN
        is_button = tag == "input" and dict(attrs).get("type") in {"submit", "button"}
        self.found += [value for name, value in attrs if value and (name in SEEN or (is_button and name == "value"))]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self.HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)


def _wordy(found: list[str]) -> Iterator[str]:
    for text in found:
        words = [word for word in WORD.findall(re.sub(r"\S*[@/#]\S+", "", text)) if word not in NAMES]
        if words:
            yield " ".join(text.split())


def in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        said = [keyword.value for keyword in node.keywords if keyword.arg in ARGUMENTS]
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        is_of_logging = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") != "messages"
        place = SAYING.get(name)
        if place is not None and not (place and is_of_logging):
            said += node.args[place : place + 1]
        for value in said:
            if isinstance(value, ast.JoinedStr):
                yield ast.unparse(value)
            elif isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield from _wordy([value.value])
