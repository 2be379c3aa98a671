"""What a process prints for one line of the log: that line, once."""

import subprocess
import sys

import pytest

from dev.commands import ROOT
from tests.dev.test_insecure_settings import GOOD, inherited

SCRIPT = """
import logging, django
django.setup()
logging.getLogger("django.request").warning("Not Found: /somewhere/")
"""


@pytest.mark.parametrize("debug", ["0", "1"])
def test_a_line_is_printed_once_with_debug_as_without(debug: str) -> None:
    environment = inherited() | GOOD | {"DEBUG": debug, "DJANGO_SETTINGS_MODULE": "okey.settings"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stderr.count("Not Found: /somewhere/") == 1, done.stderr
