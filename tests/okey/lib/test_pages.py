"""Numbered pages of long lists."""

import pytest
from django.contrib.sessions.models import Session
from django.core.paginator import EmptyPage, PageNotAnInteger
from django.db import connection
from django.test.utils import CaptureQueriesContext

from okey.lib import pages
from okey.lib.pages import LongPaginator


@pytest.fixture
def forty_rows(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "COUNTED", 20)
    Session.objects.bulk_create(
        Session(session_key=f"{number:02}", session_data="", expire_date="2026-01-01T00:00Z") for number in range(40)
    )


def keys(page: object) -> list[str]:
    return [row.session_key for row in page]  # type: ignore[attr-defined]


def test_a_short_list_is_counted(forty_rows: None) -> None:
    paginator = LongPaginator(Session.objects.filter(session_key__lt="15").order_by("session_key"), 10)

    assert (paginator.count, paginator.num_pages, paginator.has_more) == (15, 2, False)
    assert keys(paginator.get_page(2)) == ["10", "11", "12", "13", "14"]
    assert keys(paginator.get_page(99)) == keys(paginator.get_page(2))
    assert not paginator.get_page(2).has_next()


def test_a_long_list_is_counted_up_to_a_limit_and_read_to_its_end(forty_rows: None) -> None:
    paginator = LongPaginator(Session.objects.order_by("session_key"), 10)

    assert (paginator.count, paginator.num_pages, paginator.has_more) == (20, 2, True)
    following = [paginator.page(number) for number in range(1, 5)]
    assert [key for page in following for key in keys(page)] == [f"{number:02}" for number in range(40)]
    assert [page.has_next() for page in following] == [True, True, True, False]
    assert (following[1].next_page_number(), following[3].previous_page_number()) == (3, 3)


def test_behind_the_end_is_nothing(forty_rows: None) -> None:
    paginator = LongPaginator(Session.objects.order_by("session_key"), 10)

    for number in (5, 0, 10**30):
        with pytest.raises(EmptyPage):
            paginator.page(number)
    with pytest.raises(PageNotAnInteger):
        paginator.page("x")
    assert keys(paginator.get_page(5)) == [f"{number:02}" for number in range(10, 20)]  # the last that was counted


def test_no_statement_counts_to_the_end_and_a_far_page_takes_one(forty_rows: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert len(list(LongPaginator(Session.objects.order_by("session_key"), 10).page(4))) == 10

    count, rows = [query["sql"] for query in captured]
    assert "COUNT" in count
    assert "LIMIT 21" in count
    assert "ORDER BY" not in count
    assert "IN (SELECT" in rows
    assert "OFFSET 30" in rows
