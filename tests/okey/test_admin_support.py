"""Support sees in the admin what state everything is in, and no contents: in no list, row, history, search or file."""

import re
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.test import Client

from meetings.personal.stored import TABLES
from okey.owners import support
from okey.owners.models import Owner
from tests.marked_rows import make, mark
from tests.okey.test_admin_everything import LISTS, url_of

#: Personal, and needed to know whose state one looks at.
NEEDED = {
    "owners.Owner": {"email", "name", "timezone", "language"},
    "integrations.ProviderAccount": {"email", "external_id", "external_account_id"},
    "integrations.WebhookDelivery": {"external_id", "external_account_id"},
}
CONTENTS = {
    mark(table.model, name): f"{table.label}.{name}"
    for table in TABLES
    for name in [*table.personal.split(), *table.opens.split()]
    if name not in NEEDED.get(table.label, set())
}


@pytest.fixture
def supporter(db: None) -> Owner:
    support.make()
    owner = Owner.objects.create_user("support@example.com", name="Sue Support", is_staff=True)
    support.set_to(owner, is_support=True)
    return owner


@pytest.fixture
def support_client(supporter: Owner) -> Client:
    client = Client()
    client.force_login(supporter)
    return client


def contents_in(text: str) -> set[str]:
    return {CONTENTS[found] for found in re.findall(r"zq[a-z0-9]+?zq", text) if found in CONTENTS}


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode())


@pytest.mark.parametrize("model", LISTS)
def test_no_contents_are_seen(support_client: Client, model: Any) -> None:
    row = make(model)
    for page in ("", "csv", f"{row.pk}/change", f"{row.pk}/history"):
        text = text_of(support_client.get(url_of(model, page) if page else url_of(model)))
        assert contents_in(text) == set(), page
    assert str(row.pk) in text or model is Owner


@pytest.mark.parametrize("model", LISTS)
def test_no_contents_are_asked_for(support_client: Client, model: Any) -> None:
    """Not by a search, and not by an address that Django's lists would take: does a title begin so?"""
    row = make(model)
    filters = {one for one in site.get_model_admin(model).list_filter if isinstance(one, str)}
    for field in model._meta.concrete_fields:
        value = getattr(row, field.attname)
        if mark(model, field.name) not in CONTENTS or field.name in filters or not isinstance(value, str):
            continue
        assert not support_client.get(url_of(model), {"q": value}).context["cl"].result_list, field.name
        assert support_client.get(url_of(model), {f"{field.name}__startswith": "zq"}).status_code == 400, field.name


def test_support_changes_nothing(support_client: Client, supporter: Owner, alice: Owner) -> None:
    assert not any(code for code in supporter.get_all_permissions() if ".view_" not in code)
    form = {"email": alice.email, "name": "Other", "timezone": "UTC", "language": "en", "is_staff": "on"}
    for owner in (alice, supporter):
        assert support_client.post(url_of(Owner, owner.pk, "change"), form).status_code == 403
        assert "Remove the second factor" not in text_of(support_client.get(url_of(Owner, owner.pk, "change")))
    assert support_client.post(url_of(Owner, "add"), form).status_code == 403
    assert support_client.get("/admin/autocomplete/?term=a").status_code == 404


def test_administrators_make_and_unmake_support(admin_client: Client, alice: Owner) -> None:
    form = {"email": alice.email, "name": alice.name, "timezone": "UTC", "language": "en", "is_active": "on"}
    for ticked, is_staff, is_superuser, groups in (
        ({"is_support": "on"}, True, False, ["support"]),
        ({"is_staff": "on"}, True, True, []),
        ({}, False, False, []),
    ):
        answer = admin_client.post(url_of(Owner, alice.pk, "change"), {**form, **ticked})
        assert answer.status_code == 302
        alice.refresh_from_db()
        assert (alice.is_staff, alice.is_superuser) == (is_staff, is_superuser)
        assert list(alice.groups.values_list("name", flat=True)) == groups
    both = admin_client.post(url_of(Owner, alice.pk, "change"), {**form, "is_staff": "on", "is_support": "on"})
    assert "Choose one" in text_of(both)


def test_a_migration_leaves_the_role(db: None) -> None:
    support.make()
    codes = set(Group.objects.get(name="support").permissions.values_list("codename", flat=True))
    assert {f"view_{model._meta.model_name}" for model in site._registry} == codes


def test_owners_come_no_further_by_it(alice_client: Client) -> None:
    assert alice_client.get(url_of(Owner)).status_code == 302
    assert alice_client.get(url_of(Owner, "csv")).status_code == 302
