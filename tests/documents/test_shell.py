"""The terminal in which documents are tried notices what a reader would."""

from pathlib import Path

import pytest

from tests.documents import shell as terminals
from tests.documents.shell import Shell

pytestmark = [pytest.mark.processes, pytest.mark.documents]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "terminal", tmp_path)


def test_what_one_block_sets_the_next_one_has(shell: Shell, tmp_path: Path) -> None:
    with shell:
        assert shell.run("CONTACT=4711\nread -r NAME\n", typed="Dora\n").code == 0
        assert shell.run("echo $CONTACT $NAME\n").printed == "4711 Dora\n"
        assert shell.folder() == tmp_path


@pytest.mark.parametrize(
    "text", ["false\n", "false | true\n", "echo $NOBODY_SET_IT\n", "exit 3\n", "no_such_command\n"]
)
def test_what_goes_wrong_is_noticed_and_nothing_goes_on(shell: Shell, text: str) -> None:
    with shell:
        assert shell.run(text + "echo went on\n").code != 0
        assert shell.run("echo went on\n").printed == ""


def test_a_block_that_does_not_end_is_given_up(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminals, "SECONDS", 0.1)
    with shell:
        assert shell.run("sleep 60\n").code is None


def test_nothing_of_this_machines_settings_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "okey_of_somebody")
    with Shell(tmp_path / "terminal", tmp_path) as shell:
        assert shell.run("echo $TOKEN\n").code != 0
