"""Numbered pages of lists that may be very long: they cost the same however much is in them."""

from functools import cached_property
from typing import Any, TypeVar

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db import models
from django.db.models import QuerySet

Row = TypeVar("Row", bound=models.Model)

#: Rows are counted up to here; of a longer list it is only known that there are more.
COUNTED = 1000
#: No list has so many pages, and databases know no higher offsets than 64 bits hold.
FARTHEST = 10**9


def by_keys(rows: "QuerySet[Row]", start: int, end: int) -> "QuerySet[Row]":
    """`rows[start:end]`, found by their keys alone: what belongs to a row is read of these only."""
    found = rows.all()
    found.query.clear_where()  # asked a second time, it may lead PostgreSQL past the keys to all that answers it
    return found.filter(pk__in=rows.values("pk")[start:end])


class LongPaginator(Paginator[Row]):
    """A paginator that never counts a long list to its end, and finds a page by its keys first.

    `count` and `num_pages` are exact up to COUNTED rows. Beyond, `has_more` says so, and there are pages after
    `num_pages`, reached one after the other.
    """

    object_list: "QuerySet[Row]"

    @cached_property
    def _counted(self) -> int:
        return self.object_list.order_by()[: COUNTED + 1].count()

    @cached_property
    def has_more(self) -> bool:
        return self._counted > COUNTED

    @cached_property
    def count(self) -> int:
        return min(self._counted, COUNTED)

    def validate_number(self, number: Any) -> int:
        if not self.has_more:
            return super().validate_number(number)
        try:
            number = int(number)
        except (TypeError, ValueError):
            raise PageNotAnInteger(self.error_messages["invalid_page"]) from None
        if number < 1:
            raise EmptyPage(self.error_messages["min_page"])
        if number > FARTHEST:
            raise EmptyPage(self.error_messages["no_results"])
        return int(number)

    def get_page(self, number: Any) -> Page[Row]:
        try:
            return super().get_page(number)
        except EmptyPage:  # behind the end, which nobody has counted
            return self.page(self.num_pages)

    def page(self, number: Any) -> Page[Row]:
        if not self.has_more:
            return super().page(number)
        number = self.validate_number(number)
        rows = list(self._slice((number - 1) * self.per_page, self.per_page + 1))
        if not rows:
            raise EmptyPage(self.error_messages["no_results"])
        return PageOfMany(rows[: self.per_page], number, self, is_followed=len(rows) > self.per_page)

    def _slice(self, start: int, size: int) -> "QuerySet[Row]":
        return by_keys(self.object_list, start, start + size)


class PageOfMany(Page[Row]):
    """A page of a list whose end is not known; whether another follows, is."""

    def __init__(self, rows: list[Row], number: int, paginator: LongPaginator[Row], *, is_followed: bool) -> None:
        super().__init__(rows, number, paginator)
        self.is_followed = is_followed

    def has_next(self) -> bool:
        return self.is_followed

    def next_page_number(self) -> int:
        return self.number + 1
