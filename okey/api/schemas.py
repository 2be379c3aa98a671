"""What the API's bodies are made of. Stricter than pydantic by itself: nothing is guessed, nothing is ignored."""

from datetime import UTC, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, PlainSerializer, StrictBool, StrictInt
from pydantic.json_schema import WithJsonSchema


class Body(Schema):
    """What a caller sends. A field that is not known is refused, so that a typing error does not pass unseen."""

    model_config = ConfigDict(extra="forbid")


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("A text can't hold the character NUL.")
    return text


def _written_out(value: Any) -> Any:
    """pydantic would take 0 for the first moment of 1970."""
    if not isinstance(value, str):
        raise ValueError("Write the time as text, such as 2026-03-09T14:00:00+01:00.")
    return value


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # at the ends of the calendar
        raise ValueError("This time is too far away.") from error


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


#: A text that every database takes.
Text = Annotated[str, AfterValidator(_plain)]
WholeNumber = StrictInt
Switch = StrictBool

#: A moment that a caller names, with its offset from UTC; here in UTC.
Moment = Annotated[AwareDatetime, AfterValidator(_to_utc), BeforeValidator(_written_out)]
#: A moment that O-Key names, always in UTC with Z.
Zulu = Annotated[
    datetime,
    PlainSerializer(_zulu, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
