"""`make run`, in a copy of this checkout: what it prints, what it keeps, and that it leaves no process behind."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dev import ports
from tests.make_run import copy_checkout, running

pytestmark = pytest.mark.processes

NAMES = ("valkey-server", "simulators.zoom", "simulators.google", "simulators.microsoft", "gunicorn", "worker", "beat")
REAL_ZOOM = {"ZOOM_CLIENT_ID": "real", "ZOOM_CLIENT_SECRET": "real-secret"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def port() -> int:
    return ports.pick_free()


def test_it_says_that_it_starts_prints_four_lines_keeps_its_data_and_ends_on_ctrl_c(checkout: Path, port: int) -> None:
    with running(checkout, port) as first:
        assert first.welcome[0] == f"O-Key: http://127.0.0.1:{port}/"
        assert first.welcome[1].startswith("owner: demo@example.com / ")
        assert first.welcome[2].startswith("admin: admin@example.com / ")
        assert first.welcome[3] == f"mails: http://127.0.0.1:{port}/mails/"
        assert all(name in first.command_lines() for name in NAMES)
        first.popen.send_signal(signal.SIGINT)
        first.ends_with_all_its_processes()
        assert first.popen.returncode == 0
    with running(checkout, port) as second:
        assert second.welcome == first.welcome
        second.popen.send_signal(signal.SIGHUP)
        second.ends_with_all_its_processes()


def test_with_credentials_it_uses_the_real_zoom_and_starts_no_simulator(checkout: Path, port: int) -> None:
    with running(checkout, port, **REAL_ZOOM) as run:
        assert "simulators.zoom" not in run.command_lines()
        web = next(process for process in run.processes if "gunicorn" in " ".join(process.cmdline()))
        zoom = {name: value for name, value in web.environ().items() if name.startswith("ZOOM_")}
        assert zoom == REAL_ZOOM


def test_when_it_is_killed_its_processes_end_too(checkout: Path, port: int) -> None:
    with running(checkout, port) as run:
        run.popen.kill()
        run.ends_with_all_its_processes()


def test_when_one_process_dies_it_says_which_and_stops_the_others(checkout: Path, port: int) -> None:
    with running(checkout, port) as run:
        worker = next(process for process in run.processes if " worker " in " ".join(process.cmdline()))
        worker.kill()
        assert run.popen.stdout
        assert "worker stopped unexpectedly" in run.popen.stdout.read()
        run.ends_with_all_its_processes()
        assert run.popen.returncode == 1


def test_a_second_one_in_the_same_checkout_is_refused(checkout: Path, port: int) -> None:
    with running(checkout, port):
        second = subprocess.run(
            [sys.executable, "-m", "dev.run"], cwd=checkout, capture_output=True, text=True, check=False, timeout=60
        )
    assert second.returncode == 1
    assert second.stderr == "O-Key is running in this folder already; stop it first.\n"
