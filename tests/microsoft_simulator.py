"""The Microsoft simulator, and what a test does to it that no other vendor has."""

from collections.abc import Iterable
from typing import Any

from tests.simulator import Simulator


class MicrosoftSimulator(Simulator):
    """`with MicrosoftSimulator() as microsoft:` starts one on a free port."""

    slug = "microsoft"
    provider = "microsoft_teams"
    first_user = "carla"

    def meetings(self) -> list[dict[str, Any]]:
        """Those that exist."""
        return [meeting for meeting in self.state("meetings")["meetings"] if not meeting["deleted"]]

    def grants(self, *, alive: bool = True) -> list[dict[str, Any]]:
        return [grant for grant in self.state("grants")["grants"] if grant["alive"] == alive]

    def subscriptions(self) -> list[dict[str, Any]]:
        """Those that are not over."""
        return [one for one in self.state("subscriptions")["subscriptions"] if not one["is_over"]]

    def say(self, subscription: str, event: str) -> None:
        """A lifecycle event: reauthorizationRequired, subscriptionRemoved, missed."""
        self._control("POST", f"subscriptions/{subscription}/{event}")

    def change_tenant(self, tenant: str, **values: Any) -> dict[str, Any]:
        """By id or by domain."""
        return self._control("POST", f"tenants/{tenant}", values)

    def approve(self, authorize_url: str, *, user: str = "", scopes: Iterable[str] | None = None) -> str:
        """Press Accept as this user: consent is all or nothing."""
        assert scopes is None, "Microsoft has no box for each permission"
        return super().approve(authorize_url, user=user)

    def stay(self, authorize_url: str, *, user: str) -> str:
        """Press Accept as a user whom Microsoft does not send back; the page that they see instead."""
        answer = self.press(authorize_url, user=user)
        assert "Location" not in answer.headers
        return answer.text
