"""python -m simulators.microsoft --port 9002 --state FILE --client-id ID --client-secret SECRET --redirect-uri URL"""

from simulators.common.server import arguments, run
from simulators.microsoft.app import Simulator
from simulators.microsoft.state import Settings


def main() -> None:
    parser = arguments("microsoft", 9002)
    parser.add_argument("--registration", choices=("any", "work", "single"), default="any", help="who may sign in")
    given = parser.parse_args()
    settings = Settings(
        client_id=given.client_id,
        client_secret=given.client_secret,
        redirect_uris=given.redirect_uri,
        registration=given.registration,
    )
    run("microsoft", Simulator(settings, given.state), given.port)


if __name__ == "__main__":
    main()
