"""The Google simulator, and what a test asks it that no other vendor has."""

from typing import Any

from tests.simulator import Simulator


class GoogleSimulator(Simulator):
    """`with GoogleSimulator() as google:` starts one on a free port."""

    slug = "google"
    provider = "google_meet"
    first_user = "will"

    def meetings(self) -> list[dict[str, Any]]:
        """Every space that was made."""
        return list(self.state("meetings")["meetings"])

    def grants(self, *, alive: bool = True) -> list[dict[str, Any]]:
        return [grant for grant in self.state("grants")["grants"] if grant["alive"] == alive]

    def revocations(self) -> list[dict[str, Any]]:
        """Each call of revoke that worked, with the ids of all grants that lived until then."""
        return list(self.state("revocations")["revocations"])

    def channels(self) -> list[dict[str, Any]]:
        """Those that nobody has stopped."""
        return [one for one in self.state("channels")["channels"] if not one["is_stopped"]]

    def end_channel(self, name: str) -> None:
        """Without a word."""
        self._control("POST", f"channels/{name}/end")

    def forget_sync_tokens(self) -> None:
        """Whoever read events has to read them all again."""
        self._control("POST", "forget-sync-tokens")
