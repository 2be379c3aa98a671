"""The role of support: people who see in the admin what state everything is in, no contents, and change nothing."""

from typing import Any

from django.contrib.admin import site
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from okey.owners.models import Owner

#: The group's name in the database.
SUPPORT = "support"


def is_support(owner: Owner) -> bool:
    return not owner._state.adding and owner.groups.filter(name=SUPPORT).exists()


def set_to(owner: Owner, *, is_support: bool) -> None:
    """Whether they are one. To be let into the admin they are staff as well, without being superusers."""
    group = Group.objects.get_or_create(name=SUPPORT)[0]
    owner.groups.set([group] if is_support else [])


def make(**_: Any) -> None:
    """The group, with leave to look at every list there is. After each migration: lists come and go."""
    group = Group.objects.get_or_create(name=SUPPORT)[0]
    group.permissions.set(_looking())


def _looking() -> list[Permission]:
    types = ContentType.objects.get_for_models(*site._registry)
    codenames = {get_permission_codename("view", model._meta) for model in types}
    return list(Permission.objects.filter(content_type__in=types.values(), codename__in=codenames))
