"""Whole objects in messages: what a message is about, as the REST API answers it. The apps say how theirs are read."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ninja import Schema

#: Given an owner's ID and objects' IDs, what the API answers of each that there is, by its ID.
Read = Callable[[uuid.UUID, Iterable[str]], Mapping[str, Schema]]


@dataclass(frozen=True)
class Kind:
    """What events of one kind are about. `member` names it in their data."""

    member: str
    schema: type[Schema]
    read: Read


#: By what the events' types begin with.
KINDS: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    """`name` is what the types begin with: "meeting"."""
    KINDS[name] = kind


def kind_of(type_: str) -> Kind | None:
    return KINDS.get(type_.partition(".")[0])


def read(owner_id: uuid.UUID, type_: str, happened: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    """For each, the whole object as it is now; None where events of this type are about none."""
    kind = kind_of(type_)
    if kind is None:
        return [None] * len(happened)
    found = kind.read(owner_id, [one[kind.member] for one in happened])
    wholes = [found.get(one[kind.member]) for one in happened]
    return [None if whole is None else whole.model_dump(mode="json") for whole in wholes]
