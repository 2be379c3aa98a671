"""A tag that is broken over two lines is no tag: the page shows it as it is written."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
OPEN_AT_THE_END = re.compile(r"\{%(?:(?!%\}).)*$|\{\{(?:(?!\}\}).)*$|\{#(?:(?!#\}).)*$", re.MULTILINE)


def test_each_tag_stands_on_one_line() -> None:
    files = [path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt", ".js"}]
    assert len(files) > 200
    found = [
        f"{path.relative_to(TEMPLATES)}: {one[0]}"
        for path in files
        for one in OPEN_AT_THE_END.finditer(path.read_text())
    ]
    assert found == []
