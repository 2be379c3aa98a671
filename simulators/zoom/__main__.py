"""python -m simulators.zoom --port 9000 --state FILE --client-id ID --client-secret SECRET --redirect-uri URL"""

from simulators.common.server import arguments, run
from simulators.zoom.app import Simulator
from simulators.zoom.state import SCOPES, Settings


def main() -> None:
    parser = arguments("zoom", 9000)
    parser.add_argument("--scopes", default=" ".join(SCOPES), help="the app's scopes, separated by spaces")
    parser.add_argument("--refresh-grace", type=float, default=0, help="seconds that a superseded pair lives on")
    parser.add_argument("--daily-limit", type=int, default=100, help="creates and updates a user and UTC day")
    parser.add_argument("--webhook-url", default="")
    parser.add_argument("--webhook-secret", default="")
    parser.add_argument("--meeting-events", type=int, default=0, help="1: tell of meetings, too")
    given = parser.parse_args()
    settings = Settings(
        client_id=given.client_id,
        client_secret=given.client_secret,
        redirect_uris=given.redirect_uri,
        scopes=given.scopes.split(),
        refresh_grace=given.refresh_grace,
        daily_limit=given.daily_limit,
        webhook_url=given.webhook_url,
        webhook_secret=given.webhook_secret,
        meeting_events=bool(given.meeting_events),
    )
    run("zoom", Simulator(settings, given.state), given.port)


if __name__ == "__main__":
    main()
