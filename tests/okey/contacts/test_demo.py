"""The demo data of `make run`."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from okey.contacts.models import Contact
from okey.owners.models import Owner


@pytest.fixture(autouse=True)
def passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_OWNER_PASSWORD", "owner-secret")
    monkeypatch.setenv("DEMO_ADMIN_PASSWORD", "admin-secret")


@pytest.mark.django_db
def test_the_demo_people_sign_in_with_the_generated_passwords(settings: Settings) -> None:
    settings.DEBUG = True
    call_command("demo")
    assert Client().login(email="demo@example.com", password="owner-secret")
    assert Client().login(email="admin@example.com", password="admin-secret")
    assert Owner.objects.get(email="admin@example.com").is_superuser
    assert Owner.objects.get(email="demo@example.com").contacts.values("timezone").distinct().count() >= 5


@pytest.mark.django_db
def test_a_second_time_changes_nothing(settings: Settings) -> None:
    settings.DEBUG = True
    call_command("demo")
    Contact.objects.filter(name="Yuki Tanaka").delete()
    kept = set(Contact.objects.values_list("pk", flat=True))
    call_command("demo")
    assert set(Contact.objects.values_list("pk", flat=True)) == kept
    assert Owner.objects.count() == 2


@pytest.mark.django_db
def test_it_is_refused_in_production(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG is off"):
        call_command("demo")
    assert not Owner.objects.exists()


@pytest.mark.django_db
def test_without_a_generated_password_it_adds_nobody(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = True
    monkeypatch.delenv("DEMO_OWNER_PASSWORD")
    with pytest.raises(CommandError, match="DEMO_OWNER_PASSWORD is not set"):
        call_command("demo")
    assert not Owner.objects.exists()
