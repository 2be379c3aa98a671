"""Tags by which an owner finds contacts, and what they write of them over time."""

import csv
import io
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from okey.contacts import editing
from okey.contacts.models import Contact, ContactImport, ContactNote, Tag
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.webhooks.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(alice: Owner) -> Contact:
    return editing.add_contact(owner=alice, name="Dora", email="dora@example.com", tags=["VIP", "Berlin"])


def page(client: Client, path: str) -> str:
    return unescape(client.get(path).content.decode())


def post(client: Client, contact: Contact, **changes: str) -> Any:
    details = {"name": contact.name, "email": contact.email, "phone": "", "company": "", "timezone": "", "notes": ""}
    return client.post(f"/contacts/{contact.pk}/edit/", details | changes)


def names(owner: Owner) -> list[str]:
    return list(Tag.objects.filter(owner=owner).values_list("name", flat=True))


def test_a_tag_is_written_once_in_whatever_case_and_goes_with_its_last_contact(
    alice: Owner, alice_client: Client, dora: Contact
) -> None:
    emil = editing.add_contact(owner=alice, name="Emil", email="emil@example.com", tags=["vip", "Vip "])
    assert emil.tag_names == ["VIP"]
    post(alice_client, dora, tags="vip,, Núñez ,  new   client")
    assert dora.tag_names == ["new client", "Núñez", "VIP"]
    assert names(alice) == ["new client", "Núñez", "VIP"], "nobody has Berlin any more"
    post(alice_client, emil, tags="")
    assert names(alice) == ["new client", "Núñez", "VIP"]


def test_the_list_shows_those_with_a_tag(alice: Owner, alice_client: Client, dora: Contact, bob: Owner) -> None:
    editing.add_contact(owner=alice, name="Emil", email="emil@example.com", tags=["Núñez & Söhne"])
    editing.add_contact(owner=bob, name="Frida", email="frida@example.com", tags=["VIP"])

    assert [one.name for one in alice_client.get("/contacts/?tag=vip").context["page"]] == ["Dora"]
    html = page(alice_client, "/contacts/?tag=nunez+%26+sohne&q=emil")
    assert ("Emil" in html, "dora@example.com" in html) == (True, False)
    assert list(alice_client.get("/contacts/?tag=nobody%00").context["page"]) == []
    assert "/contacts/?tag=VIP" in page(alice_client, f"/contacts/{dora.pk}/")


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (", ".join(f"tag {number}" for number in range(21)), "A contact has at most 20 tags."),
        ("x" * 41, "A tag has at most 40 characters."),
    ],
)
def test_what_cannot_be_a_tag_is_said_beside_the_field(
    alice_client: Client, dora: Contact, tags: str, words: str
) -> None:
    response = post(alice_client, dora, name="Dora D.", tags=tags)
    assert words in response.content.decode()
    dora.refresh_from_db()
    assert (dora.name, dora.tag_names) == ("Dora", ["Berlin", "VIP"])


def test_hostile_words_are_words(alice_client: Client, dora: Contact) -> None:
    post(alice_client, dora, tags='<script>alert(1)</script>, "><img src=x>, ?tag=&q=#, مرحبا')
    html = alice_client.get(f"/contacts/{dora.pk}/").content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert [one.name for one in alice_client.get("/contacts/", {"tag": "?tag=&q=#"}).context["page"]] == ["Dora"]


def test_a_change_of_tags_only_is_told_as_one(alice: Owner, dora: Contact) -> None:
    Event.objects.all().delete()
    editing.change_contact(contact=dora, tags=["vip", "Berlin"])
    assert Event.objects.count() == 0
    editing.change_contact(contact=dora, tags=["Berlin"])
    assert [event.data["changed"] for event in Event.objects.all()] == [["tags"]]


def test_tags_cost_the_list_no_query_a_contact(alice: Owner, alice_client: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            alice_client.get("/contacts/")
        return len(captured)

    editing.add_contact(owner=alice, name="A", email="a@example.com", tags=["one"])
    before = count()
    for number in range(10):
        editing.add_contact(owner=alice, name=f"B{number}", email=f"b{number}@example.com", tags=["one", f"t{number}"])
    assert count() == before


# --- Files ------------------------------------------------------------------------------------------------


def test_the_list_as_a_file_can_be_imported_again(alice: Owner, alice_client: Client, dora: Contact) -> None:
    editing.change_contact(contact=dora, notes='=1+1, "so"', phone="+49 30 901820")
    editing.add_contact(owner=alice, name="Emil", email="emil@example.com")
    response = alice_client.get("/contacts/contacts.csv?tag=vip")
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert head == ["Name", "E-mail", "Phone", "Company", "Time zone", "Tags", "Notes"]
    assert rows == [["Dora", "dora@example.com", "'+49 30 901820", "", "", "Berlin, VIP", '\'=1+1, "so"']]

    Contact.objects.all().delete()
    Tag.objects.all().delete()
    upload(alice_client, content)
    confirm(alice_client)
    again = Contact.objects.get()
    assert (again.name, again.tag_names) == ("Dora", ["Berlin", "VIP"])
    assert (again.phone, again.notes) == ("+49 30 901820", '=1+1, "so"'), (
        "what spreadsheets are kept from is itself again"
    )


def test_a_deleted_contact_takes_tags_along_that_nobody_else_has(alice: Owner, dora: Contact) -> None:
    editing.add_contact(owner=alice, name="Emil", email="emil@example.com", tags=["VIP"])
    editing.delete_contact(contact=dora)
    assert names(alice) == ["VIP"]


def test_a_name_with_a_semicolon_is_one_cell_wherever_lists_are_separated_by_it(
    alice: Owner, alice_client: Client
) -> None:
    editing.add_contact(owner=alice, name="Ann;=1+1;", email="ann@example.com")
    text = b"".join(alice_client.get("/contacts/contacts.csv").streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=";"))
    assert not any(cell.startswith("=") for row in rows for cell in row)


def upload(client: Client, content: bytes) -> None:
    client.post("/contacts/import/", {"file": SimpleUploadedFile("people.csv", content)})


def confirm(client: Client) -> Any:
    pending = ContactImport.objects.filter(done_at=None).get()
    return client.post(f"/contacts/import/{pending.pk}/confirm/", follow=True)


def test_what_an_import_left_out_can_be_put_right(alice: Owner, alice_client: Client, bob_client: Client) -> None:
    upload(
        alice_client,
        "Vorname;Nachname;E-Mail-Adresse;Firma;Telefon;Zeitzone;Schlagwörter\n"
        "Ann;Bär;ann@example.com;Bär;030 1;Europe/Berlin;Kundin\n"
        "Bea;Cox;bea@;Cox;;;\n"
        "Cem;Dal;ANN@example.com;Dal;;;\n".encode(),
    )
    done = confirm(alice_client)
    html = unescape(done.content.decode())
    assert "1 contact imported." in html
    assert "people.csv: 1 imported, 2 left out." in html
    assert "Enter a valid e-mail address" in html
    assert (Contact.objects.get().company, Contact.objects.get().tag_names) == ("Bär", ["Kundin"])

    address = done.redirect_chain[-1][0]
    file = alice_client.get(address.removesuffix("/") + ".csv")
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))
    assert rows == [
        ["First name", "Last name", "E-mail", "Company"],
        ["Bea", "Cox", "bea@", "Cox"],
        ["Cem", "Dal", "ANN@example.com", "Dal"],
    ]
    assert bob_client.get(address).status_code == 404
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        assert alice_client.get(address).status_code == 302


@pytest.mark.parametrize(
    "head", ["Nombre,Apellidos,Correo electrónico,Teléfono,Empresa", "Prénom;Nom;Adresse e-mail;Téléphone;Société"]
)
def test_columns_are_known_in_spanish_and_french(alice_client: Client, head: str) -> None:
    delimiter = ";" if ";" in head else ","
    upload(alice_client, f"{head}\n{delimiter.join(['Eva', 'Gil', 'eva@example.com', '5', 'Gil SA'])}\n".encode())
    confirm(alice_client)
    eva = Contact.objects.get()
    assert (eva.name, eva.phone, eva.company) == ("Eva Gil", "5", "Gil SA")


# --- Notes and mails --------------------------------------------------------------------------------------


def test_notes_stand_under_their_day_the_newest_first(alice_client: Client, dora: Contact) -> None:
    for day, text in ((1, "Called.\nWants a garden."), (2, "Sent the plan.")):
        with time_machine.travel(datetime(2026, 3, day, 9, 0, tzinfo=UTC), tick=False):
            alice_client.post(f"/contacts/{dora.pk}/notes/", {"text": text})
    html = page(alice_client, f"/contacts/{dora.pk}/")
    assert html.index("Sent the plan.") < html.index("Called.<br>Wants a garden.")
    assert html.index('datetime="2026-03-02T') < html.index('datetime="2026-03-01T')


def test_a_note_is_changed_and_deleted(alice_client: Client, dora: Contact) -> None:
    alice_client.post(f"/contacts/{dora.pk}/notes/", {"text": "Caled."})
    note = ContactNote.objects.get()
    address = f"/contacts/{dora.pk}/notes/{note.pk}/"
    assert "Caled." in page(alice_client, address)
    alice_client.post(address, {"text": "Called."})
    note.refresh_from_db()
    assert note.text == "Called."
    alice_client.post(address, {"delete": "1"})
    assert ContactNote.objects.count() == 0


@pytest.mark.parametrize(("text", "words"), [("  ", "Write something first."), ("x" * 5001, "at most 5000 characters")])
def test_an_empty_or_endless_note_is_refused(alice_client: Client, dora: Contact, text: str, words: str) -> None:
    response = alice_client.post(f"/contacts/{dora.pk}/notes/", {"text": text})
    assert response.status_code == 422
    assert words in unescape(response.content.decode())
    assert ContactNote.objects.count() == 0


def test_of_many_notes_the_newest_are_shown_and_the_others_by_one_click(alice_client: Client, dora: Contact) -> None:
    ContactNote.objects.bulk_create(ContactNote(contact=dora, text=f"Note {number}.") for number in range(12))
    shown = page(alice_client, f"/contacts/{dora.pk}/")
    assert ("Note 1." in shown, "?notes=all#notes" in shown) == (False, True)
    assert "Note 1." in page(alice_client, f"/contacts/{dora.pk}/?notes=all")


def test_others_read_and_write_no_note(alice_client: Client, bob_client: Client, dora: Contact, bob: Owner) -> None:
    alice_client.post(f"/contacts/{dora.pk}/notes/", {"text": "Mine."})
    note = ContactNote.objects.get()
    address = f"/contacts/{dora.pk}/notes/{note.pk}/"
    assert bob_client.get(address).status_code == 404
    assert bob_client.post(address, {"text": "Theirs."}).status_code == 404
    frida = editing.add_contact(owner=bob, name="Frida", email="frida@example.com")
    assert bob_client.post(f"/contacts/{frida.pk}/notes/{note.pk}/", {"delete": "1"}).status_code == 404
    assert ContactNote.objects.get().text == "Mine."


def test_the_page_lists_what_was_mailed_to_them_for_this_owner(
    alice: Owner, alice_client: Client, bob: Owner, dora: Contact
) -> None:
    with transaction.atomic():
        for owner, subject in ((alice, "Your meeting"), (bob, "From Bob")):
            Mail.objects.create(to=dora.email, subject=subject, text="", account=str(owner.pk))
        Mail.objects.create(to=dora.email, subject="Opens an account", text="", account=str(alice.pk), is_secret=True)
    html = page(alice_client, f"/contacts/{dora.pk}/")
    assert "Your meeting" in html
    assert "From Bob" not in html
    assert "Opens an account" not in html
    assert "Mails are kept for 30 days." in html
