"""An owner's booking settings: made on first need, with an address that is theirs alone."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from meetings.booking import settings as booking_settings
from meetings.booking.models import BookingSettings
from okey.owners.models import Owner

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "public_name"),
    [
        ("Alice Archer", "alice-archer"),
        ("  Zoë   Müller-Lüdenscheidt ", "zoe-muller-ludenscheidt"),
        ("O’Brien & Sons, Ltd.", "obrien-sons-ltd"),
        ("_under_score_", "under-score"),
        ("x" * 150, "x" * 55),
    ],
)
def test_the_first_public_name_is_the_owners_name(alice: Owner, name: str, public_name: str) -> None:
    alice.name = name
    assert booking_settings.of(alice).public_name == public_name


@pytest.mark.parametrize("name", ["田中 裕紀", "🙂", "", "---"])
def test_a_name_without_plain_letters_gets_one_that_says_nothing(alice: Owner, name: str) -> None:
    alice.name = name
    made = booking_settings.of(alice)
    assert made.public_name.startswith("meet-")
    assert "alice" not in made.public_name, "the e-mail address stays private"
    made.clean_fields()


def test_owners_of_one_name_get_addresses_of_their_own(alice: Owner, bob: Owner) -> None:
    bob.name = alice.name
    assert booking_settings.of(alice).public_name == "alice-archer"
    theirs = booking_settings.of(bob)
    assert theirs.public_name.startswith("alice-archer-")
    theirs.clean_fields()


def test_they_are_made_once(alice: Owner) -> None:
    assert booking_settings.of(alice) == booking_settings.of(alice)
    assert BookingSettings.objects.count() == 1


def test_nobody_is_bookable_until_they_switch_it_on(alice: Owner, client: Client) -> None:
    booking = booking_settings.of(alice)
    assert booking_settings.open_page(booking.public_name) is None
    booking_settings.change(owner=alice, is_page_on=True)
    assert booking_settings.open_page(booking.public_name) == booking
    assert client.get("/book/alice-archer/").status_code == 200


def test_an_owner_who_left_has_no_page(alice: Owner) -> None:
    booking_settings.change(owner=alice, is_page_on=True)
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    assert booking_settings.open_page("alice-archer") is None


def test_a_new_public_name_ends_the_old_address(alice: Owner, client: Client) -> None:
    booking_settings.change(owner=alice, is_page_on=True, public_name="meet-alice")
    assert client.get("/book/alice-archer/").status_code == 404
    assert client.get("/book/meet-alice/").status_code == 200


def test_a_taken_public_name_is_refused(alice: Owner, bob: Owner) -> None:
    booking_settings.of(alice)
    with pytest.raises(ValidationError) as refused:
        booking_settings.change(owner=bob, public_name="alice-archer")
    assert refused.value.message_dict == {"public_name": ["This name is taken. Choose another."]}
    assert booking_settings.of(bob).public_name == "bob-archer"


@pytest.mark.parametrize(
    "public_name", ["", "Alice", "a b", "-a", "a-", "a--b", "ä", "a/b", "a.b", "x" * 61, "a\n", "a\0"]
)
def test_a_public_name_that_is_none_is_refused(alice: Owner, public_name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        booking_settings.change(owner=alice, public_name=public_name)
    assert set(refused.value.message_dict) == {"public_name"}


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://www.example.com", "https://www.example.com"),
        (" https://WWW.Example.com/ ", "https://www.example.com"),
        ("https://example.com:443", "https://example.com"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
    ],
)
def test_the_origin_of_a_site_is_as_browsers_name_it(address: str, origin: str) -> None:
    assert booking_settings.origin(address) == origin


@pytest.mark.parametrize(
    "address",
    [
        "",
        "example.com",
        "http://example.com",
        "https://",
        "https://example",
        "https://*.example.com",
        "https://*",
        "*",
        "'self'",
        "https://example.com/page",
        "https://example.com?x",
        "https://example.com#x",
        "https://me@example.com",
        "https://example.com:port",
        "https://example.com:99999",
        "https://example.com; script-src *",
        "https://example.com https://evil.example",
        "https://exam\nple.com;x",
        "https://-.example.com",
        "https://" + "x" * 300 + ".com",
        "https://[::1]",
        "javascript:alert(1)",
        "https://[",
    ],
)
def test_what_is_no_https_origin_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        booking_settings.origin(address)


def test_more_sites_than_a_header_should_hold_are_refused(alice: Owner) -> None:
    with pytest.raises(ValidationError):
        booking_settings.change(owner=alice, embeds_on=[f"https://site{number}.example" for number in range(21)])


@pytest.mark.parametrize("name", ["nobody", "%00", "a%00b", "%FF", "x" * 3000, "..", "ALICE-ARCHER"])
def test_where_nobody_takes_bookings_the_page_says_so(alice: Owner, client: Client, name: str) -> None:
    booking_settings.change(owner=alice, is_page_on=True)
    response = client.get(f"/book/{name}/")
    assert response.status_code == 404
    assert "There is no booking page here" in response.content.decode()
