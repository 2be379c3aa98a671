"""Lists in pages: each page names the place where the next one begins, so that new rows move nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Query, Schema
from pydantic import Field

from okey.api.problems import invalid
from okey.api.schemas import Text
from okey.lib.pages import by_keys

PAGE_MAX = 100
PAGE_SIZE = 25
CURSOR_MAX = 1000
#: So many things may be asked for by their IDs at once.
IDS_MAX = 100

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")

# The defaults stand here too: django-ninja loses a handler's where the type has validators of its own.
Limit = Annotated[int, Query(PAGE_SIZE, description="So many at most.", ge=1, le=PAGE_MAX, examples=[PAGE_SIZE])]
Cursor = Annotated[
    Text, Query("", description="`next_cursor` of the page before; nothing for the first.", max_length=CURSOR_MAX)
]


class Page(Schema, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last page.", examples=[None])


@dataclass(frozen=True)
class Cut(Generic[Row]):
    """The rows of one page, and the cursor of the next."""

    rows: list[Row]
    next_cursor: str | None


def cut(rows: "QuerySet[Row]", *, order: Sequence[str], limit: int, cursor: str, listing: str) -> "Cut[Row]":
    """One page of `rows`, ordered by columns that are never empty and end with a unique one: ("-starts_at", "-id").

    `listing` names the list with all that was asked of it: a cursor works only there. Raises Problem for another one.
    """
    names = [name.removeprefix("-") for name in order]
    after = _beyond(order, _read(cursor, listing)) if cursor else Q()
    found = list(by_keys(rows.filter(after).order_by(*order), 0, limit + 1))
    if len(found) <= limit:
        return Cut(found, None)
    last = found[limit - 1]
    return Cut(found[:limit], _write([getattr(last, name) for name in names], listing))


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """What comes after the row with these values: (a > 1) or (a = 1 and b > 2) …, and for the index's sake a >= 1."""
    first = order[0].removeprefix("-")
    at_least = Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": values[0]})
    beyond, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column, direction = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        beyond |= equal & Q(**{f"{column}__{direction}": value})
        equal &= Q(**{column: value})
    return at_least & beyond


def _write(values: list[Any], listing: str) -> str:
    return signing.dumps(json.dumps(values, cls=_Exact), salt=_salt(listing))


class _Exact(DjangoJSONEncoder):
    """Django's cuts moments to milliseconds; the row at the page's edge would come twice."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def _read(cursor: str, listing: str) -> list[Any]:
    try:
        values: list[Any] = json.loads(signing.loads(cursor, salt=_salt(listing)))
    except signing.BadSignature:
        raise invalid("cursor", _("This is no cursor of this list.")) from None
    return values


def _salt(listing: str) -> str:
    return f"okey.api.cursor:{listing}"
