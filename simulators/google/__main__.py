"""python -m simulators.google --port 9001 --state FILE --client-id ID --client-secret SECRET --redirect-uri URL"""

from simulators.common.server import arguments, run
from simulators.google.app import Simulator
from simulators.google.state import Settings


def main() -> None:
    parser = arguments("google", 9001)
    parser.add_argument("--publishing", choices=("production", "testing"), default="production")
    parser.add_argument("--project-a-minute", type=int, default=100, help="spaces that the whole project may make")
    parser.add_argument("--user-a-minute", type=int, default=10, help="spaces that one person may make")
    given = parser.parse_args()
    settings = Settings(
        client_id=given.client_id,
        client_secret=given.client_secret,
        redirect_uris=given.redirect_uri,
        publishing=given.publishing,
        project_a_minute=given.project_a_minute,
        user_a_minute=given.user_a_minute,
    )
    run("google", Simulator(settings, given.state), given.port)


if __name__ == "__main__":
    main()
