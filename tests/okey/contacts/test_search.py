"""Every word of a search must be found somewhere."""

import pytest

from okey.contacts.editing import add_contact, change_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner


@pytest.fixture
def contacts(alice: Owner) -> None:
    add_contact(owner=alice, name="Ann Lee", email="ann@acme.example", company="Acme", phone="+49 30 1234")
    add_contact(owner=alice, name="Ümit Öz", email="oz@other.example", company="100% Pure_Works")


@pytest.mark.usefixtures("contacts")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["Ann Lee", "Ümit Öz"]),
        ("ANN", ["Ann Lee"]),
        ("lee acme", ["Ann Lee"]),
        ("lee other", []),
        ("1234", ["Ann Lee"]),
        ("other.example", ["Ümit Öz"]),
        ("ümit", ["Ümit Öz"]),
        ("ÖZ", ["Ümit Öz"]),
        ("umit", ["Ümit Öz"]),
        ("oz PURE", ["Ümit Öz"]),
        ("Änn", ["Ann Lee"]),
        ("100%", ["Ümit Öz"]),
        ("%", ["Ümit Öz"]),
        ("e_w", ["Ümit Öz"]),
        ("an\0lee", ["Ann Lee"]),
        ("' OR 1=1 --", []),
        ("ann " * 500, ["Ann Lee"]),
    ],
)
def test_search(text: str, names: list[str]) -> None:
    assert sorted(contact.name for contact in Contact.objects.search(text)) == names


def test_a_changed_or_imported_contact_is_found_by_its_name_without_accents(alice: Owner) -> None:
    ann = add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
    change_contact(contact=ann, name="Zoë Lee")
    Contact.objects.bulk_create([Contact(owner=alice, name="Carlos Núñez", email="carlos@example.com")])
    assert [contact.name for contact in Contact.objects.search("zoe")] == ["Zoë Lee"]
    assert [contact.name for contact in Contact.objects.search("nunez")] == ["Carlos Núñez"]
