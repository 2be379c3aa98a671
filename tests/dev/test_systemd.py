"""deploy/systemd: each unit read strictly, and by systemd itself where it is; each command is one that is tested."""

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from dev import commands

ROOT = commands.ROOT
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
#: systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.timer(5): those that we use.
KNOWN = {
    "Unit": {"Description", "After", "Wants"},
    "Service": {
        *("Type", "User", "WorkingDirectory", "ExecStart", "ExecReload", "KillMode", "TimeoutStopSec", "Restart"),
        *("RestartSec", "NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp"),
    },
    "Timer": {"OnBootSec", "OnUnitActiveSec"},
    "Install": {"WantedBy"},
}
FOLDER = "/srv/okey"


def read(unit: Path) -> configparser.ConfigParser:
    """Refuses doubled sections and keys."""
    parser = configparser.ConfigParser(strict=True, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign] # systemd's keys keep their case
    parser.read_string(unit.read_text())
    return parser


def test_there_are_units_for_every_process() -> None:
    names = {unit.name for unit in UNITS}
    assert names == {
        *("okey-web.service", "okey-worker@.service", "okey-beat.service", "okey-watch.service", "okey-watch.timer")
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_each_unit_says_only_what_systemd_knows(unit: Path) -> None:
    parser = read(unit)
    assert parser.has_option("Unit", "Description")
    for section in parser.sections():
        assert set(parser[section]) <= KNOWN[section], section
    if unit.suffix == ".service":
        service = parser["Service"]
        assert service["WorkingDirectory"] == FOLDER
        assert service["User"] == "okey"
        assert (service.get("Restart") == "always") is (service.get("Type") != "oneshot")
    else:
        assert (unit.with_suffix(".service")).exists()


def test_systemd_itself_takes_them(tmp_path: Path) -> None:
    """Where it is installed; the programs are this checkout's, since those of an installation are not here."""
    if not (verify := shutil.which("systemd-analyze")):
        return  # the test above has read them
    for unit in UNITS:
        text = unit.read_text().replace(f"{FOLDER}/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(text.replace(FOLDER, str(ROOT)).replace("User=okey\n", ""))
    for unit in UNITS:
        name = unit.name.replace("@", "@1")
        if name != unit.name:
            (tmp_path / name).symlink_to(tmp_path / unit.name)
        said = subprocess.run([verify, "verify", str(tmp_path / name)], check=False, capture_output=True, text=True)
        about = [line for line in (said.stdout + said.stderr).splitlines() if "okey" in line]
        assert about == []


def words(name: str) -> list[str]:
    line = read(ROOT / "deploy" / "systemd" / name)["Service"]["ExecStart"]
    assert line.startswith(f"{FOLDER}/.venv/bin/")
    return shlex.split(line.removeprefix(f"{FOLDER}/.venv/bin/"))


@pytest.mark.parametrize(
    ("unit", "service", "of_its_own"),
    [
        ("okey-web.service", "web", ["--bind", "127.0.0.1:8000"]),
        ("okey-worker@.service", "worker", ["--hostname", "%i@%H"]),
        ("okey-beat.service", "beat", []),
    ],
)
def test_each_command_is_the_containers_which_is_run_as_a_process(
    unit: str, service: str, of_its_own: list[str]
) -> None:
    """By tests/dev/test_compose.py."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][service]["command"]
    assert sorted(words(unit)) == sorted([*compose, *of_its_own])


def test_the_timers_command_is_there() -> None:
    assert words("okey-watch.service") == ["python", "manage.py", "okey_watch"]
    assert "okey_watch" in get_commands()
