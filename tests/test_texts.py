"""Every text is marked, translated into each language, and filled in as the program fills in the English one."""

import re
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from babel.dates import format_date, format_skeleton
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format

from dev.texts import catalogs, checking, finding, unmarked
from dev.texts.finding import Text
from okey.lib.date_patterns import SKELETONS, patterns

LANGUAGES = pytest.mark.parametrize("language", catalogs.LANGUAGES)
#: Written the same in every language: clocks, and what programs read.
NEUTRAL = {"H:i", "g:i A", "c", "Y-m-d", "Y-m", "D", "D H:i"}
DATE = re.compile(r"""\|date:["']([^"']+)["']|date_format\([^"'\n]*["']([^"']+)["']""")


@cache
def texts() -> dict[Text, list[str]]:
    return finding.texts()


@cache
def said(language: str) -> catalogs.Said:
    return catalogs.read(catalogs.path_of(language))


def test_every_text_is_marked() -> None:
    assert list(unmarked.unmarked()) == [], "mark them with translate or gettext, or name them in dev/texts/unmarked.py"


@LANGUAGES
def test_every_text_is_translated(language: str) -> None:
    wanted = catalogs.merged(language, texts(), said(language))
    missing = [text.single for text in checking.missing(wanted)]
    assert missing == [], "run `python -m dev.texts`, and fill in what it names"


@LANGUAGES
def test_translations_fill_in_what_the_texts_do(language: str) -> None:
    assert list(checking.faults(said(language))) == []


@LANGUAGES
def test_the_files_are_those_that_the_command_writes(language: str) -> None:
    path = catalogs.path_of(language)
    wanted = catalogs.po_of(language, catalogs.merged(language, texts(), said(language)), texts())
    assert path.read_text() == wanted, "run `python -m dev.texts`"
    assert catalogs.is_compiled(path), "run `python -m dev.texts`"


def test_there_is_a_catalog_for_each_language_that_is_offered() -> None:
    assert {code for code, _name in settings.LANGUAGES} == {"en", *catalogs.LANGUAGES}


def test_what_is_said_in_english_alone_is_there() -> None:
    files = {file for found in texts().values() for file in found}
    assert [one for one in finding.ENGLISH if not any(file.startswith(one) for file in files)] == []


# --- What the checks find -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello there</p>",
        '<a title="Go on" href="/">{% translate "x" %}</a>',
        '<input type="submit" value="Save it">',
        '{% translate "a" %} and <b>{{ b }}</b>',
        '{% include "parts/button.html"\n label=x %}',
    ],
)
def test_words_outside_of_marks_are_found(template: str) -> None:
    assert list(unmarked.in_template(template))


@pytest.mark.parametrize(
    "template",
    [
        "<p>{% translate 'Hello there' %} · {{ name }}</p>",
        "{% blocktranslate count n=n %}One{% plural %}{{ n }} of them{% endblocktranslate %}",
        "{% comment %}For whoever reads this{% endcomment %}",
        "<code>GET /api/v1/contacts</code><script>const here = 1;</script>O-Key",
        '<input type="hidden" name="word" value="any word">',
    ],
)
def test_marks_names_and_what_nobody_sees_are_left_alone(template: str) -> None:
    assert list(unmarked.in_template(template)) == []


@pytest.mark.parametrize(
    "source",
    [
        'field = forms.CharField(label="Your name")',
        'messages.success(request, "It is saved.")',
        'raise ValidationError("This is wrong.")',
        'raise ValidationError(f"{name} is wrong.")',
    ],
)
def test_plain_texts_in_python_are_found(source: str) -> None:
    assert list(unmarked.in_python(source))
    assert list(unmarked.in_python(re.sub(r'f?("[^"]*")', r"_(\1)", source))) == []


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (Text("Hello %(name)s"), "Hallo %(nam)s"),
        (Text("%d of %d"), "%d"),
        (Text("It is <strong>%(x)s</strong>"), "Es ist %(x)s"),
        (Text('<a href="%(url)s">here</a>'), '<a href="%(url)s" onclick="x()">hier</a>'),
        (Text("One\n"), "Eins"),
        (Text("One"), "Eins "),
    ],
)
def test_a_translation_that_differs_in_form_is_found(text: Text, form: str) -> None:
    assert list(checking.faults({text: (form,)}))


def test_a_plural_that_says_no_number_is_found() -> None:
    text = Text("One day", "%(count)s days")
    assert list(checking.faults({text: ("Ein Tag", "Tage")}))
    assert list(checking.faults({text: ("Ein Tag", "%(count)s Tage")})) == []


def test_a_guess_is_no_translation(tmp_path: Path) -> None:
    path = tmp_path / "django.po"
    path.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n#, fuzzy\nmsgid "a"\nmsgstr "b"\n'
    )
    with pytest.raises(ValueError, match="guess"):
        catalogs.read(path)


def test_the_command_writes_the_same_files_again(tmp_path: Path) -> None:
    found = {Text("One day", "%(count)s days"): ["a.py"], Text("Open", context="verb"): ["b.html"], Text("New"): ["c"]}
    done: catalogs.Said = {Text("One day", "%(count)s days"): ("Ein Tag", "%(count)s Tage"), Text("Gone"): ("Fort",)}
    catalogs.write("de", found, done, tmp_path)
    path = catalogs.path_of("de", tmp_path)
    before = path.read_bytes(), path.with_suffix(".mo").read_bytes(), path.stat().st_mtime_ns
    read = catalogs.read(path)
    assert set(read) == set(found)
    assert [text.single for text in checking.missing(read)] == ["New", "Open"]
    catalogs.write("de", found, read, tmp_path)
    assert before == (path.read_bytes(), path.with_suffix(".mo").read_bytes(), path.stat().st_mtime_ns)


# --- Dates --------------------------------------------------------------------------------------------------------


def test_each_way_to_write_a_date_is_known_for_every_language() -> None:
    known = set(patterns("de")) | NEUTRAL
    used = {
        (next(filter(None, found.groups())), path.name)
        for path in finding.sources()
        for found in DATE.finditer(path.read_text())
    }
    assert sorted(one for one in used if one[0] not in known) == [], "name it in okey/lib/date_patterns.py"


@LANGUAGES
@pytest.mark.parametrize("english", SKELETONS)
def test_dates_are_written_as_cldr_has_them(language: str, english: str) -> None:
    """But for the full stop of short days, which Django leaves out. CLDR has no skeletons with days in full of all."""
    day = date(2026, 11, 27)
    with translation.override(language):
        ours = date_format(day, english)
    theirs = format_skeleton(SKELETONS[english], day, locale=language)
    if "l" in english:
        assert ours.endswith(format_skeleton(SKELETONS[english].replace("EEEE", ""), day, locale=language))
        theirs = f"{format_date(day, 'EEEE', locale=language)}, {ours.partition(', ')[2]}"
    assert ours == theirs.replace("Fr.,", "Fr,")


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "Fri 27 Nov 2026, 14:00"), ("de", "Fr, 27. Nov. 2026, 14:00"), ("xx", "Fri 27 Nov")],
)
def test_a_date_is_written_in_the_language_that_is_spoken(language: str, written: str) -> None:
    with translation.override(language):
        assert date_format(datetime(2026, 11, 27, 14, tzinfo=UTC), "D j M Y, H:i").startswith(written)
