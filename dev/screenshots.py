"""`python -m dev.screenshots [NAME…]`: every page of tests/looks/pages.py, or those whose names begin so, at 1280 and
390 px, light and dark, in every language, into var/screenshots/. SCREENSHOT_LANGUAGES="de es" takes these alone. With
`--check` nothing is photographed: they are measured, and what is wrong with them is printed, with the worst of each.
"""

import os
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from dev import chromium
from tests.looks import browsing, measuring
from tests.looks.pages import PAGES
from tests.looks.pages import Page as Listed
from tests.looks.serve import Site, site

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "screenshots"
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
#: By language, what a browser calls it with its country.
LOCALES = {"en": "en-GB", "de": "de-DE", "es": "es-ES"}
CHECK = "--check"


def main(arguments: list[str]) -> int:
    wanted = tuple(name for name in arguments if name != CHECK)
    pages = [one for one in PAGES if not wanted or one.name.startswith(wanted)]
    if not pages:
        print(f"No page begins like this. There are: {', '.join(one.name for one in PAGES)}.", file=sys.stderr)
        return 2
    path = os.environ.get(chromium.VARIABLE) or chromium.find_or_install()
    with site() as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(browsing.FLAGS))
        try:
            return _check(browser, served, pages) if CHECK in arguments else _photograph_all(browser, served, pages)
        finally:
            browser.close()


def _check(browser: Browser, served: Site, pages: list[Listed]) -> int:
    began = time.monotonic()
    found = []
    for one in measuring.measure(browser, served, pages, measuring.EVERY_LOOK):
        found.append(one)
        figures = f"{one.name}: {one.size:,} bytes, {one.requests} requests, shift {one.shift:.4f}"
        print(figures, *(f"  {fault}" for fault in one.faults), sep="\n", flush=True)
    faults = sum(len(one.faults) for one in found)
    print("\n".join(measuring.worst(found)))
    print(f"{len(found)} pages, {faults} faults, {time.monotonic() - began:.0f} s.")
    return 1 if faults else 0


def _photograph_all(browser: Browser, served: Site, pages: list[Listed]) -> int:
    for language in os.environ.get("SCREENSHOT_LANGUAGES", " ".join(LOCALES)).split():
        _choose(browser, served, {one.who for one in pages if one.who}, language)
        for width in WIDTHS:
            for scheme in SCHEMES:
                _photograph(browser, served, pages, width, scheme, language)
    return 0


def _choose(browser: Browser, served: Site, owners: set[str], language: str) -> None:
    """Each in their settings, where owners choose it; whoever has not signed in reads what their browser wishes."""
    for who in sorted(owners):
        visitor = browsing.visitor(browser, served, who, width=WIDTHS[0])
        visitor.goto(f"{served.url}/settings/")
        visitor.select_option("select[name=language]", language)
        visitor.locator("form:has(select[name=language]) [type=submit]").click()
        visitor.wait_for_selector(f"html[lang={language}]")
        visitor.context.close()


def _photograph(browser: Browser, served: Site, pages: list[Listed], width: int, scheme: str, language: str) -> None:
    folder = FOLDER / f"{width}-{scheme}" if language == "en" else FOLDER / language / f"{width}-{scheme}"
    folder.mkdir(parents=True, exist_ok=True)
    visitors: dict[str, Page] = {}
    for one in pages:
        if one.who not in visitors:
            visitors[one.who] = browsing.visitor(
                browser, served, one.who, width=width, scheme=scheme, locale=LOCALES[language]
            )
        visitors[one.who].goto(served.url + one.path.format(**served.ids))
        visitors[one.who].screenshot(path=folder / f"{one.name}.png", full_page=True)
    for visitor in visitors.values():
        visitor.context.close()
    print(f"{len(pages)} pages at {width} px, {scheme}, {language}: {folder.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
