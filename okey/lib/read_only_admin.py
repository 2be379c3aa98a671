"""Lists for administrators to look at, not to write in."""

from typing import Any, TypeVar

from django.db import models
from django.http import HttpRequest

from okey.lib.large_lists import LargeListAdmin

Row = TypeVar("Row", bound=models.Model)


class ReadOnlyAdmin(LargeListAdmin[Row]):
    """Nothing can be added, changed or deleted here: the application's own functions are the only writers."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
