"""As in development, but that Django keeps no record of each statement: production has none, and it would be a third
of a link's cost and 9,000 statements of each thread in memory.
"""

from okey.settings import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
