"""What the API's bodies are made of. Stricter than pydantic by itself: nothing is guessed, nothing is ignored."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StrictInt,
    StrictStr,
)
from pydantic.json_schema import WithJsonSchema

from okey.lib.zulu import zulu
from okey.owners.zones import known_zone

_DATE_AND_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]")

#: In the OpenAPI document: an IANA name.
ZONE_FORMAT = "time-zone"


class Body(Schema):
    """What a caller sends. A field that is not known is refused, so that a typing error does not pass unseen."""

    model_config = ConfigDict(extra="forbid")

    @property
    def given(self) -> dict[str, Any]:
        """What was sent, without the defaults of what was not."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _without_defaults(schema: dict[str, Any]) -> None:
    for described in schema.get("properties", {}).values():
        described.pop("default", None)


class Changes(Body):
    """What a caller sends to change something: a field that is not sent stays as it is.

    Every field needs a default, which nobody sees: look at `given`.
    """

    model_config = ConfigDict(json_schema_extra=_without_defaults)


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("A text can't hold the character NUL.")
    return text


def _written_out(value: Any) -> Any:
    """pydantic would take 0 for the first moment of 1970, and “0” in an address too."""
    if not isinstance(value, str) or not _DATE_AND_TIME.match(value):
        raise ValueError("Write the time as text, such as 2026-03-09T14:00:00+01:00.")
    return value


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # at the ends of the calendar
        raise ValueError("This time is too far away.") from error


def _on_one_line(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _zone(name: Any) -> ZoneInfo:
    zone = known_zone(name) if isinstance(name, str) else None
    if zone is None:
        raise ValueError(_("This is no time zone; write one like Europe/Berlin."))
    return zone


#: A text that every database takes.
Text = Annotated[str, AfterValidator(_plain)]
#: A text without line breaks: white space is evened out.
Line = Annotated[Text, BeforeValidator(_on_one_line)]
#: A time zone that a caller names, as IANA does.
Zone = Annotated[
    ZoneInfo,
    PlainValidator(_zone),
    WithJsonSchema({"type": "string", "format": ZONE_FORMAT, "examples": ["Europe/Berlin"]}),
]
#: A caller's own ID of something: kept, found by, and shown to nobody else.
EXTERNAL_ID_MAX = 200
ExternalId = Annotated[
    Line,
    Field(
        max_length=EXTERNAL_ID_MAX,
        description="Your own ID of it, to find it by; O-Key does not mind if several have the same.",
        examples=["customer-4711"],
    ),
]
METADATA_MAX, METADATA_VALUE_MAX = 20, 500
_METADATA_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def _small(metadata: dict[str, str]) -> dict[str, str]:
    if len(metadata) > METADATA_MAX:
        raise ValueError(f"There are more than {METADATA_MAX} keys.")
    for key, value in metadata.items():
        if not _METADATA_KEY.fullmatch(key):
            raise ValueError("A key has 1 to 40 letters, digits, dots, hyphens or underscores.")
        if len(value) > METADATA_VALUE_MAX:
            raise ValueError(f"A value is longer than {METADATA_VALUE_MAX} characters.")
        _plain(value)
    return metadata


#: What a caller keeps beside a thing for itself: O-Key reads none of it.
Metadata = Annotated[
    dict[str, StrictStr],
    AfterValidator(_small),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": "string", "maxLength": METADATA_VALUE_MAX},
            "maxProperties": METADATA_MAX,
            "propertyNames": {"pattern": "^[A-Za-z0-9_.-]{1,40}$"},
            "description": "Texts of your own, which O-Key keeps and does not read. What is sent replaces all of it.",
            "examples": [{"plan": "gold"}],
        }
    ),
]
WholeNumber = StrictInt
Switch = StrictBool

#: A moment that a caller names, with its offset from UTC; here in UTC.
Moment = Annotated[AwareDatetime, AfterValidator(_to_utc), BeforeValidator(_written_out)]
#: A moment that O-Key names, always in UTC with Z.
Zulu = Annotated[
    datetime,
    PlainSerializer(zulu, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
