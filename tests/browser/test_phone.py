"""A phone without internet shows O-Key's own words for it; notches and rounded corners cover nothing."""

from playwright.sync_api import Page, expect

from tests.processes import Stack

READY = "navigator.serviceWorker.ready.then(() => caches.keys())"
#: What the browser keeps for itself, all caches together.
KEPT = """async () => {
  const kept = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) kept.push(new URL(request.url).pathname);
  }
  return kept;
}"""
NOTCH = {"top": 50, "left": 44, "right": 44, "bottom": 34}


def test_without_internet_a_page_says_so_and_nothing_of_anybodys_is_kept(phone: Page, stack: Stack) -> None:
    _sign_in(phone, stack)
    phone.goto("/contacts/")
    expect(phone.get_by_text("Yuki Tanaka").first).to_be_visible()
    assert len(phone.evaluate(READY)) == 1
    phone.reload()  # now with the service worker
    expect(phone.get_by_text("Yuki Tanaka").first).to_be_visible()

    phone.context.set_offline(True)
    phone.goto("/meetings/")
    expect(phone.get_by_role("heading", name="You are offline")).to_be_visible()
    assert phone.evaluate("getComputedStyle(document.querySelector('.plain__card')).borderTopWidth") == "1px"
    kept = ["/offline/", "/static/css/okey.css", "/static/css/plain.css", "/static/img/mark.svg"]
    assert sorted(phone.evaluate(KEPT)) == kept

    phone.context.set_offline(False)
    phone.reload()
    expect(phone.get_by_role("heading", name="Meetings", exact=True)).to_be_visible()


def test_a_notch_covers_nothing(phone: Page, stack: Stack) -> None:
    phone.set_viewport_size({"width": 844, "height": 390})
    session = phone.context.new_cdp_session(phone)
    session.send("Emulation.setSafeAreaInsetsOverride", {"insets": NOTCH})
    _sign_in(phone, stack)
    phone.goto("/contacts/")

    for words in (".brand", "h1", ".tabs__link:first-child"):
        box = phone.locator(words).first.bounding_box()
        assert box is not None
        assert box["x"] >= NOTCH["left"], words
    last = phone.locator(".tabs__link").last.bounding_box()
    assert last is not None
    assert last["x"] + last["width"] <= 844 - NOTCH["right"]
    assert last["y"] + last["height"] <= 390 - NOTCH["bottom"]


def _sign_in(page: Page, stack: Stack) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(stack.owner_email)
    page.get_by_label("Password").fill(stack.owner_password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
