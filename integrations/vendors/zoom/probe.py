"""Whether Zoom accepts our client ID and secret, learned without anybody's grant."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from requests.auth import HTTPBasicAuth

from integrations.providers.base import Outcome, Probe, Refused, Unknown
from integrations.providers.http import session
from integrations.vendors.zoom.errors import token_outcome, transport_outcome

#: No code looks like this one, so Zoom refuses it, once it has found the client to be right.
IMPOSSIBLE_CODE = "okey-doctor"


def probe(*, base_url: str, client_id: str, client_secret: str, redirect_uri: str, deadline: float) -> Probe:
    """Exchange a code that cannot be one."""
    try:
        answer = session().post(
            f"{base_url}/oauth/token",
            data={"grant_type": "authorization_code", "code": IMPOSSIBLE_CODE, "redirect_uri": redirect_uri},
            auth=HTTPBasicAuth(client_id, client_secret),
            timeout=deadline,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return Probe(transport_outcome(error))
    return Probe(_said(answer), their_time=_date(answer))


def _said(answer: requests.Response) -> Outcome | None:
    outcome = token_outcome(answer, exchanging=True) or Unknown("an impossible code was accepted")
    return None if isinstance(outcome, Refused) and outcome.reason == "code_refused" else outcome


def _date(answer: requests.Response) -> datetime | None:
    try:
        date = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
