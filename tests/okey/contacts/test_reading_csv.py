"""An uploaded file becomes lines, or words about why it can't."""

import pytest

from okey.contacts.reading import LARGEST_FILE, MOST_LINES, UnreadableFile, read_file


def cells(data: bytes) -> list[dict[str, str]]:
    return [line.cells for line in read_file(data).lines]


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_file(data)
    return caught.value.words


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252")],
)
def test_reads_the_encoding_and_names_it(encoding: str, named: str) -> None:
    read = read_file("Name,E-mail\nJürgen Œuvre,j@example.com\n".encode(encoding))

    assert read.encoding == named
    assert read.lines[0].cells == {"name": "Jürgen Œuvre", "email": "j@example.com"}


def test_reads_big_endian_utf_16() -> None:
    assert cells(b"\xfe\xff" + "Name,Email\nÉva,e@example.com".encode("utf-16-be"))[0]["name"] == "Éva"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_reads_every_delimiter(delimiter: str) -> None:
    text = f"Name{delimiter}E-mail\nAnn{delimiter}ann@example.com\n"

    assert cells(text.encode()) == [{"name": "Ann", "email": "ann@example.com"}]


def test_excels_own_first_line_names_the_delimiter() -> None:
    read = read_file(b"sep=;\r\nName;E-mail\r\nAnn;ann@example.com\r\n")

    assert [(line.number, line.cells) for line in read.lines] == [(3, {"name": "Ann", "email": "ann@example.com"})]


@pytest.mark.parametrize(
    "header",
    ["name,email", "Full Name,E-Mail Address", "FULL_NAME,e_mail", "contact name,Email  address", "Name,mail"],
)
def test_column_names_are_flexible(header: str) -> None:
    assert cells(f"{header}\nAnn,ann@example.com".encode()) == [{"name": "Ann", "email": "ann@example.com"}]


@pytest.mark.parametrize(
    "header",
    [
        "Vorname;Nachname;E-Mail-Adresse;Firma;Telefon;Zeitzone;Notizen",
        "Prénom;Nom;Courriel;Société;Téléphone;Fuseau horaire;Remarques",
        "Nombre;Apellidos;Correo electrónico;Empresa;Teléfono;Zona horaria;Notas",
    ],
)
def test_columns_are_known_in_other_languages(header: str) -> None:
    line = "Ann;Lee;ann@example.com;Lee Ltd;123;Europe/Berlin;Knows Bo"
    names = ("first_name", "last_name", "email", "company", "phone", "timezone", "notes")
    assert cells(f"{header}\n{line}".encode()) == [dict(zip(names, line.split(";"), strict=True))]


def test_every_column_is_found() -> None:
    read = read_file(
        b"First name,Surname,E-mail,Mobile,Organisation,Time zone,Note\n"
        b"Ann,Lee,ann@example.com,+1,Acme,Europe/Berlin,Hi\n"
    )

    assert read.lines[0].cells == {
        "first_name": "Ann",
        "last_name": "Lee",
        "email": "ann@example.com",
        "phone": "+1",
        "company": "Acme",
        "timezone": "Europe/Berlin",
        "notes": "Hi",
    }


def test_unknown_and_repeated_columns_are_ignored_and_named() -> None:
    read = read_file(b"Name,E-mail,Shoe size,Phone,Mobile,\nAnn,ann@example.com,38,1,2,\n")

    assert read.ignored_columns == ["Shoe size", "Mobile"]
    assert read.lines[0].cells["phone"] == "1"


def test_a_line_is_numbered_as_in_the_file() -> None:
    read = read_file(b'\nName,E-mail,Notes\n\nAnn,a@example.com,"one\ntwo"\n , ,\nBea,b@example.com,\n')

    assert [line.number for line in read.lines] == [4, 7]
    assert read.lines[0].cells["notes"] == "one\ntwo"


def test_old_macintosh_line_ends_are_read() -> None:
    assert len(cells(b"Name,E-mail\rAnn,a@example.com\rBea,b@example.com\r")) == 2


def test_surplus_cells_are_counted() -> None:
    assert read_file(b"Name,E-mail\nAnn,a@example.com,x,,y\n").lines[0].surplus == 2


def test_control_characters_become_spaces() -> None:
    assert cells(b"Name,E-mail\nAnn\x0bLee,a@example.com\n")[0]["name"] == "Ann Lee"


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04\x14\x00\x06\x00", b"Name,E-mail\nA\x00nn,a@example.com", b"\x89PNG\r\n\x1a\n\xff\x80\x01\x02"],
    ids=["a spreadsheet", "a NUL", "a picture"],
)
def test_a_binary_file_is_refused_with_words(data: bytes) -> None:
    assert "not a CSV file" in refusal(data)


def test_an_unknown_encoding_is_refused_with_the_line() -> None:
    assert "line 3 can’t be read" in refusal(b"Name,E-mail\nAnn,a@example.com\n\x81\x8d,b@example.com\n")


def test_a_cut_off_utf_16_file_is_refused() -> None:
    assert "encoding" in refusal("Name,E-mail\nAnn,a@example.com".encode("utf-16") + b"\x00")


def test_a_quote_that_is_never_closed_is_refused_with_the_line() -> None:
    assert refusal(b'Name,E-mail\nAnn,a@example.com\n"Bea,b@example.com\nCem,c@example.com\n').startswith("Line 3 ")


def test_a_quote_that_swallows_a_long_rest_is_refused_with_the_line() -> None:
    rest = b"Cem,c@example.com\n" * 9000

    assert refusal(b'Name,E-mail\n"Bea,b@example.com\n' + rest).startswith("Line 2 ")


def test_a_file_over_5_mb_is_refused() -> None:
    assert "5 MB" in refusal(b"Name,E-mail\n" + b"x" * LARGEST_FILE)


def test_50_000_lines_are_refused_with_the_limit() -> None:
    assert "10,000 lines" in refusal(b"Name,E-mail\n" + b"Ann,a@example.com\n" * 50_000)


def test_10_000_lines_are_read() -> None:
    assert len(cells(b"Name,E-mail\n" + b"Ann,a@example.com\n" * MOST_LINES)) == MOST_LINES


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Name,Phone\nAnn,1\n", "“E-mail”"),
        (b"E-mail,Phone\na@example.com,1\n", "“Name”"),
        (b"ann@example.com\n", "“E-mail”"),
        (b"Name,E-mail\n\n , \n", "no contacts"),
        (b"\n\n", "“E-mail”"),
    ],
    ids=["no address column", "no name column", "no header", "a header only", "blank"],
)
def test_a_file_without_its_columns_or_lines_is_refused(data: bytes, words: str) -> None:
    assert words in refusal(data)
