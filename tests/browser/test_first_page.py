"""The first page leads to the sign-in form, and that to the owner's contacts."""

from playwright.sync_api import Page, expect

from tests.processes import Stack


def test_the_demo_owner_signs_in_and_finds_their_contacts(page: Page, stack: Stack) -> None:
    page.goto("/contacts/")
    page.get_by_label("E-mail").fill(stack.owner_email)
    page.get_by_label("Password").fill(stack.owner_password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Yuki Tanaka")).to_be_visible()
