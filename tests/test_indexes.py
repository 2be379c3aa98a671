"""No index is kept that no query needs: each costs every write of its table."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

APPS = ("contacts", "webhooks", "integrations", "meetings")
MODELS = [model for label in APPS for model in apps.get_app_config(label).get_models()]


def first_columns(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """The field that each index of the whole table begins with, and the index's name."""
    for index in (*model._meta.indexes, *model._meta.constraints):
        if isinstance(index, models.Index | models.UniqueConstraint) and index.condition is None:
            first = index.fields[0].lstrip("-") if index.fields else getattr(index.expressions[0], "name", "")
            yield first, index.name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_foreign_key_has_an_index_of_its_own_beside_one_that_begins_with_it(model: type[models.Model]) -> None:
    led = dict(first_columns(model))
    keys = [field for field in model._meta.local_fields if isinstance(field, models.ForeignKey) and not field.unique]
    doubled = {field.name: led[field.name] for field in keys if field.db_index and field.name in led}
    assert doubled == {}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_foreign_key_is_without_any_index(model: type[models.Model]) -> None:
    led = dict(first_columns(model))
    keys = [field for field in model._meta.local_fields if isinstance(field, models.ForeignKey)]
    # One of those rows alone that have the key at all carries each question for a key.
    led |= {
        index.fields[0]: index.name
        for index in model._meta.indexes
        if index.fields and index.condition == models.Q(**{f"{index.fields[0]}__isnull": False})
    }
    assert [field.name for field in keys if not (field.unique or field.db_index or field.name in led)] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_names_of_which_there_is_a_handful_have_no_index(model: type[models.Model]) -> None:
    """A SlugField has two on PostgreSQL, one of them for LIKE."""
    slugs = [field for field in model._meta.local_fields if isinstance(field, models.SlugField)]
    assert [field.name for field in slugs if field.db_index and not field.unique] == []
