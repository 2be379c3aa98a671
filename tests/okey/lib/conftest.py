import pytest

from okey.lib import asking


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lanes that a broker, which takes everything, was asked to have looked at."""
    lanes: list[str] = []

    def ask(lane: str) -> bool:
        lanes.append(lane)
        return True

    monkeypatch.setattr(asking, "ask", ask)
    return lanes
