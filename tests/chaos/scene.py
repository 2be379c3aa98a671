"""What tests of one death say and ask: schedule, hold, kill, and what is there afterwards."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.people import Owner
from tests.chaos.world import World
from tests.processes import eventually

PATIENCE_SECONDS = 90

#: The holder is dead, so only time keeps others out: let it pass.
CLAIMS_RUN_OUT = (
    "UPDATE meetings_linkjob SET claimed_until = now(), sent_at = sent_at - interval '15 seconds'"
    " WHERE claim IS NOT NULL",
    "UPDATE integrations_provideraccount SET claimed_until = now() WHERE claim IS NOT NULL",
)
#: A retry that waits, a second look at a suspicion, a second look for what a create may have left: a minute later.
A_MINUTE_PASSES = (
    "UPDATE meetings_linkjob SET due_at = now() WHERE due_at > now() AND claim IS NULL",
    "UPDATE meetings_providermeeting SET created_at = created_at - interval '1 minute' WHERE external_id = ''",
    "UPDATE integrations_provideraccount SET suspected_at = suspected_at - interval '1 minute', due_at = now()"
    " WHERE suspected_at IS NOT NULL AND claim IS NULL",
    "UPDATE integrations_rest SET rest_until = now() WHERE rest_until > now()",
)
TOKENS_RUN_OUT = "UPDATE integrations_provideraccount SET expires_at = now(), refreshed_at = now() - interval '1 hour'"


class Scene:
    """One world, with the second worker away until a test wants it."""

    def __init__(self, world: World) -> None:
        self.world, self.stack, self.zoom = world, world.stack, world.stack.zoom
        self.owner: Owner = world.owners[0]
        self.stack.kill("worker-2")
        self.zoom.clear_faults()

    def schedule(self) -> str:
        day = datetime.now(UTC) + timedelta(days=7)
        return self.owner.schedule(str(uuid.uuid4()), title="Kick-off", date=f"{day:%Y-%m-%d}", time=f"{day:%H:%M}")

    def row(self, meeting: str) -> dict[str, Any]:
        return self.world.questions.rows(
            "SELECT m.join_url, j.due_at, j.problem, j.sent_at FROM meetings_meeting m"
            " JOIN meetings_linkjob j ON j.meeting_id = m.id WHERE m.id = %(id)s",
            id=meeting,
        )[0]

    def link(self, meeting: str, seconds: float = PATIENCE_SECONDS) -> str:
        """The meeting's link, as soon as it is there."""
        return str(eventually(lambda: self.row(meeting)["join_url"], seconds, what=f"no link: {self.row(meeting)}"))

    def settled(self, meeting: str) -> bool:
        """A minute passes at every look, until nothing is due."""

        def is_settled() -> bool:
            self.pass_time(A_MINUTE_PASSES)
            return self.row(meeting)["due_at"] is None

        return eventually(is_settled, PATIENCE_SECONDS, what=f"still due: {self.row(meeting)}")

    def states(self, meeting: str) -> list[str]:
        """Of its provider meetings."""
        ask = "SELECT state FROM meetings_providermeeting WHERE meeting_id = %(id)s ORDER BY state"
        return [row["state"] for row in self.world.questions.rows(ask, id=meeting)]

    def at_zoom(self, meeting: str) -> list[str]:
        """The addresses of what Zoom holds for it."""
        return [there["join_url"] for there in self.zoom.meetings() if meeting in there["agenda"]]

    def account(self) -> dict[str, Any]:
        ask = "SELECT state, grant_no, pair_no, suspected_at FROM integrations_provideraccount"
        return self.world.questions.rows(ask)[0]

    def pass_time(self, how: tuple[Any, ...]) -> None:
        for statement in how:
            self.world.questions.change(statement)

    def tokens_run_out(self) -> None:
        self.world.questions.change(TOKENS_RUN_OUT)

    def die(self, name: str = "worker") -> None:
        """kill -9, while Zoom holds its answer; then its time runs out."""
        self.stack.kill(name)
        self.pass_time(CLAIMS_RUN_OUT)
