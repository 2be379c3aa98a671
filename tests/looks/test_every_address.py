"""The list of pages has every address that shows one."""

from collections.abc import Iterator

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.looks.pages import NO_PAGE, PAGES

#: Stands for any ID in an address that is only asked for its methods.
ANYTHING = {"int": "1", "uuid": "8f14e45f-ceea-467f-a8fa-9f2b1c3d4e5f", "slug": "zoom", "str": "nothing"}


def addresses() -> Iterator[tuple[str, str]]:
    """Of O-Key's own pages: pattern, and name with its namespace."""

    def below(patterns: list[URLPattern | URLResolver], before: str, space: str) -> Iterator[tuple[str, str]]:
        for one in patterns:
            if isinstance(one, URLResolver):
                inner = f"{space}{one.namespace}:" if one.namespace else space
                yield from below(one.url_patterns, before + str(one.pattern), inner)
            else:
                yield before + str(one.pattern), f"{space}{one.name or str(one.pattern)}"

    yield from below(get_resolver("okey.urls").url_patterns, "", "")


def path_of(pattern: str) -> str:
    for kind, value in ANYTHING.items():
        pattern = "".join(
            part if number == 0 else value + part.partition(">")[2]
            for number, part in enumerate(pattern.split(f"<{kind}:"))
        )
    return "/" + pattern.strip("^$")


def test_every_address_that_shows_a_page_is_in_the_list(alice_client: Client) -> None:
    listed = {page.route for page in PAGES}
    missing = [
        f"{name} ({pattern})"
        for pattern, name in addresses()
        if name not in listed
        and not any(name.startswith(known) for known in NO_PAGE)
        and alice_client.get(path_of(pattern)).status_code != 405
    ]
    assert missing == [], "give each a line in tests/looks/pages.py, or a reason in NO_PAGE"


def test_no_line_and_no_reason_is_left_over() -> None:
    names = {name for _pattern, name in addresses()}
    assert {page.route for page in PAGES if page.route} <= names
    assert [known for known in NO_PAGE if not any(name.startswith(known) for name in names)] == []


def test_names_are_given_once() -> None:
    names = [page.name for page in PAGES]
    assert len(names) == len(set(names))
