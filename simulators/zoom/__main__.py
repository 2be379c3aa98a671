"""python -m simulators.zoom --port 9000 --state FILE --client-id ID --client-secret SECRET --redirect-uri URL"""

import argparse
from pathlib import Path

from simulators.common.server import run
from simulators.zoom.app import Simulator
from simulators.zoom.state import SCOPES, Settings


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.zoom", description="A stand-in for Zoom.")
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="SQLite file; without it nothing survives a restart")
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--client-secret", required=True)
    parser.add_argument("--redirect-uri", action="append", required=True, help="may be given again")
    parser.add_argument("--scopes", default=" ".join(SCOPES), help="the app's scopes, separated by spaces")
    parser.add_argument("--refresh-grace", type=float, default=0, help="seconds that a superseded pair lives on")
    parser.add_argument("--daily-limit", type=int, default=100, help="creates and updates a user and UTC day")
    parser.add_argument("--webhook-url", default="")
    parser.add_argument("--webhook-secret", default="")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    settings = Settings(
        client_id=given.client_id,
        client_secret=given.client_secret,
        redirect_uris=given.redirect_uri,
        scopes=given.scopes.split(),
        refresh_grace=given.refresh_grace,
        daily_limit=given.daily_limit,
        webhook_url=given.webhook_url,
        webhook_secret=given.webhook_secret,
    )
    run("zoom", Simulator(settings, given.state), given.port)


if __name__ == "__main__":
    main()
