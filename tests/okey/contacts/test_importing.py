"""A verdict for each line, and all good lines or none."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from okey.contacts.editing import AddressTaken, add_contact, archive_contact
from okey.contacts.importing import (
    AlreadyImported,
    ImportExpired,
    Verdict,
    confirm_import,
    keep_upload,
    verdicts,
)
from okey.contacts.models import Contact, ContactImport
from okey.contacts.reading import read_file
from okey.lib import retention
from okey.owners.models import Owner


def upload(owner: Owner, text: str) -> ContactImport:
    return keep_upload(owner=owner, file_name="people.csv", read=read_file(text.encode()))


def judged(owner: Owner, text: str) -> list[Verdict]:
    return verdicts(upload(owner, text))


def problems(owner: Owner, text: str) -> list[tuple[str, str]]:
    return [(problem.field, problem.words) for problem in judged(owner, text)[0].problems]


def test_a_good_line_is_new(alice: Owner) -> None:
    [verdict] = judged(
        alice,
        "First name,Last name,E-mail,Phone,Company,Time zone,Notes\nAnn,Lee,ann@example.com,+1,Acme,europe/berlin,Hi\n",
    )

    assert (verdict.line, verdict.outcome) == (2, "new")
    assert (verdict.contact.name, str(verdict.contact.timezone)) == ("Ann Lee", "Europe/Berlin")


def test_zone_names_may_have_spaces(alice: Owner) -> None:
    [verdict] = judged(alice, "Name,E-mail,Time zone\nAnn,ann@example.com,America/New York\n")

    assert str(verdict.contact.timezone) == "America/New_York"


@pytest.mark.parametrize(
    ("cell", "zone"), [("Berlin", "Europe/Berlin"), ("new york", "America/New_York"), ("asia/tokyo", "Asia/Tokyo")]
)
def test_a_zone_is_known_by_its_city(alice: Owner, cell: str, zone: str) -> None:
    (verdict,) = judged(alice, f"Name,E-mail,Time zone\nAnn,ann@example.com,{cell}\n")
    assert str(verdict.contact.timezone) == zone


def test_a_difference_is_no_city(alice: Owner) -> None:
    """Those names have the sign turned round: GMT+5 is five hours west there."""
    assert problems(alice, "Name,E-mail,Time zone\nAnn,ann@example.com,GMT+5\n")


@pytest.mark.parametrize(
    ("cells", "field", "words"),
    [
        ("Ann,not-an-address,,,,", "e-mail address", "valid e-mail"),
        ("Ann,,,,,", "e-mail address", "blank"),
        (",ann@example.com,,,,", "name", "blank"),
        (f"{'x' * 151},ann@example.com,,,,", "name", "150"),
        (f"Ann,ann@example.com,{'1' * 51},,,", "phone", "50"),
        (f"Ann,ann@example.com,,{'x' * 151},,", "company", "150"),
        ("Ann,ann@example.com,,,Mars/Olympus,", "time zone", "“Mars/Olympus” is not a time zone"),
        (f"Ann,ann@example.com,,,,{'x' * 5001}", "notes", "5000"),
        ("Ann,ann@example.com,,,,,surplus", "", "Has 1 more field"),
        ('"Ann\nLee",ann@example.com,,,,', "name", "several lines"),
    ],
)
def test_a_wrong_line_names_the_field(alice: Owner, cells: str, field: str, words: str) -> None:
    [(named, said)] = problems(alice, f"Name,E-mail,Phone,Company,Time zone,Notes\n{cells}\n")

    assert named == field
    assert words in said


def test_every_wrong_field_of_a_line_is_named(alice: Owner) -> None:
    found = problems(alice, "Name,E-mail,Time zone\n,nope,Nowhere\n")

    assert sorted(field for field, _ in found) == ["e-mail address", "name", "time zone"]


def test_what_is_already_there_is_skipped_in_words(alice: Owner, bob: Owner) -> None:
    add_contact(owner=alice, name="Ann", email="ann@example.com")
    archive_contact(contact=add_contact(owner=alice, name="Bea", email="bea@example.com"))
    add_contact(owner=bob, name="Cem", email="cem@example.com")

    found = judged(alice, "Name,E-mail\nA,ANN@example.com\nB,bea@example.com\nC,cem@example.com\nC,Cem@example.com\n")

    assert [verdict.outcome for verdict in found] == ["there", "there", "new", "there"]
    assert "archive" in found[1].words
    assert "line 4" in found[3].words


def test_a_wrong_line_does_not_take_the_address_from_a_good_one(alice: Owner) -> None:
    found = judged(alice, "Name,E-mail\n,ann@example.com\nAnn,ann@example.com\n")

    assert [verdict.outcome for verdict in found] == ["error", "new"]


def test_confirming_imports_the_good_lines(alice: Owner) -> None:
    kept = upload(alice, "Name,E-mail,Time zone\nAnn,ann@example.com,Asia/Tokyo\nBea,nope,\nCem,cem@example.com,\n")

    assert confirm_import(upload=kept) == 2

    contacts = Contact.objects.of(alice)
    assert {(contact.name, str(contact.timezone)) for contact in contacts} == {("Ann", "Asia/Tokyo"), ("Cem", "None")}
    kept.refresh_from_db()
    assert kept.imported_count == 2
    assert [line["cells"]["name"] for line in kept.lines] == ["Bea"], "what was left out can be had, the others not"


def test_what_was_added_after_the_preview_is_skipped(alice: Owner) -> None:
    kept = upload(alice, "Name,E-mail\nAnn,ann@example.com\nBea,bea@example.com\n")
    add_contact(owner=alice, name="Annette", email="Ann@example.com")

    assert confirm_import(upload=kept) == 1
    assert sorted(Contact.objects.values_list("name", flat=True)) == ["Annette", "Bea"]


def test_confirming_twice_imports_once(alice: Owner) -> None:
    kept = upload(alice, "Name,E-mail\nAnn,ann@example.com\n")
    confirm_import(upload=kept)

    with pytest.raises(AlreadyImported):
        confirm_import(upload=kept)

    assert Contact.objects.count() == 1


def test_an_import_that_fails_leaves_nothing_and_can_be_confirmed_again(
    alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = upload(alice, "Name,E-mail\n" + "".join(f"Ann,ann{n}@example.com\n" for n in range(700)))
    # The second half of the file clashes with a row that no rule of ours can see.
    same_id = Contact(owner=alice, name="Row", email="row@example.com")
    with monkeypatch.context() as patch:
        patch.setattr("okey.contacts.importing.verdicts", lambda _: [*verdicts(kept), *clashing(same_id)])
        with pytest.raises(Exception, match=r"(?i)unique"):
            confirm_import(upload=kept)

    assert Contact.objects.count() == 0
    assert confirm_import(upload=kept) == 700


def clashing(contact: Contact) -> list[Verdict]:
    return [Verdict(1, "new", contact), Verdict(2, "new", contact)]


def test_an_upload_expires_after_a_day_and_goes(alice: Owner) -> None:
    kept = upload(alice, "Name,E-mail\nAnn,ann@example.com\n")

    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        kept.refresh_from_db()
        with pytest.raises(ImportExpired):
            confirm_import(upload=kept)
        newer = upload(alice, "Name,E-mail\nBea,bea@example.com\n")
        retention.forget()

    assert list(ContactImport.objects.all()) == [newer]
    assert Contact.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_once_import_once(alice: Owner) -> None:
    kept = upload(alice, "Name,E-mail\n" + "".join(f"Ann,ann{n}@example.com\n" for n in range(200)))
    outcomes = at_once([lambda: confirm_import(upload=ContactImport.objects.get(pk=kept.pk))] * 4)

    assert sorted(map(str, outcomes)) == ["200", "AlreadyImported", "AlreadyImported", "AlreadyImported"]
    assert Contact.objects.count() == 200


@pytest.mark.django_db(transaction=True)
def test_two_files_and_a_form_with_one_address_at_once_make_one_contact(alice: Owner) -> None:
    text = "Name,E-mail\nAnn,ann@example.com\n"
    first, second = upload(alice, text), upload(alice, text)

    at_once(
        [
            lambda: confirm_import(upload=ContactImport.objects.get(pk=first.pk)),
            lambda: confirm_import(upload=ContactImport.objects.get(pk=second.pk)),
            lambda: add_contact(owner=alice, name="Ann", email="Ann@example.com"),
        ]
    )

    assert Contact.objects.count() == 1


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """Run the calls in threads that start together; what each returned, or the name of what it raised."""
    barrier = Barrier(len(calls))
    outcomes: list[object] = []

    def run(call: Callable[[], object]) -> None:
        barrier.wait(timeout=10)
        try:
            outcomes.append(call())
        except (AlreadyImported, AddressTaken) as refused:
            outcomes.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes
