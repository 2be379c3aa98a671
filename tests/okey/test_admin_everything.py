"""Everything that O-Key keeps is in the admin, to look at: no secret is seen there, and no list costs more by rows."""

from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meetings.personal.stored import TABLES
from tests.marked_rows import make, mark

#: Ours that have no list, and why.
NO_LIST = {
    "pulse.Pulse": "one row, a moment: it is on the first page",
    "api.GrantToken": "hashes; the grants that they belong to have a list",
    "api.IdempotentRequest": "hashes, for two days",
    "booking.Message": "what owners and clients said to each other; their conversations have a list",
    "calendars.BusyTime": "what stands in owners' own calendars; how many, the calendars' list says",
    "calendars.Answer": "a calendar's last answer, for some minutes",
}
OURS = [one for one in apps.get_models() if one.__module__.partition(".")[0] in {"okey", "integrations", "meetings"}]
LISTS = [pytest.param(model, id=model._meta.label) for model in site._registry]
#: Of no row: some are no keys of any table at all.
NO_KEYS = ("nonsense", "0", "9" * 23, "00000000-0000-4000-8000-000000000000", "a\0b")
OPENS = {table.label: table.opens.split() for table in TABLES}


def url_of(model: Any, *parts: object) -> str:
    return "/".join(["/admin", model._meta.app_label, model._meta.model_name, *map(str, parts)]) + "/"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_table_of_ours_has_a_list_or_a_reason(model: type[Model]) -> None:
    """Red? Register the new model in its app's admin.py, or say in NO_LIST why administrators need not look at it."""
    assert site.is_registered(model) != (model._meta.label in NO_LIST)


def test_reasons_are_of_models_that_are_there() -> None:
    assert set(NO_LIST) <= {model._meta.label for model in OURS}


@pytest.mark.parametrize("model", LISTS)
def test_lists_and_rows_show_nothing_that_opens_anything(admin_client: Client, model: Any) -> None:
    row = make(model)

    pages = [admin_client.get(url_of(model)), admin_client.get(url_of(model, row.pk, "change"))]

    assert [page.status_code for page in pages] == [200, 200]
    for page in pages:
        text = page.content.decode()
        assert "Sealed" not in text
        assert [name for name in OPENS.get(model._meta.label, ()) if mark(model, name) in text] == []


@pytest.mark.parametrize("model", LISTS)
@pytest.mark.parametrize("key", NO_KEYS)
def test_a_row_that_there_is_not_leads_back(admin_client: Client, model: Any, key: str) -> None:
    for page in ("change", "history"):
        assert admin_client.get(url_of(model, quote(key), page)).status_code in {302, 404}


BUTTONS = [
    pytest.param(model, tool, id=f"{model._meta.label} {tool}")
    for model, its_admin in site._registry.items()
    for tool in getattr(its_admin, "change_actions", ())
]


@pytest.mark.parametrize(("model", "tool"), BUTTONS)
def test_a_button_of_a_row_that_there_is_not_is_not_found(admin_client: Client, model: Any, tool: str) -> None:
    for key in NO_KEYS:
        assert admin_client.post(url_of(model, quote(key), "actions", tool)).status_code == 404, key


def test_an_action_upon_rows_that_there_are_not_does_nothing(admin_client: Client) -> None:
    for model, its_admin in site._registry.items():
        for name in its_admin.actions:
            for key in NO_KEYS:
                chosen = {"action": str(name), "_selected_action": key, "apply": "yes"}
                assert admin_client.post(url_of(model), chosen).status_code in {302, 404}, (model, name, key)


def test_a_row_that_there_is_not_has_no_place_on_the_site(admin_client: Client) -> None:
    for model in site._registry:
        kind = ContentType.objects.get_for_model(model).pk
        for key in NO_KEYS:
            assert admin_client.get(f"/admin/r/{kind}/{quote(key)}/").status_code == 404, (model, key)


@pytest.mark.parametrize("model", LISTS)
def test_a_list_costs_the_same_for_2_rows_and_22(admin_client: Client, model: Any) -> None:
    make(model), make(model)
    admin_client.get(url_of(model))
    with CaptureQueriesContext(connection) as few:
        admin_client.get(url_of(model))
    for _ in range(20):
        make(model)
    with CaptureQueriesContext(connection) as many:
        answer = admin_client.get(url_of(model))
    assert len(answer.context["cl"].result_list) >= 22
    assert len(many) == len(few)
