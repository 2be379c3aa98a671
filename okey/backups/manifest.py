"""What a back-up says of itself, and what this O-Key has to say to it."""

import json
from dataclasses import asdict, dataclass, field
from typing import Self

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.db.models import CharField, F
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from okey.backups import tables
from okey.lib.sealing import KEY_ID_LENGTH, SealedModel, key_id
from okey.owners import second_factor

FORMAT = 1
NAME = "manifest.json"


class CannotRestore(Exception):
    """Says why, and what to do."""


@dataclass
class Table:
    """`columns` in the order in which they stand in the file. `sha256` of that; the first back-ups have none."""

    columns: list[str]
    rows: int
    sha256: str = ""


@dataclass
class Manifest:
    """`keys`: the ids of the keys that its sealed values need. `migrations`: app and name of each that was applied."""

    made_at: str
    version: str
    keys: list[str]
    migrations: list[tuple[str, str]]
    tables: dict[str, Table] = field(default_factory=dict)
    format: int = FORMAT

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Raises CannotRestore."""
        try:
            said = json.loads(text)
            if said.get("format") != FORMAT:
                raise CannotRestore(_("It was made by another release of O-Key. Use that one."))
            said["migrations"] = [(app, name) for app, name in said["migrations"]]
            said["tables"] = {name: Table(**table) for name, table in said["tables"].items()}
            return cls(**said)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise CannotRestore(_("This is no back-up of O-Key’s.")) from None

    def missing_keys(self) -> list[str]:
        """The ids of the keys that its values need and OKEY_ENCRYPTION_KEYS has not."""
        known = {key_id(key) for key in settings.OKEY_ENCRYPTION_KEYS}
        return [key for key in self.keys if key not in known]


def keys_in_use() -> list[str]:
    """The ids of the keys by which anything in the database is sealed.

    It may be as the release before left it, without some tables and columns.
    """
    found: set[str] = set()
    if tables.columns(Authenticator._meta.db_table):
        found |= {sealed.ciphertext.partition(".")[0] for _row, sealed in second_factor.sealed_values()}
    for model in apps.get_models():
        if issubclass(model, SealedModel):
            there = set(tables.columns(model._meta.db_table))
            for name in sorted(model.sealed_names() & there):
                by_key = Substr(F(name), 1, KEY_ID_LENGTH, output_field=CharField())
                sealed = model._default_manager.exclude(**{name: None}).order_by().annotate(by_key=by_key)
                found |= set(sealed.values_list("by_key", flat=True).distinct())
    return sorted(found)


__all__ = ["CannotRestore", "Manifest", "Table", "keys_in_use"]
