"""What is stored and why: no column without a word about it."""

import pytest
from django.apps import apps
from django.db import models
from django.test import Client

from meetings.personal.stored import DAYS, TABLES
from meetings.personal.table import Table
from okey.lib.sealing import SealedField
from okey.owners.models import Owner

MODELS = apps.get_models(include_auto_created=True)
#: In spite of their names.
OPENS_NOTHING = {
    ("mails.Mail", "is_secret"),
    ("meetings.Meeting", "request_key"),
    ("meetings.Invitation", "request_key"),
    ("booking.UnconfirmedBooking", "request_key"),
    ("integrations.Rest", "key"),
    ("calendars.BusyTime", "uid_of_okey"),
    ("django_mcpz_oauth.RefreshToken", "access_token"),
}
BY_LABEL = {table.label: table for table in TABLES}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_column_is_said_to_be_something(model: type[models.Model]) -> None:
    """Red? Say in meetings/personal/tables.py what the new column holds, and whether it says something of a person."""
    table = BY_LABEL[model._meta.label]
    said = [*table.personal.split(), *table.opens.split(), *table.other.split()]
    assert sorted(said) == sorted(field.name for field in model._meta.concrete_fields)


#: Whose names are those of things.
NAME_NOBODY = {
    "auth.Group",
    "auth.Permission",
    "pulse.Process",
    "pulse.Trouble",
    "django_mcpz_oauth.Client",
    "socialaccount.SocialApp",
}


def test_nothing_is_said_of_what_is_not_there() -> None:
    assert sorted(BY_LABEL) == sorted(model._meta.label for model in MODELS)
    assert len(BY_LABEL) == len(TABLES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.label)
def test_what_is_sealed_or_hashed_is_in_no_copy(table: Table) -> None:
    for field in table.model._meta.concrete_fields:
        sounds_so = field.name.endswith(("hash", "token", "secret", "password", "key", "digest"))
        if isinstance(field, SealedField) or (sounds_so and (table.label, field.name) not in OPENS_NOTHING):
            assert field.name in table.opens.split()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.label)
def test_columns_that_hold_peoples_words_are_personal(table: Table) -> None:
    for name in ("name", "email", "phone", "notes", "text", "title", "subject", "agenda", "ip", "user_agent"):
        if table.why and name in table.other.split():
            assert table.label in NAME_NOBODY


def test_whoever_owns_it_is_found(alice: Owner) -> None:
    for table in TABLES:
        if table.owner:
            assert table.model._default_manager.filter(**{table.owner: alice.pk}).count() <= 1


def test_the_page_is_for_everybody_and_says_how_long(client: Client, db: None) -> None:
    page = client.get("/privacy/stored/").content.decode()
    assert "Contacts" in page
    assert "30 days (OKEY_KEEP_MAILS_DAYS)" in page
    assert "%(days)d" not in page
    assert set(DAYS) <= set(BY_LABEL)
