"""Sealed columns: secrets encrypted at rest and bound to their place.

AES-256-GCM with the table, column and row as associated data, so that a ciphertext copied to another row,
column or table does not open. The key's id stands in front, so keys rotate: the newest seals, all open.
"""

import base64
import hashlib
import os
import uuid
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.expressions import Expression

NONCE_BYTES = 12
KEY_ID_LENGTH = 8
#: In place of a row, where none is known.
ANY_ROW = uuid.UUID(int=0)


class CannotOpen(Exception):
    """The sealed value is not from this place, was changed, or its key is gone. Says nothing of the contents."""


class Sealed:
    """An encrypted value as it stands in its column. Opens on demand, given its row."""

    __slots__ = ("_ciphertext", "_place")

    def __init__(self, ciphertext: str, *, place: str) -> None:
        self._ciphertext = ciphertext
        self._place = place

    @property
    def ciphertext(self) -> str:
        return self._ciphertext

    @property
    def place(self) -> str:
        """The table and column it was sealed for."""
        return self._place

    @property
    def is_newest(self) -> bool:
        """Whether the newest key sealed it."""
        return self._ciphertext.startswith(key_id(settings.OKEY_ENCRYPTION_KEYS[0]) + ".")

    def open(self, *, row: uuid.UUID) -> str:
        """The secret. Raises CannotOpen."""
        wanted_id, _, body = self._ciphertext.partition(".")
        for key in settings.OKEY_ENCRYPTION_KEYS:
            if key_id(key) != wanted_id:
                continue
            try:
                raw = base64.urlsafe_b64decode(body)
                plain = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound_to(self._place, row))
            except (InvalidTag, ValueError):
                break
            return plain.decode()
        raise CannotOpen(f"The sealed {self._place} of row {row} does not open with the keys in OKEY_ENCRYPTION_KEYS.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other._ciphertext == self._ciphertext

    def __hash__(self) -> int:
        return hash(self._ciphertext)

    def __repr__(self) -> str:
        return "<Sealed>"


def key_id(key: bytes) -> str:
    """The first hex digits of the key's SHA-256."""
    return hashlib.sha256(key).hexdigest()[:KEY_ID_LENGTH]


def _bound_to(place: str, row: uuid.UUID) -> bytes:
    return f"{place}#{row}".encode()


def seal(model: type[models.Model], column: str, secret: str, *, row: uuid.UUID) -> Sealed:
    """Seal `secret` for one row of the model's column. It opens nowhere else."""
    return _seal(_place(model._meta.get_field(column)), secret, row=row)


def seal_text(place: str, secret: str) -> str:
    """For what a library keeps for us in a column of its own, whose row it does not tell: bound to the place alone."""
    return _seal(place, secret, row=ANY_ROW).ciphertext


def sealed_text(place: str, ciphertext: str) -> Sealed:
    """What `seal_text` made; opens with `row=ANY_ROW`."""
    return Sealed(ciphertext, place=place)


def _seal(place: str, secret: str, *, row: uuid.UUID) -> Sealed:
    key = settings.OKEY_ENCRYPTION_KEYS[0]
    nonce = os.urandom(NONCE_BYTES)
    body = nonce + AESGCM(key).encrypt(nonce, secret.encode(), _bound_to(place, row))
    return Sealed(f"{key_id(key)}.{base64.urlsafe_b64encode(body).decode()}", place=place)


def _place(field: Any) -> str:
    return f"{field.model._meta.db_table}.{field.column}"


class SealedField(models.Field):  # type: ignore[type-arg]
    """A column of `Sealed` values. Refuses plain text; never shown in forms or the admin."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        kwargs["null"] = True
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        return "TextField"

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, Sealed) and value.place == _place(self):
            return value.ciphertext
        raise TypeError(f"{_place(self)} takes only what seal() made for it.")

    def from_db_value(self, value: str | None, expression: Expression, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(value, place=_place(self))

    def value_to_string(self, obj: models.Model) -> str:
        return ""  # a fixture holds no secrets, sealed or not

    def to_python(self, value: Any) -> Any:
        return value or None  # and so it loads


class Resealed(NamedTuple):
    """How many values were sealed anew, and how many no key opens."""

    done: int
    failed: int


class SealedModel(models.Model):
    """A model with sealed columns.

    Its key is made by the program, because sealing needs it before the first insert. `save()` of a row that
    exists leaves the sealed columns alone: they change only by an UPDATE conditional on what was read, so that
    neither re-sealing nor an administrator's save can put old tokens back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        update_fields = kwargs.get("update_fields")
        if update_fields is not None and self.sealed_names() & set(update_fields):
            raise FieldError("Sealed columns change by a conditional UPDATE, not by save().")
        if update_fields is None and not self._state.adding:
            kwargs["update_fields"] = [
                field.name
                for field in self._meta.concrete_fields
                if not field.primary_key and field.name not in self.sealed_names()
            ]
        super().save(*args, **kwargs)

    @classmethod
    def sealed_names(cls) -> frozenset[str]:
        return frozenset(field.name for field in cls._meta.concrete_fields if isinstance(field, SealedField))

    def seal(self, column: str, secret: str) -> Sealed:
        """Seal a secret for this row's column."""
        return seal(type(self), column, secret, row=self.pk)

    def opened(self, column: str) -> str:
        """This row's secret, or "" where there is none. Raises CannotOpen."""
        sealed: Sealed | None = getattr(self, column)
        return sealed.open(row=self.pk) if sealed else ""

    @classmethod
    def reseal_all(cls) -> Resealed:
        """Seal every row anew with the newest key, where it has not changed meanwhile."""
        done, failed = 0, 0
        for name in cls.sealed_names():
            for row in cls._default_manager.exclude(**{name: None}).iterator(chunk_size=200):
                try:
                    done += row._reseal(name)
                except CannotOpen:
                    failed += 1  # one lost value must not keep the others on the old key
        return Resealed(done, failed)

    def _reseal(self, name: str) -> int:
        old: Sealed = getattr(self, name)
        if old.is_newest:
            return 0
        new = self.seal(name, old.open(row=self.pk))
        return type(self)._default_manager.filter(pk=self.pk, **{name: old}).update(**{name: new})
