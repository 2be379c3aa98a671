"""The table: what broke, how often, and what became of the meetings and grants that it hit."""

from collections import Counter, defaultdict

from tests.chaos import weather
from tests.chaos.books import Books
from tests.chaos.elsewhere import NAMES

ONE_LINK, WITH_SPARE, CANCELLED, OTHERWISE = "one link", "one link, spare noted", "cancelled", "NO LINK"
WENT_ON, RECONNECTED = "grant went on", "owner reconnected"
COLUMNS = (ONE_LINK, WITH_SPARE, CANCELLED, OTHERWISE, WENT_ON, RECONNECTED)


def table(books: Books) -> str:
    """Markdown. `hit` counts events; the columns after it count the different meetings or grants behind them."""
    hits: Counter[str] = Counter()
    about: dict[str, dict[str, str]] = defaultdict(dict)
    for hit in books.run.world.stack.zoom.state("faults_hit")["faults_hit"]:
        name = f"{hit['operation']}: {weather.name_of(hit)}"
        hits[name] += 1
        subject, outcome = _outcome_at_zoom(books, hit)
        about[name][subject] = outcome
    for vendor, simulator in books.run.world.stack.simulators.items():
        for hit in simulator.state("faults_hit")["faults_hit"] if vendor != "zoom" else ():
            name = f"{NAMES[vendor]}, {hit['operation']}: {weather.name_of(hit, vendor)}"
            hits[name] += 1
            about[name][str(hit["user"])] = _outcome_of_grant(books, str(hit["user"]))
    for death in books.book.deaths:
        hits[death.name] += 1
        about[death.name] |= {meeting: _outcome(books, meeting) for meeting in death.meetings}
    for how, user in books.book.ended.values():
        name = {"kill_refresh": "refresh token killed", "deauthorize": "app removed at the vendor"}[how]
        hits[name] += 1
        about[name][user] = _outcome_of_grant(books, user)
    rows = [_row(name, hits[name], Counter(about[name].values())) for name in sorted(hits)]
    head = f"| what broke | hit | {' | '.join(COLUMNS)} |\n|---|--:|{'--:|' * len(COLUMNS)}"
    return "\n".join([head, *rows])


def _row(name: str, hit: int, outcomes: "Counter[str]") -> str:
    cells = [str(outcomes[column] or "") for column in COLUMNS]
    return f"| {name} | {hit} | {' | '.join(cells)} |"


def _outcome_at_zoom(books: Books, hit: dict[str, str]) -> tuple[str, str]:
    subject = hit["subject"]
    if subject.startswith("O-Key "):
        meeting = subject.removeprefix("O-Key ").partition("/")[0]
        return meeting, _outcome(books, meeting)
    if "/meetings/" in subject:
        external = subject.rpartition("/")[2]
        there = books.run.world.stack.zoom.state("meetings")["meetings"]
        meeting = next((books.meeting_at_zoom(one) for one in there if str(one["id"]) == external), "")
        return meeting, _outcome(books, meeting)
    user = str(hit["user"])
    return user, _outcome_of_grant(books, user)


def _outcome_of_grant(books: Books, user: str) -> str:
    return RECONNECTED if any(one.user == user for one in books.book.verdicts) else WENT_ON


def _outcome(books: Books, meeting: str) -> str:
    row = books.mine.get(meeting)
    if row is None or not (row["cancelled"] or row["join_url"]):
        return OTHERWISE
    if row["cancelled"]:
        return CANCELLED
    return WITH_SPARE if row["spares"] else ONE_LINK
