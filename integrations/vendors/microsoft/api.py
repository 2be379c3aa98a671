"""Calls of Microsoft Graph, and whose token it is. https://learn.microsoft.com/en-us/graph/api/overview"""

import uuid
from collections.abc import Container
from typing import Any

import requests

from integrations.providers.base import Identity, Refused, Unavailable
from integrations.providers.http import session
from integrations.vendors.microsoft.errors import graph_outcome
from integrations.vendors.oauth import json_body, transport_outcome

#: The tenant of all accounts that people have by themselves. Its people cannot have Teams meetings by API.
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"


class GraphApi:
    """The API, for whoever's token is given."""

    def __init__(self, *, base_url: str, deadline: float) -> None:
        self._base_url = f"{base_url}/v1.0"
        self.deadline = deadline

    def me(self, access_token: str) -> Identity:
        """GET /me and GET /organization. A person is an ID within a tenant; addresses change, and can be made up.

        https://learn.microsoft.com/en-us/graph/api/user-get and …/organization-list; `User.Read` is enough for both.
        """
        answer = self.call("GET", "/me?$select=id,displayName,mail,userPrincipalName", access_token)
        body = json_body(answer) or {}
        if not isinstance(body.get("id"), str) or not body["id"]:
            raise graph_outcome(answer)
        tenant = self._tenant(access_token)
        if tenant in {"", PERSONAL_TENANT}:
            raise Refused("a personal account", reason="personal_account")
        return Identity(
            external_id=f"{tenant}/{body['id']}"[:200],
            account_id=tenant[:200],
            email=str(body.get("mail") or body.get("userPrincipalName") or "")[:254],
            display_name=str(body.get("displayName") or "")[:200],
        )

    def path_of(self, link: str) -> str:
        """Of a link to go on by, which has to lead to Graph: nobody else is given a token. Raises Unavailable."""
        if not link.startswith(f"{self._base_url}/"):
            raise Unavailable("a link that leads elsewhere")
        return link.removeprefix(self._base_url)

    def _tenant(self, access_token: str) -> str:
        """Of the organization; empty for an account that belongs to none."""
        answer = self.call("GET", "/organization?$select=id", access_token)
        found = (json_body(answer) or {}).get("value")
        if not isinstance(found, list):
            raise Unavailable("HTTP 200 without an organization")
        first = found[0] if found else {}
        return str(first.get("id") or "") if isinstance(first, dict) else ""

    def call(
        self,
        method: str,
        path: str,
        access_token: str,
        *,
        has_effect: bool = False,
        prefer: str = "",
        if_match: str = "",
        takes: Container[int] = (),
        **kwargs: Any,
    ) -> requests.Response:
        """The answer, a success or one of the statuses that the caller `takes`; or an Outcome.

        `client-request-id` is our name for the call, for its support.
        """
        headers = {"Authorization": f"Bearer {access_token}", "client-request-id": str(uuid.uuid4())}
        headers |= {name: value for name, value in (("Prefer", prefer), ("If-Match", if_match)) if value}
        try:
            answer = session().request(
                method,
                self._base_url + path,
                headers=headers,
                timeout=self.deadline,
                allow_redirects=False,
                **kwargs,
            )
        except requests.RequestException as error:
            raise transport_outcome(error) from None
        if answer.status_code not in {200, 201, 204} and answer.status_code not in takes:
            raise graph_outcome(answer, has_effect=has_effect)
        return answer
