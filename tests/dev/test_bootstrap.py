"""`.venv` is made once, made anew when it may be broken, and one line says what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from dev import bootstrap

ROOT = bootstrap.ROOT
LOCK = """\
amqp==5.4.2 \\
    --hash=sha256:aa
    # via kombu
uv==0.9.1 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
uvicorn==1.0 \\
    --hash=sha256:dd
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements-dev.lock"
    path.write_text(LOCK)
    return path


@pytest.fixture
def venv(tmp_path: Path, lock: Path) -> Path:
    """A whole one."""
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "okey-lock").write_text(bootstrap.fingerprint(lock))
    return folder


def test_a_whole_one_is_left_alone(venv: Path, lock: Path) -> None:
    assert bootstrap.is_whole(venv, lock)


def test_none_is_not_whole(tmp_path: Path, lock: Path) -> None:
    assert not bootstrap.is_whole(tmp_path / ".venv", lock)


def test_an_interrupted_one_is_not_trusted(venv: Path, lock: Path) -> None:
    (venv / "okey-lock").unlink()
    assert not bootstrap.is_whole(venv, lock)


def test_a_changed_lock_is_installed(venv: Path, lock: Path) -> None:
    lock.write_text(LOCK.replace("5.4.2", "5.4.3"))
    assert not bootstrap.is_whole(venv, lock)


def test_one_whose_python_was_uninstalled_is_made_anew(venv: Path, lock: Path) -> None:
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to(venv / "gone")
    assert not bootstrap.is_whole(venv, lock)


def test_uv_is_installed_as_the_lock_pins_it(lock: Path) -> None:
    assert bootstrap.locked_uv(lock) == "uv==0.9.1 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"


def test_a_lock_without_uv_leaves_it_to_pip(lock: Path) -> None:
    lock.write_text("amqp==5.4.2 --hash=sha256:aa\n")
    assert bootstrap.locked_uv(lock) is None


def _only_python(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> str:
    """A machine whose only python3 answers the probe so."""
    program = folder / "python3"
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "executable", str(program))
    return str(program)


def test_a_python_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bootstrap.find_python() == sys.executable
    assert _only_python(tmp_path, monkeypatch, "3 14 1") == bootstrap.find_python()


def test_an_old_python_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _only_python(tmp_path, monkeypatch, "3 10 1")
    with pytest.raises(bootstrap.CannotBootstrap, match=r"^O-Key needs Python 3\.11 or newer; none was found\.$"):
        bootstrap.find_python()


def test_debians_python_without_venv_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _only_python(tmp_path, monkeypatch, "3 11 0")
    with pytest.raises(bootstrap.CannotBootstrap, match=r"^Python 3\.11 .*apt-get install python3-venv$"):
        bootstrap.find_python()


SECOND = """
import sys
from pathlib import Path
from dev import bootstrap

bootstrap.ROOT = Path(sys.argv[1])
print("asking", flush=True)
with bootstrap.alone():
    print("alone")
"""


def test_a_second_make_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    with bootstrap.alone():
        command = [sys.executable, "-c", SECOND, str(tmp_path)]
        second = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert second.stdout
        assert second.stdout.readline() == "asking\n"
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(0.3)
    assert second.communicate(timeout=10)[0] == "alone\n"
