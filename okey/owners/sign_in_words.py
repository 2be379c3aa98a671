"""What whoever signs in is told."""

import math

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE, HOUR = 60, 3600


def too_many_tries(retry_seconds: int) -> str:
    """What happened, how long it lasts, and the way that is open meanwhile."""
    return _(
        "There were too many tries with a wrong password, by you or by others, so this one was not looked at. "
        "Try again in %(wait)s. You need not wait if you choose a new password by mail: “Forgot your password?” below."
    ) % {"wait": wait_words(retry_seconds)}


def wait_words(seconds: int) -> str:
    """Rounded up: whoever waits that long is not refused again."""
    if seconds <= MINUTE:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    if seconds <= 2 * HOUR:
        minutes = math.ceil(seconds / MINUTE)
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = math.ceil(seconds / HOUR)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
