"""From the button on the sign-in page over the organisation's provider to being signed in, by a real browser.

Chrome holds redirects behind a form against the policy of the page; so the way there is a page in between.
"""

from playwright.sync_api import Page, expect

from tests.openid_provider import OpenIdProvider


def test_the_button_leads_over_the_organisation_to_being_signed_in(page: Page, acme: OpenIdProvider) -> None:
    page.goto("/accounts/login/?next=/contacts/")
    page.get_by_role("button", name="Sign in with Acme").click()
    expect(page).to_have_url(page.url.partition("/accounts/")[0] + "/contacts/")
    expect(page.get_by_role("heading", name="Contacts", exact=True)).to_be_visible()
    page.goto("/settings/security/")
    expect(page.get_by_text("Signs you in, since")).to_be_visible()
    assert acme.asked.count("authorize") == 1
