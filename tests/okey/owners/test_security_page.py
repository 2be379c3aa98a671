"""Sign-in and security: the page, the browsers that are signed in, and the change of address."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from okey.lib import retention
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.conftest import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1"
)


def signed_in(owner: Owner, browser: str = FIREFOX) -> Client:
    """By the page, as people do."""
    client = Client(headers={"user-agent": browser})
    response = client.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    assert response["Location"] == "/"
    return client


def test_settings_lead_there(alice_client: Client) -> None:
    assert 'href="/settings/security/"' in alice_client.get("/settings/").content.decode()


def test_the_browsers_are_listed_and_each_can_be_ended(alice: Owner) -> None:
    here, phone = signed_in(alice), signed_in(alice, IPHONE)
    page = here.get("/settings/security/").content.decode()
    assert page.index("Firefox on Linux") < page.index("Safari on iPhone")
    assert "This browser" in page
    other = UserSession.objects.get(user_agent=IPHONE)
    here.post(f"/settings/security/sessions/{other.pk}/end/")
    assert phone.get("/settings/").status_code == 302
    page = here.get("/settings/security/").content.decode()
    assert "That browser is signed out." in page
    assert "iPhone" not in page


def test_all_others_are_ended_at_once(alice: Owner) -> None:
    here, *others = (signed_in(alice) for _ in range(3))
    here.post("/settings/security/sessions/others/end/")
    assert [one.get("/settings/").status_code for one in others] == [302, 302]
    assert here.get("/settings/").status_code == 200


def test_nobody_ends_anothers_session(alice: Owner, bob_client: Client) -> None:
    alices = signed_in(alice)
    session = UserSession.objects.get(user=alice)
    assert bob_client.post(f"/settings/security/sessions/{session.pk}/end/").status_code == 404
    assert alices.get("/settings/").status_code == 200


def test_a_session_of_before_the_list_is_on_it(alice: Owner) -> None:
    client = signed_in(alice)
    UserSession.objects.all().delete()
    assert "This browser" in client.get("/settings/security/").content.decode()


def test_what_was_known_of_a_browser_is_forgotten_when_it_is_signed_out(alice: Owner) -> None:
    stays, leaves, runs_out = (signed_in(alice) for _ in range(3))
    leaves.post("/accounts/logout/")
    Session.objects.filter(pk=runs_out.session.session_key).update(expire_date=timezone.now())
    assert retention.forget() == {"sessions": 1, "browsers that were signed in": 2}
    assert UserSession.objects.get().session_key == stays.session.session_key


def _link_in(mail: Mail) -> str:
    found = re.search(r"http://testserver.localhost:8000(/accounts/confirm-email/\S+)", mail.text)
    assert found
    return found[1]


def test_the_address_changes_once_the_new_one_is_confirmed(alice: Owner) -> None:
    client = signed_in(alice)
    page = client.post(
        "/accounts/email/", {"email": "New@example.com", "action_add": "1"}, follow=True
    ).content.decode()
    assert "new@example.com" in page
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    link = _link_in(Mail.objects.get(to="new@example.com"))
    assert "From now on you sign in to O-Key with new@example.com" in Client().get(link).content.decode()
    alice.refresh_from_db()
    assert alice.email == "alice@example.com", "a look is no confirmation"
    client.post(link)
    alice.refresh_from_db()
    assert alice.email == "new@example.com"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("new@example.com", True, True)]
    told = Mail.objects.get(to="alice@example.com")
    assert "from alice@example.com to new@example.com" in told.text
    assert client.get("/settings/").status_code == 200


def test_a_change_of_address_can_be_called_off(alice: Owner) -> None:
    client = signed_in(alice)
    client.post("/accounts/email/", {"email": "new@example.com", "action_add": "1"})
    link = _link_in(Mail.objects.get(to="new@example.com"))
    client.post("/accounts/email/", {"email": "new@example.com", "action_remove": "1"})
    assert "This link no longer works" in Client().get(link).content.decode()


def test_another_owners_address_is_not_to_be_had(alice: Owner, bob: Owner) -> None:
    client = signed_in(alice)
    client.post("/accounts/email/", {"email": bob.email, "action_add": "1"})
    for mail in Mail.objects.filter(to=bob.email):
        client.post(_link_in(mail))
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_an_owner_made_by_a_command_is_vouched_for(admin: Owner) -> None:
    signed_in(admin)
    assert EmailAddress.objects.get(user=admin).verified


@pytest.fixture
def open_sign_up(settings: Settings) -> None:
    settings.OKEY_OPEN_SIGN_UP = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


NEW = {"name": "Nina New", "email": "nina@example.com", "password1": PASSWORD, "password2": PASSWORD}


def test_where_sign_up_is_open_an_account_works_once_its_address_is_confirmed(
    open_sign_up: None, client: Client, db: None
) -> None:
    assert 'href="/accounts/signup/"' in client.get("/accounts/login/").content.decode()
    page = client.post("/accounts/signup/", NEW, follow=True).content.decode()
    assert "Check your inbox" in page
    nina = Owner.objects.get()
    assert (nina.name, nina.email, nina.is_staff) == ("Nina New", "nina@example.com", False)
    assert client.get("/settings/").status_code == 302
    client.post(_link_in(Mail.objects.get(to=nina.email)))
    signed_in(nina)


def test_signing_up_does_not_say_who_has_an_account(open_sign_up: None, alice: Owner, client: Client) -> None:
    page = client.post("/accounts/signup/", {**NEW, "email": alice.email}, follow=True).content.decode()
    assert "Check your inbox" in page
    assert Owner.objects.count() == 1
    assert "There is one already." in Mail.objects.get(to=alice.email).text


def test_a_changed_password_is_told(alice: Owner) -> None:
    client = signed_in(alice)
    form = {"oldpassword": PASSWORD, "password1": "another horse battery", "password2": "another horse battery"}
    client.post("/accounts/password/change/", form)
    assert Mail.objects.get(to=alice.email).subject == "Your O-Key password was changed"
