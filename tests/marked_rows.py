"""A row in any table, each of its texts a mark of its own: wherever a mark is seen, one knows which column it is."""

import itertools
import json
import uuid
from datetime import date, time, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from timezone_field import TimeZoneField

from integrations.models import ProviderAccount
from okey.lib.sealing import SealedField, SealedModel
from okey.owners.models import Owner

_numbers = itertools.count(1)
#: Columns whose values the code reads, and what stands there.
MEANT = {
    "provider": "zoom",
    "vendor": "zoom",
    "key": "zoom 1",
    "source": "ics",
    "minutes": 30,
    "weekday": 1,
    "object_id": "1",
    "action_flag": 2,
    "timezone": "UTC",
    "lengths": [30],
    "claim": None,
    "held_turn": None,
    "cancelled_at": None,
    "ended_at": None,
    "revoked_at": None,
    "disabled_at": None,
    "is_default": False,
    "takes_meetings": False,
}


def mark(model: type[models.Model], name: str) -> str:
    """How the mark of this column begins; a number follows."""
    return f"zq{model._meta.model_name}{name.replace('_', '')}zq"


def make(model: Any, **given: Any) -> Any:
    """A new row. What it points at is new as well, but for what is given by name."""
    number = next(_numbers)
    if model is Owner and "email" not in given:
        return Owner.objects.create_user(f"owner{number}@example.com", name=f"Owner {number}", **given)
    row = model()
    for field in model._meta.concrete_fields:
        if field.name in given:
            setattr(row, field.name, given[field.name])
        elif not isinstance(field, SealedField) and not _is_own_key(field):
            value = _value(model, field, number, given)
            if value is not models.NOT_PROVIDED:
                setattr(row, field.name, value)
    if isinstance(row, SealedModel):
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                text = mark(model, field.name)
                row.pk = row.pk or uuid.uuid4()
                is_pair = isinstance(row, ProviderAccount)
                sealed = json.dumps({"access_token": text, "refresh_token": text}) if is_pair else text
                setattr(row, field.name, row.seal(field.name, sealed))
    row.save(force_insert=True)
    return row


def _is_own_key(field: Any) -> bool:
    """Which the row makes itself, and does not take over from another one."""
    return field.primary_key and (isinstance(field, models.AutoField) or field.has_default())


def _value(model: Any, field: Any, number: int, given: dict[str, Any]) -> Any:
    if isinstance(field, models.ForeignKey):
        if field.related_model is ContentType:
            return ContentType.objects.get_for_model(Owner)
        if field.null and field.name not in {"contact", "account", "meeting"}:
            return None
        return make(field.related_model, **{name: one for name, one in given.items() if name == "owner"})
    if field.name in MEANT and not (field.name == "key" and not field.primary_key):
        return MEANT[field.name] if not field.primary_key else f"zoom {number}"
    if field.choices:
        return field.choices[0][0]
    return _by_kind(model, field, number)


def _by_kind(model: Any, field: Any, number: int) -> Any:
    text = f"{mark(model, field.name)}{number}"
    long_enough = (field.max_length or 10_000) >= len(text)
    short = text if long_enough else f"{number}"[: field.max_length]
    now = timezone.now() + timedelta(minutes=number)
    kinds: tuple[tuple[Any, Any], ...] = (
        (TimeZoneField, "UTC"),
        (models.EmailField, f"{text}@example.com"),
        (models.URLField, f"https://example.com/{text}"),
        (models.JSONField, [text] if field.default is list else {"words": text}),
        (models.CharField | models.TextField, short),
        (models.UUIDField, uuid.uuid4()),
        (models.DateTimeField, now),
        (models.DateField, date(2026, 11, 1) + timedelta(days=number)),
        (models.TimeField, time(9 + number % 3, number % 60)),
        (models.GenericIPAddressField, "192.0.2.7"),
        (models.BooleanField, False),
        (models.FloatField | models.IntegerField, number % 30_000),
    )
    return next((value for kind, value in kinds if isinstance(field, kind)), models.NOT_PROVIDED)
