"""Lists for administrators that stay quick at a million rows: nothing in them looks at every row."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import NotRelationField, get_model_from_relation, label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, PermissionDenied, ValidationError
from django.core.paginator import Page
from django.db import models
from django.db.models.lookups import BuiltinLookup
from django.http import Http404, HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from okey.lib import sheets
from okey.lib.pages import LongPaginator, by_keys
from okey.lib.states_alone import StatesAloneAdmin

Row = TypeVar("Row", bound=models.Model)

#: So many rows a file of a list has at most.
IN_A_FILE = 10_000
#: So many rows of another table may a search's words mean: one address in the books of several owners.
MEANT = 50


@models.CharField.register_lookup
class AnyCase(BuiltinLookup[str]):
    """Equal, whatever the case: `email__any_case`. Unlike `iexact`, an index on Lower() carries it."""

    lookup_name = "any_case"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"LOWER({left}) = LOWER({right})", (*left_values, *right_values)


class AdminPaginator(LongPaginator[Any]):
    """Django's lists lead to pages that were counted; this one knows those before and after the shown one too."""

    shown: "Page[Any] | None" = None

    def page(self, number: Any) -> "Page[Any]":
        self.shown = super().page(number)
        return self.shown


class LargeChangeList(ChangeList):
    """Says how many there are only where that was counted."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if self.paginator.has_more or not self.query:
            self.full_result_count = self.result_count


class LargeListAdmin(StatesAloneAdmin[Row]):
    """A list whose order, filters and search each have an index.

    `search_fields` are lookups, tried one after the other: the first that finds anything has found it. What a row of
    another table is meant by is found there first, so that the list is read by its own index then.
    """

    paginator = AdminPaginator
    list_per_page = 100
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count each filter's rows
    #: By a click on a column's head the database would sort them all.
    sortable_by = ()
    search_help_text = _("The whole e-mail address.")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LargeChangeList

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_csv"
        return [path("csv/", self.admin_site.admin_view(self.csv_view), name=name), *super().get_urls()]

    def response_action(self, request: HttpRequest, queryset: "models.QuerySet[Row]", *more: Any, **named: Any) -> Any:
        """What was ticked are keys of rows; Django's own fails at others."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        try:
            queryset.filter(pk__in=ticked)
        except (ValueError, ValidationError):
            raise Http404 from None
        if any("\0" in key for key in ticked):
            raise Http404
        return super().response_action(request, queryset, *more, **named)

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        """The list as it is filtered and searched, with the columns that it shows; so many rows of it at most."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect("../")
        names = [name for name in shown.list_display if name != "action_checkbox"]
        found = by_keys(shown.queryset, 0, IN_A_FILE)
        answer = StreamingHttpResponse(sheets.lines(self._lines(names, found)), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}.csv"'
        answer["Cache-Control"] = "no-store"
        return answer

    def _lines(self, names: Sequence[Any], rows: "models.QuerySet[Row]") -> Iterator[list[Any]]:
        yield [label_for_field(name, self.model, self) for name in names]
        for row in rows.iterator(chunk_size=500):
            yield [self._cell(name, row) for name in names]

    def _cell(self, name: Any, row: Row) -> Any:
        try:
            field, _attribute, value = lookup_field(name, row, self)
        except ObjectDoesNotExist:  # as Django's own lists do
            return ""
        if field is not None and getattr(field, "flatchoices", None):
            value = dict(field.flatchoices).get(value, value)
        return strip_tags(value) if isinstance(value, SafeString) else value

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Row]", search_term: str
    ) -> "tuple[models.QuerySet[Row], bool]":
        term = search_term.replace("\0", "").strip()
        if not term:
            return queryset, False
        for lookup in self.get_search_fields(request):
            found = self._found(queryset, str(lookup), term)
            if found.exists():
                return found, False
        return queryset.none(), False

    def _found(self, queryset: "models.QuerySet[Row]", lookup: str, term: str) -> "models.QuerySet[Row]":
        path, model = _relations(queryset.model, lookup)
        asked = lookup.removeprefix(f"{path}__") if path else lookup
        try:
            if not path:
                return queryset.filter(**{asked: term})
            meant = model._default_manager.filter(**{asked: term}).values_list("pk", flat=True)[:MEANT]
            return queryset.filter(**{f"{path}__in": list(meant)})
        except (ValueError, ValidationError):  # no number, no UUID
            return queryset.none()


def _relations(model: type[models.Model], lookup: str) -> tuple[str, type[models.Model]]:
    """`meeting__owner` of `meeting__owner__email__any_case`, and the model where it leads; "" where there is none."""
    path: list[str] = []
    for part in lookup.split("__"):
        try:
            model = get_model_from_relation(model._meta.get_field(part))
        except (NotRelationField, FieldDoesNotExist):
            break
        path.append(part)
    return "__".join(path), model
