"""What an open browser alone must not do: keys, tokens, disconnecting, closing the account.

Whoever signed in, or entered their password, in the last minutes (PASSWORD_HOLDS_SECONDS) just goes on.
Others are asked for it on a page in between, and then are where they were: what was posted is done then.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required

View = TypeVar("View", bound=Callable[..., Any])


def signed_in_lately(view: View) -> View:
    """To look at the page, and to do what it offers."""
    return login_required(reauthentication_required(view))  # type: ignore[no-any-return]


def signed_in_lately_to_post(view: View) -> View:
    """Whoever is signed in sees the page."""
    return login_required(reauthentication_required(view, allow_get=True))  # type: ignore[no-any-return]
