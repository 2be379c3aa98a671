"""Calls of Zoom's REST API, and whose token it is. https://developers.zoom.us/docs/api/"""

from typing import Any

import requests

from integrations.providers.base import Identity
from integrations.providers.http import session
from integrations.vendors.oauth import json_body, transport_outcome
from integrations.vendors.zoom.errors import api_outcome


class ZoomApi:
    """The API, for whoever's token is given."""

    def __init__(self, *, base_url: str, deadline: float) -> None:
        self._base_url = base_url
        self.deadline = deadline

    def me(self, access_token: str) -> Identity:
        """GET /users/me. Only `id` can be relied on; the e-mail address changes."""
        answer = self.call("GET", "/v2/users/me", access_token, wanted=200)
        body = json_body(answer) or {}
        if not body.get("id"):
            raise api_outcome(answer)
        name = body.get("display_name") or f"{body.get('first_name') or ''} {body.get('last_name') or ''}".strip()
        return Identity(
            external_id=str(body["id"]),
            account_id=str(body.get("account_id") or "")[:200],
            email=str(body.get("email") or "")[:254],
            display_name=str(name)[:200],
            # Type 4 is "unassigned": a Zoom user without meetings.
            may_host=body.get("type") != 4 and body.get("status") != "inactive",
        )

    def call(
        self,
        method: str,
        path: str,
        access_token: str,
        *,
        wanted: int,
        has_effect: bool = False,
        seconds: float | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """The wanted answer, or an Outcome. `has_effect`: a lost answer leaves open whether it was carried out."""
        try:
            answer = session().request(
                method,
                self._base_url + path,
                headers={"Authorization": f"Bearer {access_token}"},
                timeout=seconds or self.deadline,
                allow_redirects=False,
                **kwargs,
            )
        except requests.RequestException as error:
            raise transport_outcome(error) from None
        if answer.status_code != wanted:
            raise api_outcome(answer, done_if_lost=has_effect)
        return answer
