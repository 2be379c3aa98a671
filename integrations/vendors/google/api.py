"""Calls of Google's APIs, and whose token it is."""

from collections.abc import Container
from typing import Any

import requests

from integrations.providers.base import Identity
from integrations.providers.http import session
from integrations.vendors.google.errors import api_outcome
from integrations.vendors.oauth import json_body, transport_outcome


class GoogleApi:
    """The APIs, for whoever's token is given. Each has a host of its own; `base_url`, a stand-in's, plays them all."""

    def __init__(self, *, base_url: str, deadline: float) -> None:
        self._base_url = base_url
        self.deadline = deadline

    def me(self, access_token: str) -> Identity:
        """GET /v1/userinfo. Only `sub` can be relied on: addresses change, and go to other people.

        https://developers.google.com/identity/openid-connect/openid-connect
        """
        answer = self.call("GET", "openidconnect.googleapis.com", "/v1/userinfo", access_token)
        body = json_body(answer) or {}
        if not isinstance(body.get("sub"), str) or not body["sub"]:
            raise api_outcome(answer)
        return Identity(
            external_id=body["sub"][:200],
            account_id=str(body.get("hd") or "")[:200],
            email=str(body.get("email") or "")[:254],
            display_name=str(body.get("name") or "")[:200],
        )

    def call(
        self,
        method: str,
        host: str,
        path: str,
        access_token: str,
        *,
        has_effect: bool = False,
        if_match: str = "",
        takes: Container[int] = (),
        **kwargs: Any,
    ) -> requests.Response:
        """The answer, a success or one of the statuses that the caller `takes`; or an Outcome."""
        headers = {"Authorization": f"Bearer {access_token}"} | ({"If-Match": if_match} if if_match else {})
        try:
            answer = session().request(
                method,
                (self._base_url or f"https://{host}") + path,
                headers=headers,
                timeout=self.deadline,
                allow_redirects=False,
                **kwargs,
            )
        except requests.RequestException as error:
            raise transport_outcome(error) from None
        if answer.status_code not in {200, 204} and answer.status_code not in takes:
            raise api_outcome(answer, has_effect=has_effect)
        return answer
