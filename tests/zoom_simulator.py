"""The Zoom simulator, and what a test does to it that no other vendor has."""

from typing import Any

from tests.simulator import Simulator


class ZoomSimulator(Simulator):
    """`with ZoomSimulator() as zoom:` starts one on a free port."""

    slug = "zoom"
    provider = "zoom"
    first_user = "jill"

    def meetings(self) -> list[dict[str, Any]]:
        """Those that exist."""
        return [meeting for meeting in self.state("meetings")["meetings"] if not meeting["deleted"]]

    def wait_for_webhooks(self, count: int) -> list[dict[str, Any]]:
        """Comes back when so many webhooks were sent and answered."""
        sent = list(self._control("GET", f"webhooks?at_least={count}&timeout=60")["webhooks"])
        assert len(sent) >= count, f"only {len(sent)} webhooks"
        return sent

    def webhook(self, **message: Any) -> dict[str, Any]:
        """Send one (payload or raw or user; signature, timestamp, age, url) and get its delivery."""
        return self._control("POST", "webhook", message)

    def as_host(self, meeting_id: str | int, action: str, **values: Any) -> dict[str, Any]:
        """The host does this in Zoom: delete, change (topic, start_time, duration), later, start, end. What Zoom tells
        of it; it tells the app where that has subscribed, unless `silent`."""
        message: dict[str, Any] = self._control("POST", f"meetings/{meeting_id}/{action}", values)["message"]
        return message
