"""Lists and rows for support: states, and no contents.

Who may see contents has the permission SEE_CONTENTS (administrators have every permission). For everybody else a
list's `contents` are left out of its columns, its rows' pages, its search and its filters, and no row is called by
its name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.http import HttpRequest, HttpResponse

Row = TypeVar("Row", bound=models.Model)

#: okey.owners.models.Owner has it among its permissions.
SEE_CONTENTS = "owners.see_contents"


def sees_contents(request: HttpRequest) -> bool:
    return request.user.has_perm(SEE_CONTENTS)


@dataclass(frozen=True)
class Nameless:
    """Stands for a row whose name is one of its contents."""

    pk: Any

    def __str__(self) -> str:
        return str(self.pk)


class StatesAlone(admin.options.BaseModelAdmin[Row]):
    """Of a list or an inline. `contents`: names in list_display, fields and search_fields, each with the name that is
    shown in its place; "" for nothing. Every list says what they are, if only that there are none.
    """

    contents: ClassVar[Mapping[str, str]]

    def seen(self, request: HttpRequest, names: Sequence[Any]) -> list[Any]:
        if sees_contents(request):
            return list(names)
        return [*dict.fromkeys(one for name in names if (one := self.contents.get(name, name)))]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.seen(request, super().get_fields(request, obj))


class StatesAloneAdmin(StatesAlone[Row], admin.ModelAdmin[Row]):
    #: What a row's page says of other tables for whoever may not see contents.
    state_inlines: ClassVar[Sequence[Any]] = ()
    #: A row's page on the site is its owner's: an administrator would not find it.
    view_on_site = False

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Row | None:
        """None for what is no key, as Django has it; PostgreSQL fails at this one."""
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.seen(request, super().get_list_display(request))

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        return super().get_list_display_links(request, list_display) if sees_contents(request) else list_display[:1]

    def get_search_fields(self, request: HttpRequest) -> Any:
        return self.seen(request, super().get_search_fields(request))

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return super().get_inlines(request, obj) if sees_contents(request) else self.state_inlines

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        shown = super().get_changelist_instance(request)
        if not sees_contents(request):
            shown.search_help_text = None  # it may name what they cannot search by
        return shown

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Django lets anybody ask a list by any of its columns: whether a title begins so, say."""
        if not sees_contents(request) and not any(_is_of(lookup, one) for one in self.get_list_filter(request)):
            return False
        return super().lookup_allowed(lookup, value, request)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        row = kwargs.get("obj")
        if row is not None and not sees_contents(request):
            context |= {"subtitle": str(row.pk), "original": Nameless(row.pk)}
        return super().render_change_form(request, context, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        context = {} if sees_contents(request) else {"title": object_id, "object": Nameless(object_id)}
        return super().history_view(request, object_id, {**(extra_context or {}), **context})


def _is_of(lookup: str, a_filter: Any) -> bool:
    """Whether this parameter is of this filter."""
    name = a_filter[0] if isinstance(a_filter, tuple) else getattr(a_filter, "parameter_name", a_filter)
    return lookup == name or lookup.startswith(f"{name}__")
