"""How a phone app goes on where the system browser came back: by a handle, with the app's own token.

The browser has no session of O-Key's, so it proves nothing about who sits before it. It keeps the code, sealed on the
attempt, and passes a random handle to the app's deep link. Only the attempt's own owner, by a token that the app
holds, turns the handle into the exchange; for anybody else it does not exist, and their trying changes nothing.
"""

import json
from urllib.parse import urlencode

from django.conf import settings

from integrations import authorization
from integrations.models import AuthorizationAttempt
from okey.lib.sealing import CannotOpen
from okey.owners.models import Owner

Status = AuthorizationAttempt.Status
Results = AuthorizationAttempt.Outcome


class UnknownHandle(Exception):
    """None of ours, or not this owner's: nobody learns which."""


class HandleExpired(Exception):
    """It was not used within the attempt's ten minutes."""


class HandleUsed(Exception):
    """The attempt went on already; `attempt` says how it stands."""

    def __init__(self, attempt: AuthorizationAttempt) -> None:
        super().__init__("The handle was used.")
        self.attempt = attempt


def handle_of(attempt: AuthorizationAttempt) -> str:
    """The handle for the browser that brought the code; "" where there is nothing (more) to hand over."""
    if not attempt.is_for_app or attempt.status != Status.RETURNED or attempt.is_expired:
        return ""
    try:
        return str(json.loads(attempt.opened("secrets"))["handle"])
    except CannotOpen:
        return ""


def complete(owner: Owner, handle: str) -> AuthorizationAttempt:
    """Exchange, identify and connect for the handle's own owner, as authorization.proceed does.

    Raises UnknownHandle, HandleExpired, HandleUsed, and NotEntitled before anything is exchanged.
    """
    if not owner.meeting_providers_enabled:
        raise authorization.NotEntitled
    attempt = AuthorizationAttempt.objects.filter(owner=owner, handle_hash=authorization.hashed(handle)).first()
    if attempt is None or attempt.status == Status.PENDING:  # nobody came back yet, so nobody was given the handle
        raise UnknownHandle
    if attempt.outcome == Results.EXPIRED or (attempt.status == Status.RETURNED and attempt.is_expired):
        raise HandleExpired
    if attempt.status != Status.RETURNED:
        raise HandleUsed(attempt)
    return authorization.proceed(attempt.pk)


def deep_link(**parameters: str) -> str:
    """The app's address, from the settings only, with what the app has to know."""
    return f"{settings.OKEY_APP_REDIRECT}?{urlencode(parameters)}"
