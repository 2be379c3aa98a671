"""All of O-Key against the Zoom simulator, with its owners connected, before anything goes wrong."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.ports import LOOPBACK
from tests.chaos.database import DurableServer, Questions, durable_postgresql
from tests.chaos.people import Owner, add_endpoints, sign_in
from tests.chaos.post_office import PostOffice
from tests.chaos.receiver import Receiver
from tests.processes import Stack

MINIMAL_SCOPES = ["user:read:user", "meeting:write:meeting"]
#: Zoom's own: creates and updates a user and day.
DAILY_LIMIT = 100


@dataclass(frozen=True)
class Case:
    """What is allowed at Zoom, and how long Zoom lets an older pair work on."""

    name: str
    manages: bool
    refresh_grace: int

    @property
    def scopes(self) -> list[str] | None:
        return None if self.manages else MINIMAL_SCOPES


@dataclass
class World:
    case: Case
    folder: Path
    server: DurableServer
    stack: Stack
    questions: Questions
    #: The first two share a Zoom user; the last one will meet the daily limit.
    owners: list[Owner]
    zoom_ids: dict[str, str]
    office: PostOffice
    receiver: Receiver
    #: Owners who come to work one day and find a backlog; nobody spoils their grants.
    crowd: list[Owner]


@contextmanager
def world(case: Case, *, zoom_users: int, crowd: int = 0) -> Iterator[World]:
    """Everything running, every owner connected; two workers, as there must be somebody to take over."""
    with (
        tempfile.TemporaryDirectory(prefix="okey-chaos-logs-") as name,
        durable_postgresql() as server,
        PostOffice() as office,
        Receiver() as receiver,
    ):
        mail = f"smtp://{LOOPBACK}:{office.port}"
        settings = {"ZOOM_MANAGE_MEETINGS": "1" if case.manages else "0", "EMAIL_URL": mail}
        options = {"refresh_grace": case.refresh_grace, "daily_limit": DAILY_LIMIT}
        with Stack(Path(name), server_url=server.url, settings=settings, zoom=options) as stack:
            stack.start("worker-2")
            questions = Questions(stack.env["DATABASE_URL"])
            users = [stack.zoom.add_user() for _ in range(zoom_users + crowd)]
            emails = [str(user["email"]) for user in users]
            people = sign_in(stack, questions, [emails[0], *emails], case.scopes)
            for owner in people:
                owner.connect()
            owners, others = people[: zoom_users + 1], people[zoom_users + 1 :]
            ids = {str(user["email"]): str(user["id"]) for user in users[:zoom_users]}
            receiver.secrets = add_endpoints(stack, owners, receiver.url)
            try:
                yield World(case, Path(name), server, stack, questions, owners, ids, office, receiver, others)
            finally:
                questions.close()
                for owner in people:
                    owner.http.close()
                for worker in ("worker", "worker-2"):
                    stack.kill(worker)  # a tidy end would wait for what they are doing
