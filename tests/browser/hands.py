"""What people do with their hands: by the Tab key alone, or with every click and every field counted."""

import re
import time
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

#: A control that more presses do not leave is a trap; a date's parts are five stops.
STOPS_IN_ONE = 8
STOPS = 150
#: What is wrong with where the focus is now: "" where nothing is. Remembers it for the next stop.
STOP = """() => {
  const one = document.activeElement, before = window.lastStop;
  window.lastStop = one;
  if (!one || one === document.body) return "";
  const name = `${one.localName} "${(one.textContent || one.name || "").trim().slice(0, 40)}"`;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  // The parts of a date and of a time show the browser's own.
  const hasRing = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  if (one !== before && !hasRing) return `no focus to be seen: ${name}`;
  if (box.bottom <= 0 || box.top >= innerHeight || box.width < 2) return `focus out of sight: ${name}`;
  const there = document.elementFromPoint(box.x + box.width / 2, Math.max(box.y, 0) + Math.min(box.height / 2, 12));
  if (there && !there.contains(one) && !one.contains(there) && !there.closest("label")?.contains(one))
    return `focus covered by ${there.localName}.${there.className}: ${name}`;
  if (before && before.isConnected && before !== one && before !== document.body
      && before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING) return `focus goes back: ${name}`;
  return "";
}"""


def go_to(page: Page, control: Locator) -> None:
    """By the Tab key, as far as need be; at every stop the focus is to be seen, and it never goes back."""
    control.wait_for()  # on the page that comes
    page.wait_for_load_state()
    page.evaluate("window.lastStop = null")
    stays = 0
    for _press in range(STOPS):
        was = page.evaluate_handle("document.activeElement")
        page.keyboard.press("Tab")
        wrong = page.evaluate(STOP)
        assert not wrong, f"{page.url}: {wrong}"
        if control.evaluate("one => one === document.activeElement"):
            return
        stays = stays + 1 if page.evaluate("was => was === document.activeElement", was) else 0
        assert stays < STOPS_IN_ONE, f"{page.url}: the Tab key does not leave {was}"
    raise AssertionError(f"the keyboard does not reach {control}")


def press(page: Page, control: Locator) -> None:
    go_to(page, control)
    page.keyboard.press("Enter")


def type_in(page: Page, control: Locator, text: str) -> None:
    go_to(page, control)
    page.keyboard.type(text)


@dataclass
class Counted:
    """A hand with a mouse. Leaves out what people do at others' sites."""

    page: Page
    clicks: int = 0
    fields: int = 0
    began: float = field(default_factory=time.monotonic)

    def click(self, control: Locator) -> None:
        self.clicks += 1
        control.click()

    def fill(self, label: str | re.Pattern[str], text: str) -> None:
        self.fields += 1
        self.page.get_by_label(label).fill(text)

    def said(self, what: str) -> str:
        seconds = time.monotonic() - self.began
        return f"{what}: {self.clicks} clicks, {self.fields} fields, {seconds:.0f} s with all that the machine does"
