"""The test suite's own stack of processes does what other tests rely on."""

import signal
from collections.abc import Iterator

import pytest

from tests.processes import Stack, eventually

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


def test_every_process_can_be_killed_and_started_again(stack: Stack) -> None:
    for name in ("worker", "beat", "web", "zoom", "valkey"):
        stack.kill(name, signal.SIGKILL)
        stack.start(name)
    assert stack.get("/health/").ok
    assert stack.zoom.meetings() == []
    assert "Connected to redis" in stack.logs()
    assert stack.manage("showmigrations", "--plan").count("[ ]") == 0


OWE_A_MAIL = """
from django.utils import timezone
from okey.mails.models import Mail
Mail.objects.create(to="ada@example.com", subject="Owed", text="Hello.", due_at=timezone.now())
"""


def test_what_a_table_owes_is_done_by_beat_broker_and_worker(stack: Stack) -> None:
    stack.manage("shell", "-c", OWE_A_MAIL)
    eventually(lambda: "Subject: Owed" in _mails(stack), 60, what="the mail did not go out")


def _mails(stack: Stack) -> str:
    return "".join(path.read_text() for path in stack.mails_folder.glob("*"))
