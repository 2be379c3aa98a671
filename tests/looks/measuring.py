"""What is measured of a page: faults that axe finds, widths, targets, bytes, requests, what moves while it loads, and
what the browser complains of. tests/browser/test_every_page.py and `python -m dev.screenshots --check` use it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.looks import browsing
from tests.looks.pages import Page as Listed
from tests.looks.serve import Site

#: Bytes of HTML, stylesheets and scripts, before compression: 100 kB of 1,024.
BUDGET = 100 * 1024
#: Each date of a series stands there with the cautions that it has: what comes beside the form, of six of them.
MORE_FOR = {"meeting-new-series": 8_000}
#: Of one look with an empty cache.
REQUESTS = 14
#: Cumulative layout shift: what Core Web Vitals calls good is a tenth; ours keeps still.
SHIFT = 0.01
WIDTHS = (320, 360, 390, 768, 1280)
#: Django's admin and Swagger UI are not ours to style or to weigh: of these only the answer, and whence they load.
OTHERS = {"admin", "admin-meetings", "api-reference"}
WEIGHS = (".css", ".js")
#: Loaded only where DEBUG is on.
DEBUGS = "django-htmx.js"
#: All rules that axe has for WCAG 2.0 to 2.2, A and AA, and its best practices.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
#: Seen so: width, colour scheme.
EVERY_LOOK = ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark"))


@dataclass
class Measured:
    """Of one page. `size`: bytes; `shift`: cumulative, the worst of its looks."""

    name: str
    size: int = 0
    requests: int = 0
    shift: float = 0.0
    faults: list[str] = field(default_factory=list)


def measure(
    browser: Browser, served: Site, pages: Iterable[Listed], looks: tuple[tuple[int, str], ...]
) -> Iterator[Measured]:
    """Each page is fetched once, in the first of the looks."""
    axe, visitors = Axe(), dict[str, Page]()
    for one in pages:
        if one.who not in visitors:
            visitors[one.who] = browsing.visitor(browser, served, one.who, width=looks[0][0])
            _forget_everything(visitors[one.who])
        yield _measured(axe, visitors[one.who], served, one, looks)
    for visitor in visitors.values():
        visitor.context.close()


def _forget_everything(page: Page) -> None:
    """What is cached weighs nothing."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})


def _measured(axe: Axe, page: Page, served: Site, one: Listed, looks: tuple[tuple[int, str], ...]) -> Measured:
    seen, complaints = Measured(one.name), list[str]()

    def complain(message: ConsoleMessage) -> None:
        # The browser says so of each answer that is an error, as these shall be.
        if message.type == "error" and not (one.status >= 400 and f"status of {one.status}" in message.text):
            complaints.append(f"the browser says: {message.text}")

    page.on("console", complain)
    page.on("pageerror", fell := lambda error: complaints.append(f"a script fell: {error}"))
    _show(page, *looks[0])
    response = page.goto(served.url + one.path.format(**served.ids))
    assert response is not None
    if response.status != one.status:
        seen.faults.append(f"answered {response.status}")
    seen.shift = page.evaluate(browsing.SHIFT)
    loaded = page.evaluate(browsing.LOADED)
    seen.size, seen.requests = _weight(loaded), len(loaded)
    seen.faults += [f"loads {name}" for name, _bytes, _kind in loaded if not name.startswith((served.url, "data:"))]
    if one.name not in OTHERS:
        seen.faults += _against_limits(seen)
        seen.faults += page.evaluate(browsing.HTMX) + page.evaluate(browsing.BARE) + page.evaluate(browsing.CODE)
        for width, scheme in looks:
            _show(page, width, scheme)
            seen.faults += [f"at {width} px, {scheme}: {fault}" for fault in _axe(axe, page)]
        seen.faults += [f"too small: {fault}" for fault in _small(page)]
        seen.faults += _sideways(page)
        seen.faults += complaints
    page.remove_listener("console", complain)
    page.remove_listener("pageerror", fell)
    return seen


def _show(page: Page, width: int, scheme: Any = None) -> None:
    """Returns when the page is painted so: rules for widths and schemes hold from the next frame on."""
    if scheme:
        page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": browsing.HEIGHTS.get(width, 900)})
    if page.url != "about:blank":  # which is never painted
        page.evaluate(browsing.PAINTED, width)


def _against_limits(seen: Measured) -> list[str]:
    faults = []
    if seen.size > BUDGET + MORE_FOR.get(seen.name, 0):
        faults.append(f"weighs {seen.size:,} bytes")
    if seen.requests > REQUESTS:
        faults.append(f"asks {seen.requests} times")
    if seen.shift > SHIFT:
        faults.append(f"moves by {seen.shift:.3f} while it loads")
    return faults


def _axe(axe: Axe, page: Page) -> list[str]:
    found: list[dict[str, Any]] = axe.run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"][:2]]


def _small(page: Page) -> list[str]:
    """On a phone. Of what a wide browser that has become narrow left as it was, a second look is taken."""
    found: list[str] = []
    for width in (390, 389, 390):
        _show(page, width)
        found = page.evaluate(browsing.SMALL, browsing.FINGER)
        if not found:
            break
    return found


def _sideways(page: Page) -> list[str]:
    faults = []
    for width in WIDTHS:
        _show(page, width)
        faults += [f"sticks out at {width} px: {part}" for part in page.evaluate(browsing.SIDEWAYS)]
    return faults


def _weight(loaded: list[tuple[str, int, str]]) -> int:
    """Of the document, the stylesheets and the scripts."""
    parts = [(urlsplit(name).path, size) for name, size, kind in loaded if kind != "navigation"]
    page = sum(size for _name, size, kind in loaded if kind == "navigation")
    return page + sum(size for path, size in parts if path.endswith(WEIGHS) and not path.endswith(DEBUGS))


def worst(found: list[Measured]) -> list[str]:
    """Lines that name the worst of the pages by each figure that has a limit."""
    ours = [one for one in found if one.name not in OTHERS]
    heavy = sorted(ours, key=lambda one: -one.size)[:3]
    asking, moving = max(ours, key=lambda one: one.requests), max(ours, key=lambda one: one.shift)
    return [
        f"bytes: {', '.join(f'{one.name} {one.size:,}' for one in heavy)} (at most {BUDGET:,})",
        f"requests: {asking.name} {asking.requests} (at most {REQUESTS})",
        f"layout shift: {moving.name} {moving.shift:.4f} (at most {SHIFT})",
    ]
