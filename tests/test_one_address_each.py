"""The files of tests/browser share one running O-Key, by turns in any order: what one does for a client must not be
taken for what another did.
"""

import re
from collections import defaultdict
from pathlib import Path

ADDRESS = re.compile(r"[\w.]+@client\.example")


def test_no_client_is_in_two_files() -> None:
    files = defaultdict(set)
    for file in (Path(__file__).parent / "browser").glob("*.py"):
        for address in ADDRESS.findall(file.read_text()):
            files[address].add(file.name)

    assert files, "no file has a client any more"
    assert {address: names for address, names in files.items() if len(names) > 1} == {}
