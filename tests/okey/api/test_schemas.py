"""What callers write for moments: with a date, a time and an offset, never a number."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from okey.api.schemas import Moment

MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def test_a_moment_is_taken_with_its_offset() -> None:
    assert MOMENT.validate_python("2026-03-09T14:00:00+01:00") == datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
    assert MOMENT.validate_python("2026-03-09T13:00:00Z") == datetime(2026, 3, 9, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [0, 0.5, "0", "0.5", "1773064800", "2026-03-09", "2026-03-09T14:00:00", "14:00", "tomorrow", "", None]
)
def test_nothing_else_is_a_moment(value: object) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(value)
