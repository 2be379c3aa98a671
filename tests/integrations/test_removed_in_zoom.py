"""An owner removes O-Key in Zoom: Zoom's own webhook, through web, broker and worker, to the mail; and back again."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.processes import ROOT, Stack, eventually
from tests.running_owner import connect_zoom

pytestmark = pytest.mark.processes

LOOK = """
SELECT state, tokens IS NOT NULL AS has_tokens,
    (SELECT coalesce(array_agg(subject), '{}') FROM mails_mail WHERE sent_at IS NOT NULL) AS sent,
    (SELECT count(*) FROM integrations_webhookdelivery WHERE settled_at IS NULL) AS unsettled,
    (SELECT coalesce(array_agg(verdict ORDER BY id), '{}') FROM integrations_webhookdelivery) AS verdicts
FROM integrations_provideraccount
"""


def look(stack: Stack) -> dict[str, Any]:
    """Asked again and again, so by a statement: a new process each time would take the processor from all others."""
    with psycopg.connect(stack.env["DATABASE_URL"], row_factory=dict_row) as connection:
        (seen,) = connection.execute(LOOK).fetchall()
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
