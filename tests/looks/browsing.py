"""A browser of one of the world's people, and what is measured of the page that it shows."""

from typing import Any

from playwright.sync_api import Browser, Page

from tests.looks.serve import Site

#: Containers have no user namespaces and a small /dev/shm.
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars")
HEIGHTS = {1280: 900, 390: 844}
#: Pixels of a finger.
FINGER = 44

#: What sticks out at the right, by its widest parts.
SIDEWAYS = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const wide = [...document.querySelectorAll("body *")].filter(
    (one) => one.getBoundingClientRect().right > page.clientWidth + 0.5);
  return wide.slice(0, 3).map((one) => `${one.localName}.${one.className}`);
}"""
#: What is touched (links, buttons, summaries, fields) and is lower than a finger: 44 CSS pixels, as WCAG 2.5.5 has it.
#: Left out, as there and in 2.5.8: an inline link whose block has other words. A label counts for the box it names.
SMALL = """(finger) => {
  const parts = "a[href], button, summary, select, textarea, input:not([type=hidden])";
  const shown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !one.closest(".visually-hidden, .skip-link, [inert]");
  const height = (one) => {
    const hit = getComputedStyle(one, "::after");
    const enlarged = hit.content !== "none" && hit.position === "absolute" ? parseFloat(hit.height) || 0 : 0;
    return Math.max(one.getBoundingClientRect().height, enlarged);
  };
  const isWithinWords = (one) => {
    if (one.localName !== "a" || getComputedStyle(one).display !== "inline") return false;
    const around = one.closest("p, li, dd, dt, td, th, label, figcaption, blockquote, pre, h1, h2, h3, div, span");
    return around.textContent.trim().length > one.textContent.trim().length;
  };
  const found = [];
  for (const one of document.querySelectorAll(parts)) {
    if (!shown(one) || isWithinWords(one)) continue;
    const labels = one.labels ? [...one.labels] : [];
    const tall = Math.max(height(one), ...labels.map(height));
    const words = (one.textContent || one.name || "").trim().slice(0, 30);
    if (tall < finger - 0.5) found.push(`${one.localName}.${one.className || one.type} "${words}" ${tall.toFixed(0)}`);
  }
  return found;
}"""
#: All addresses that it loaded from, with their bytes before compression, and how they are counted.
LOADED = """() => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation")).map(
  (one) => [one.name, one.decodedBodySize, one.entryType])"""
#: Template code that somebody reads: a tag that was not one.
CODE = """() => (document.body.innerText.match(/\\{[%{#][^\\n]*/g) ?? []).map((one) => `shows template code: ${one}`)"""
#: Parts whose stylesheet the page does not have.
BARE = """() => {
  const needs = {
    ".table, .switch, .pagination, .search": "lists",
    ".dialog": "dialog", ".subjects": "settings", ".provider": "providers", ".plain": "plain" };
  const has = (name) => [...document.styleSheets].some((one) => one.href?.includes(`/css/${name}.`));
  return Object.entries(needs).filter(([parts, name]) => document.querySelector(parts) && !has(name)).map(
    ([parts, name]) => `has ${parts} without ${name}.css`);
}"""
#: Parts that wait for htmx where it was not loaded.
HTMX = """() => "htmx" in window ? [] : [...document.querySelectorAll("[hx-get], [hx-post]")].map(
  (one) => `waits for htmx in vain: ${one.localName}.${one.className}`)"""
#: Done with the second frame after it is as wide as it was told to be, which a busy browser is some frames later.
PAINTED = """(width) => new Promise((done) => {
  const look = () => matchMedia(`(width: ${width}px)`).matches
    ? requestAnimationFrame(() => requestAnimationFrame(() => done()))
    : requestAnimationFrame(look);
  look();
})"""
#: How much of it has moved by itself since it came: the cumulative layout shift, once it is painted.
SHIFT = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const watch = new PerformanceObserver(() => {});
  watch.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(watch.takeRecords().reduce((sum, one) => sum + (one.hadRecentInput ? 0 : one.value), 0)), 0);
})))"""


def visitor(
    browser: Browser, served: Site, who: str, *, width: int, scheme: Any = "light", locale: str = "en-GB"
) -> Page:
    """Without a service worker: each page is fetched from the server."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        color_scheme=scheme,
        reduced_motion="reduce",
        timezone_id="Europe/Berlin",
        locale=locale,
        service_workers="block",
    )
    cookies = served.cookies[who] if who else {}
    context.add_cookies([{"name": name, "value": value, "url": served.url} for name, value in cookies.items()])
    return context.new_page()
