"""Every command that README's production part and docs/operations.md tell an operator to type: each is tried somewhere,
or is held here against what would read it. A new one without a row fails.
"""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import crossplane
import pytest
import yaml
from django.core.management import get_commands, load_command_class

from dev import commands

ROOT = commands.ROOT
README, OPERATIONS = (ROOT / "README.md").read_text(), (ROOT / "docs" / "operations.md").read_text()
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:docker|python|\.venv/bin/python|systemctl|make|celery|nginx) [^`]+)`")
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

#: Runs before there are settings, so Django does not list it: tests/dev/test_setting_up.py.
SETUP = "okey_setup"
#: Words with which a command begins, and where it is tried; "" where this file reads it as Django or Compose would.
TRIED = {
    "python manage.py": "",
    ".venv/bin/python manage.py": "",
    "docker compose": "",
    "docker run --rm": "tests/dev/test_setting_up.py",
    "docker build --tag okey .": "Dockerfile",
    "python -m venv .venv": "tests/dev/test_locks.py",
    ".venv/bin/gunicorn": "tests/dev/test_readme_commands.py",
    ".venv/bin/celery": "tests/dev/test_readme_commands.py",
    "celery -A okey": "tests/dev/test_compose.py",
    "python3 -c": "tests/dev/test_setting_up.py",
    "python -m dev.release": "tests/dev/test_release.py",
    "python -m tests.releases": "tests/test_previous_release.py",
    "make audit": "Makefile",
    "make test": "dev/test.py",
    "useradd": "deploy/systemd",
    "chown okey:": "deploy/systemd",
    "cp deploy/systemd/*": "deploy/systemd",
    "systemctl": "tests/dev/test_systemd.py",
    "docker exec okey-web-next": "tests/dev/test_rolling_restart.py",
    "docker stop": "tests/dev/test_rolling_restart.py",
    "nginx -s reload": "tests/dev/test_rolling_restart.py",
    "git tag": "dev/release.py",
    "*/10 * * * *": "",
}


def _of(text: str) -> list[str]:
    """In blocks without a language that are no configuration, and within sentences."""
    found = []
    for language, block in BLOCK.findall(text):
        if not language and "server {" not in block and "OKEY_BASE_URL=" not in block:
            found += [line.strip() for line in block.splitlines() if line.strip()]
    return [*found, *INLINE.findall(BLOCK.sub("", text))]


def written() -> list[str]:
    production = README.partition("### Keys\n")[2].partition("## Where to read on")[0]
    return sorted({*_of(production), *_of(OPERATIONS)})


def test_the_reader_finds_commands() -> None:
    assert "docker compose up --detach --build" in written()
    assert ".venv/bin/python manage.py okey_setup" in written()
    assert "python manage.py reseal_tokens" in written()


def test_each_has_its_row_and_each_row_a_command() -> None:
    begun = {command: [words for words in TRIED if command.startswith(words)] for command in written()}
    assert [command for command, rows in begun.items() if not rows] == []
    assert set(TRIED) - {words for rows in begun.values() for words in rows} == set()
    assert [place for place in TRIED.values() if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("command", [one for one in written() if "manage.py" in one and SETUP not in one])
def test_django_knows_it_and_its_options(command: str) -> None:
    words = shlex.split(command.partition("manage.py ")[2].partition("|")[0].partition(">")[0])
    name, *options = words
    assert name in get_commands(), command
    known = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    known.parse_args([one for one in options if one != "…"])  # ends the test where it does not know one


@pytest.mark.parametrize("command", [one for one in written() if one.startswith("docker compose ")])
def test_compose_has_its_services(command: str) -> None:
    verb, *words = shlex.split(command.partition("|")[0].partition(">")[0].partition("docker compose ")[2])
    assert verb in {"build", "exec", "logs", "run", "up"}
    takes_value = {"--volume", "--publish", "--name"}
    names = [word for before, word in zip([verb, *words], words, strict=False) if before not in takes_value]
    names = [word for word in names if not word.startswith("-")]
    services = names[:1] if verb in ("exec", "run") else names
    assert set(services) <= set(SERVICES), command


def test_systemds_commands_name_units_that_are_there() -> None:
    units = {path.name.replace("@", "") for path in (ROOT / "deploy" / "systemd").iterdir()}
    named = set(re.findall(r"\bokey-\w+(?:@\d)?(?:\.timer)?", " ".join(one for one in written() if "systemctl" in one)))
    assert named
    for name in named:
        unit = re.sub(r"@\d", "", name)
        assert unit in units or f"{unit}.service" in units, name


@pytest.mark.parametrize("text", [text for _, text in BLOCK.findall(OPERATIONS) if "server {" in text])
def test_nginx_would_read_the_proxys_configuration(text: str, tmp_path: Path) -> None:
    """By a parser that knows each directive, where it may stand and what it takes; by nginx itself where it is."""
    file = tmp_path / "nginx.conf"
    file.write_text(f"events {{}}\nhttp {{\n{text}}}\n")
    parsed = crossplane.parse(str(file), strict=True, check_ctx=True, check_args=True)
    assert parsed["errors"] == []
    if nginx := shutil.which("nginx"):
        key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=okey", "-days", "1"]
        pair = (tmp_path / "okey.pem", tmp_path / "okey.key")
        subprocess.run([*key, "-out", str(pair[0]), "-keyout", str(pair[1])], check=True, capture_output=True)
        for name in pair:
            file.write_text(file.read_text().replace(f"/etc/ssl/{name.name}", str(name)))
        subprocess.run([nginx, "-t", "-c", str(file)], check=True, capture_output=True)


def test_a_directive_that_nginx_does_not_know_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "nginx.conf"
    file.write_text("events {}\nhttp { server { listen 80; proxy_set_headers Host $host; } }\n")
    assert crossplane.parse(str(file), strict=True)["errors"]


def test_the_audit_reads_the_lock_that_is_installed() -> None:
    said = subprocess.run(["make", "-n", "audit"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "pip-audit" in said
    assert "--requirement requirements.lock" in said
    assert "pip-audit" not in (ROOT / "requirements.lock").read_text()
