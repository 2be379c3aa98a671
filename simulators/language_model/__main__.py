"""python -m simulators.language_model --port 9300 --client-id ID --client-secret KEY --redirect-uri URL

The secret is the key that has to come with each question; the other two mean nothing here.
"""

from simulators.common.server import arguments, run
from simulators.common.state import Settings
from simulators.language_model.app import Simulator


def main() -> None:
    given = arguments("language_model", 9300).parse_args()
    settings = Settings(given.client_id, given.client_secret, given.redirect_uri)
    run("language_model", Simulator(settings, given.state), given.port)


if __name__ == "__main__":
    main()
