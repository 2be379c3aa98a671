"""var/development.env, and which Zoom `make run` uses."""

from pathlib import Path

import pytest

from dev import development, run

REAL = {"ZOOM_CLIENT_ID": "real", "ZOOM_CLIENT_SECRET": "real-secret"}
GENERATED = {"SIMULATOR_ZOOM_CLIENT_ID": "simulated"}


def _read(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if not line.startswith("#"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "var" / "development.env"
    development.ensure(path, 8000)
    return path


def test_it_is_for_its_owner_only(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600


def test_its_secret_key_is_refused_in_production(file: Path) -> None:
    secret = _read(file)["SECRET_KEY"]
    assert secret.startswith(development.DEVELOPMENT_SECRET_PREFIX)
    assert len(secret) >= 50


def test_a_second_run_changes_nothing_and_the_simulator_keeps_its_port(file: Path) -> None:
    before = file.read_text()
    development.ensure(file, 9000)
    assert file.read_text() == before
    assert _read(file)["SIMULATOR_ZOOM_PORT"] == "18007"


def test_what_an_older_one_lacks_is_added(file: Path) -> None:
    kept = _read(file)
    del kept["DEMO_OWNER_PASSWORD"]
    file.write_text("".join(f"{name}={value}\n" for name, value in kept.items()))
    development.ensure(file, 8000)
    after = _read(file)
    assert after.pop("DEMO_OWNER_PASSWORD")
    assert after == kept


def test_it_holds_no_setting_of_the_real_zooms(file: Path) -> None:
    assert [name for name in _read(file) if name.startswith("ZOOM_")] == []


def test_without_credentials_zoom_is_simulated() -> None:
    assert run.wants_simulator(GENERATED)
    assert run.wants_simulator(GENERATED | {"ZOOM_CLIENT_ID": "", "ZOOM_CLIENT_SECRET": ""})


def test_with_credentials_the_real_zoom_is_used() -> None:
    assert not run.wants_simulator(GENERATED | REAL)


@pytest.mark.parametrize("name", REAL)
def test_half_of_the_credentials_is_a_mistake(name: str) -> None:
    with pytest.raises(run.CannotRun, match=f"{name} is set"):
        run.wants_simulator(GENERATED | {name: REAL[name]})


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(run.CannotRun, match="is not a port"):
        run.web_port({"PORT": port})


def test_the_address_in_the_environment_is_respected() -> None:
    assert run.base_url({"OKEY_BASE_URL": "https://okey.example.com/"}, 8000) == "https://okey.example.com"
    assert run.base_url({}, 8001) == "http://127.0.0.1:8001"
