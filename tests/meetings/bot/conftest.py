from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import Settings

from tests.meetings.bot.talking import NOW, Talk
from tests.model_simulator import ModelSimulator


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def talk(alice: object, clock: object) -> Talk:
    return Talk(alice)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def model_process() -> Iterator[ModelSimulator]:
    with ModelSimulator() as model:
        yield model


@pytest.fixture
def model(model_process: ModelSimulator, settings: Settings) -> ModelSimulator:
    """The language model that the operator has named, as new."""
    model_process.reset()
    settings.OKEY_LANGUAGE_MODEL_URL = model_process.address
    settings.OKEY_LANGUAGE_MODEL_KEY = model_process.client_secret
    settings.OKEY_LANGUAGE_MODEL_NAME = "small"
    return model_process
