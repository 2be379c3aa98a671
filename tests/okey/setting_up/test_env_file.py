"""What `manage.py okey_setup` writes is what O-Key reads; and what stood in the file is still there."""

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import example, given
from hypothesis import strategies as st

from okey.setting_up import env_file

PRINTABLE = st.text(st.characters(exclude_categories=["Cs"])).filter(str.isprintable)
#: Those that mean something to one of the readers, close together.
TRICKY = st.text(st.sampled_from("""ab1 '"\\#$=%{}()`!~;&nrtäß"""), max_size=12)


def settings_see(text: str, name: str) -> str:
    """The value that okey/settings.py gets of a file with this text."""

    class Reader(environ.Env):
        ENVIRON: dict[str, str] = {}

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / ".env"
        file.write_text(text, encoding="utf-8")
        Reader.read_env(file)
    value: str = Reader().str(name, default="")
    return value


@given(PRINTABLE | TRICKY)
@example('it\'s "quoted" \\ # no comment')
@example('"')
@example("''")
@example('"all of it"')
@example("\\n is no line break")
@example(" around ")
@example("a\\")
def test_whatever_can_be_printed_is_read_as_it_was_answered_or_refused_by_name(value: str) -> None:
    if value.startswith("$"):
        with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
            env_file.changed("", {"EMAIL_URL": value})
    else:
        assert settings_see(env_file.changed("", {"EMAIL_URL": value}), "EMAIL_URL") == value


@given(st.lists(st.tuples(st.sampled_from(["SECRET_KEY", "PORT", "ZOOM_CLIENT_SECRET"]), TRICKY), max_size=6))
def test_many_values_in_turn_leave_the_last_of_each(pairs: list[tuple[str, str]]) -> None:
    text, last = "# mine\nPORT=8001\nPORT=8002\n", {"PORT": "8002"}
    for name, value in pairs:
        if not value.startswith("$"):
            text, last[name] = env_file.changed(text, {name: value}), value
    assert text.startswith("# mine\n")
    for name, value in last.items():
        assert settings_see(text, name) == value


@pytest.mark.parametrize("value", ["$HOME", "two\nlines", "two\rlines", "\x00", "tab\t", "\u2028", "\x85"])
def test_what_no_line_can_say_is_refused_by_name(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ZOOM_CLIENT_SECRET"):
        env_file.quoted("ZOOM_CLIENT_SECRET", value)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("https://okey.example.com", "https://okey.example.com"),
        ("O-Key <okey@example.com>", "'O-Key <okey@example.com>'"),
        ("pa$$word", "'pa$$word'"),
        ("it's", '"it\'s"'),
    ],
)
def test_quotes_are_those_in_which_docker_compose_changes_nothing(value: str, line: str) -> None:
    assert env_file.quoted("NAME", value, for_compose=True) == line


def test_what_docker_compose_would_read_as_another_name_is_refused() -> None:
    assert env_file.quoted("NAME", "it's $5") == '"it\'s $5"'
    with pytest.raises(ImproperlyConfigured, match="NAME has"):
        env_file.quoted("NAME", "it's $5", for_compose=True)


STANDING = """# Ours, by Ada
export OKEY_BASE_URL=https://old.example.com

OWN_NAME=kept  # with this
# OKEY_BASE_URL=https://older.example.com
"""


def test_comments_order_and_names_of_others_stay() -> None:
    changes: Mapping[str, str] = {"OKEY_BASE_URL": "https://okey.example.com", "ADMIN_EMAIL": "ada@example.com"}
    assert env_file.changed(STANDING, changes).splitlines() == [
        "# Ours, by Ada",
        "OKEY_BASE_URL=https://okey.example.com",
        "",
        "OWN_NAME=kept  # with this",
        "# OKEY_BASE_URL=https://older.example.com",
        "ADMIN_EMAIL=ada@example.com",
    ]


def test_the_file_is_its_owners_alone_and_whole_or_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\n")
    file.chmod(0o644)
    env_file.save(file, "A=2\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(UnicodeEncodeError):
        env_file.save(file, "\udc80")
    assert file.read_text() == "A=2\n"
    assert os.listdir(tmp_path) == [".env"]


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("A=1\n")
    (tmp_path / ".env").symlink_to(tmp_path / "real")
    env_file.save(tmp_path / ".env", "A=2\n")
    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "real").read_text() == "A=2\n"
