"""An owner removes O-Key in Zoom: Zoom's own webhook, through web, broker and worker, to the mail; and back again."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT, Stack, eventually
from tests.running_owner import connect_zoom, last_line

pytestmark = pytest.mark.processes

LOOK = """
import json
from integrations.models import ProviderAccount, WebhookDelivery
from okey.mails.models import Mail
account = ProviderAccount.objects.get()
print(json.dumps({
    "state": account.state,
    "has_tokens": account.tokens is not None,
    "sent": list(Mail.objects.filter(sent_at__isnull=False).values_list("subject", flat=True)),
    "unsettled": WebhookDelivery.objects.filter(settled_at=None).count(),
    "verdicts": list(WebhookDelivery.objects.order_by("pk").values_list("verdict", flat=True)),
}))
"""


def look(stack: Stack) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(last_line(stack, LOOK))
    return seen


def doctor_is_content(stack: Stack) -> bool:
    command = [sys.executable, "manage.py", "okey_doctor"]
    return subprocess.run(command, cwd=ROOT, env=stack.env, capture_output=True, check=False).returncode == 0


def test_zooms_own_message_ends_the_grant_and_a_reconnect_outlives_its_echo(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        assert connect_zoom(stack) == "connected"
        stack.zoom.deauthorize("jill")
        sent = stack.zoom.wait_for_webhooks(1)[0]
        assert sent["status"] == 200
        assert sent["seconds"] < 3  # what Zoom waits
        after = eventually(lambda: (seen := look(stack))["unsettled"] == 0 and seen, 90)
        assert after
        assert (after["state"], after["has_tokens"], after["verdicts"]) == ("needs_reconnect", False, ["ended"])
        assert eventually(lambda: "Zoom needs reconnecting" in look(stack)["sent"], 90)

        assert connect_zoom(stack) == "reconnected"
        late = stack.zoom.webhook(event="app_deauthorized", user="jill", age=85 * 60)
        assert late["status"] == 200
        final = eventually(lambda: (seen := look(stack))["unsettled"] == 0 and seen, 90)
        assert final
        assert (final["state"], final["verdicts"][-1]) == ("live", "still_good")
        assert final["sent"].count("Zoom needs reconnecting") == 1
        assert eventually(lambda: doctor_is_content(stack), 120)
