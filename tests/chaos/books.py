"""Closing the books: the promises of issue "Never lose a meeting, a link or a connection", counted."""

from typing import Any

from tests.chaos import elsewhere, messages
from tests.chaos.line import Line, none
from tests.chaos.run import Run, Verdict

MEETINGS = """
    SELECT m.id::text, m.provider, m.request_key, m.join_url, m.title, m.minutes,
        m.cancelled_at IS NOT NULL AS cancelled,
        to_char(m.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS starts,
        extract(epoch FROM date_trunc('second', m.starts_at))::bigint AS starts_at,
        (SELECT count(*) FROM meetings_providermeeting p WHERE p.meeting_id = m.id AND p.state = 'current') AS currents,
        (SELECT count(*) FROM meetings_providermeeting p WHERE p.meeting_id = m.id AND p.state = 'spare') AS spares,
        (SELECT max(external_id) FROM meetings_providermeeting p
            WHERE p.meeting_id = m.id AND p.state = 'current') AS external
    FROM meetings_meeting m
"""


class Books:
    """What O-Key holds and what the simulator holds, after everything has settled."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.book = run.book
        zoom = run.world.stack.zoom
        self.mine = {row["id"]: row for row in run.world.questions.rows(MEETINGS)}
        self.there = {str(one["id"]): one for one in zoom.meetings()}
        self.elsewhere = [
            elsewhere.Ledger.of(run, vendor, list(self.mine.values()))
            for vendor in run.world.stack.simulators
            if vendor != "zoom"
        ]
        self.lost_refreshes = {lost["grant"] for lost in zoom.lost_refreshes() if lost.get("grant")}
        simulators = run.world.stack.simulators.values()
        self.secrets = {one for simulator in simulators for one in (*simulator.secrets(), simulator.client_secret)}

    def lines(self) -> list[Line]:
        links = [*self._meetings(), *self._links(), *self._at_zoom(), *self._connections()]
        links += [line for ledger in self.elsewhere for line in ledger.lines()]
        ended = self.run.world.stack.ended_by_themselves()
        processes = none("processes that ended by themselves", ended)
        return [*links, *messages.lines(self.run), processes, self._tokens_in_logs()]

    def meeting_at_zoom(self, there: dict[str, Any]) -> str:
        """Which meeting of ours one at the simulator was made for."""
        return str(there["agenda"]).partition("\n")[0].removeprefix("O-Key ").partition("/")[0]

    def wrongly_dead(self) -> set[str]:
        """Grants at Zoom that O-Key gave up and that neither a person nor this run had ended."""
        return {one.grant for one in self._verdicts() if one.grant} - set(self.book.ended)

    def _verdicts(self) -> list[Verdict]:
        return [one for one in self.book.verdicts if one.vendor == "zoom"]

    def _meetings(self) -> list[Line]:
        keys = [row["request_key"] for row in self.mine.values() if row["request_key"]]
        missing = [key for key, meeting in self.book.taken.items() if meeting not in self.mine]
        return [
            none("meetings that were taken and are not there", missing),
            Line("meetings there", len(keys), len(self.book.taken)),
            Line("different forms sent", len(set(keys)), len(self.book.taken)),
            Line("meetings of the crowd there", len(self.mine) - len(keys), self.book.crowd),
            none("problems on the way", self.book.problems),
        ]

    def _links(self) -> list[Line]:
        wanting = [row for row in self.mine.values() if row["provider"] == "zoom" and not row["cancelled"]]
        good = [row for row in wanting if row["currents"] == 1 and self._opens(row)]
        changed = [id_ for id_, seen in self.book.seen.items() if len(seen) > 1]
        bad = [row["id"] for row in wanting if row not in good]
        return [
            Line("meetings with exactly one link, which opens at Zoom", len(good), len(wanting), tuple(bad)),
            none("meetings with two links", [row["id"] for row in self.mine.values() if row["currents"] > 1]),
            none("links changed under a client", changed),
        ]

    def _opens(self, row: dict[str, Any]) -> bool:
        there = self.there.get(row["external"] or "")
        return bool(row["join_url"] and there and there["join_url"] == row["join_url"])

    def _at_zoom(self) -> list[Line]:
        linked = {row["external"] for row in self.mine.values() if not row["cancelled"]}
        extra = [there for id_, there in self.there.items() if id_ not in linked]
        if self.run.world.case.manages:
            at_zoom = [row for row in self.mine.values() if row["provider"] == "zoom" and not row["cancelled"]]
            stale = [row["id"] for row in at_zoom if not self._is_synced(row)]
            spare = [f"{there['id']}={self.meeting_at_zoom(there)}" for there in extra]
            return [
                none("spare meetings left at Zoom", spare),
                none("meetings that Zoom knows otherwise than they are", stale),
            ]
        unknown = [there for there in extra if not self._is_recorded(self.meeting_at_zoom(there))]
        return [none("spare meetings at Zoom that O-Key does not know of", [str(one["id"]) for one in unknown])]

    def _is_recorded(self, meeting: str) -> bool:
        row = self.mine[meeting]
        return bool(row["spares"] or row["cancelled"])

    def _is_synced(self, row: dict[str, Any]) -> bool:
        there = self.there.get(row["external"] or "")
        wanted = (row["title"], row["starts"], row["minutes"])
        return there is not None and (there["topic"], there["start_time"], there["duration"]) == wanted

    def _connections(self) -> list[Line]:
        dead = self.wrongly_dead()
        if self.run.world.case.refresh_grace:
            stormy = {one.grant for one in self._verdicts() if one.grant in dead and self._was_stormy(one)}
            return [
                none("connections wrongly marked dead", sorted(dead - stormy)),
                Line("connections lost in weather that outlasted Zoom's grace", len(stormy), len(stormy)),
            ]
        lost = self.lost_refreshes - set(self.book.ended)
        unseen = {one.grant for one in self._verdicts() if one.missing_pairs} - lost - set(self.book.ended)
        return [
            Line("connections lost with a refresh's answer, as the simulator counted", len(dead & lost), len(lost)),
            none("connections lost without a lost refresh", sorted(dead - lost - unseen)),
            Line("connections lost between Zoom's answer and the commit", len(dead & unseen), len(dead - lost)),
        ]

    def _was_stormy(self, verdict: Verdict) -> bool:
        """Whether every refresh of theirs, more than two, went wrong by a fault of the weather's for longer than Zoom
        takes the old pair. Prints when each came."""
        refreshes = self.run.world.stack.zoom.state("refreshes")["refreshes"]
        came = [one for one in refreshes if one["user"] == verdict.user and one["at"] <= verdict.at]
        told = [f"-{verdict.at - one['at']:.0f} {', '.join(one['faults']) or 'none'}" for one in came]
        print(f"       {verdict.grant}: its refreshes, in seconds before the verdict: {'; '.join(told)}")
        return is_storm([(one["at"], bool(one["faults"])) for one in came], self.run.world.case.refresh_grace)

    def _tokens_in_logs(self) -> Line:
        texts = [self.run.world.stack.logs(), self.run.world.server.log.read_text(errors="replace")]
        texts += [path.read_text(errors="replace") for path in self.run.world.stack.mails_folder.glob("*")]
        found = [f"{secret[:6]}…" for secret in self.secrets if any(secret in text for text in texts)]
        return none("tokens, codes and host keys in logs and mails", found)


def is_storm(refreshes: list[tuple[float, bool]], grace: float) -> bool:
    """Of refreshes (when, and whether it went wrong), the oldest first: whether more than two went wrong in a row, and
    the first to get through came more than `grace` seconds after the first of them. O-Key promises to outlive two
    faults at once (the machine of tests/machines); how soon it asks again is among what processes that die put off."""
    wrong: list[float] = []
    for at, went_wrong in refreshes:
        if went_wrong:
            wrong.append(at)
            continue
        if len(wrong) > 2 and at - wrong[0] > grace:
            return True
        wrong = []
    return False
