"""All of O-Key against the vendors' simulators, with its owners connected, before anything goes wrong."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.ports import LOOPBACK
from tests.chaos.database import DurableServer, Questions, durable_postgresql
from tests.chaos.people import Owner, add_endpoints, sign_in
from tests.chaos.post_office import PostOffice
from tests.chaos.receiver import Receiver
from tests.processes import Stack
from tests.simulator import Simulator

#: The vendors of the owners who do not use Zoom. Both owners at the first place share one Google account.
ELSEWHERE = ("google", "google", "google", "microsoft", "microsoft")
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
    #: The first two share a Zoom user; the last one will meet the daily limit. Before that one, if asked for, stand
    #: those who make their links elsewhere (ELSEWHERE).
    owners: list[Owner]
    zoom_ids: dict[str, str]
    #: Of those elsewhere: the vendor's ID by the address.
    ids_elsewhere: dict[str, str]
    office: PostOffice
    receiver: Receiver
    #: Owners who come to work one day and find a backlog; nobody spoils their grants.
    crowd: list[Owner]

    @property
    def elsewhere(self) -> list[Owner]:
        """The owners who make their links at another vendor than Zoom."""
        return [owner for owner in self.owners if owner.vendor is not self.stack.zoom]


@contextmanager
def world(case: Case, *, zoom_users: int, crowd: int = 0, elsewhere: Sequence[str] = ()) -> Iterator[World]:
    """Everything running, every owner connected; two workers, as there must be somebody to take over. `elsewhere`: of
    each owner who does not use Zoom the vendor; the first two share an account.
    """
    with (
        tempfile.TemporaryDirectory(prefix="okey-chaos-logs-") as name,
        durable_postgresql() as server,
        PostOffice() as office,
        Receiver() as receiver,
    ):
        mail = f"smtp://{LOOPBACK}:{office.port}"
        settings = {"ZOOM_MANAGE_MEETINGS": "1" if case.manages else "0", "EMAIL_URL": mail}
        options = {"refresh_grace": case.refresh_grace, "daily_limit": DAILY_LIMIT}
        vendors = sorted(set(elsewhere))
        with Stack(Path(name), server_url=server.url, settings=settings, zoom=options, vendors=vendors) as stack:
            stack.start("worker-2")
            questions = Questions(stack.env["DATABASE_URL"])
            users = [stack.zoom.add_user() for _ in range(zoom_users + crowd)]
            emails = [str(user["email"]) for user in users]
            at_zoom: list[tuple[Simulator, str]] = [(stack.zoom, email) for email in [emails[0], *emails]]
            others_at, others_ids = _users_at(stack, elsewhere)
            signing_in = [*at_zoom[:zoom_users], *others_at, *at_zoom[zoom_users:]]
            people = sign_in(stack, questions, signing_in, case.scopes)
            for owner in people:
                owner.connect()
            count = zoom_users + len(elsewhere) + 1
            owners, others = people[:count], people[count:]
            ids = {str(user["email"]): str(user["id"]) for user in users[:zoom_users]}
            receiver.secrets = add_endpoints(stack, owners, receiver.url)
            try:
                yield World(
                    case, Path(name), server, stack, questions, owners, ids, others_ids, office, receiver, others
                )
            finally:
                questions.close()
                for owner in people:
                    owner.http.close()
                for worker in ("worker", "worker-2"):
                    stack.kill(worker)  # a tidy end would wait for what they are doing


def _users_at(stack: Stack, vendors: Sequence[str]) -> tuple[list[tuple[Simulator, str]], dict[str, str]]:
    """A new user for each, the second for the first as well; and the users' ids."""
    found: list[tuple[Simulator, str]] = []
    ids = {}
    for vendor in vendors[1:]:
        user = stack.simulators[vendor].add_user()
        found.append((stack.simulators[vendor], str(user["email"])))
        ids[str(user["email"])] = str(user["id"])
    return [*found[:1], *found], ids
