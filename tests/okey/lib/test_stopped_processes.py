"""A process that was stopped over the deadline of its call sends nothing any more, and takes nothing for a success."""

import pytest

from tests import stopped_calls


@pytest.mark.processes
def test_a_process_that_was_stopped_over_its_deadline_sends_nothing() -> None:
    counted = stopped_calls.count(rounds=2 * len(stopped_calls.STOPS))
    assert (counted.sent, counted.successes) == (0, 0)
    # Before the first byte it is known that nothing was sent.
    assert counted.said == ["NotSent", "NotSent", "ReadTimeout"] * 2
