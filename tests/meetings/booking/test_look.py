"""An owner's words, picture and colour on their booking page: readable in any colour, and nothing of the file but the
picture."""

import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from meetings.booking import colours
from meetings.booking.models import BookingSettings, PagePicture
from meetings.personal import exporting
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable

PAGE = "/settings/booking/"
PUBLIC = "/book/alice-archer/"
HERE = b"52.5200 N"


def photo(kind: str = "JPEG", size: tuple[int, int] = (640, 480), color: str = "#aa3355", **how: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, color).save(written, kind, **how)
    return written.getvalue()


def save(client: Client, **changes: Any) -> Any:
    return client.post(PAGE, {"public_name": "alice-archer", "is_page_on": "on", **changes}, follow=True)


def sent(content: bytes, name: str = "me.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def address_of_picture(html: str) -> str:
    return re.findall(r'<img class="avatar[^"]*" src="([^"]+)"', html)[0]


@pytest.mark.django_db
def test_words_picture_and_colour_stand_on_the_page(alice: Owner, alice_client: Client, client: Client) -> None:
    bookable(alice)
    save(alice_client, about="I draw <b>houses</b>.\nAsk me anything.", picture=sent(photo()), colour="#1b6e43")

    html = client.get(PUBLIC).content.decode()
    assert "I draw &lt;b&gt;houses&lt;/b&gt;.<br>Ask me anything." in html
    assert 'href="/colours/1b6e43.css"' in html
    picture = client.get(address_of_picture(html))
    assert picture["Content-Type"] == "image/webp"
    assert {"public", "immutable"} <= set(picture["Cache-Control"].split(", "))
    with Image.open(io.BytesIO(picture.content)) as image:
        assert (image.format, image.size) == ("WEBP", (256, 256))
    assert not client.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_a_photo_was_taken_is_not_kept(alice: Owner, alice_client: Client, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = HERE.decode()  # ImageDescription
    content = photo(kind, exif=exif)
    assert HERE in content
    bookable(alice)
    save(alice_client, picture=sent(content))
    kept = bytes(PagePicture.objects.get().image)
    assert HERE not in kept
    assert b"EXIF" not in kept


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no picture", "This is not a picture that can be read."),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "This is not a picture"),
        (photo()[:300], "This is not a picture that can be read."),
        (photo("BMP"), "This is not a picture that can be read."),
        (photo("PNG", (8000, 6000)), "This picture has too many pixels."),
        (b"\xff\xd8\xff" + b"0" * (5 * 1024 * 1024), "Choose a picture of at most 5 MB."),
    ],
    ids=["text", "svg", "cut off", "bmp", "huge", "heavy"],
)
def test_what_is_no_picture_is_said_beside_the_field_and_nothing_is_saved(
    alice: Owner, alice_client: Client, content: bytes, words: str
) -> None:
    bookable(alice)
    html = save(alice_client, about="New words", picture=sent(content)).content.decode()
    assert words in html
    assert "New words" in html, "what was typed beside it is kept"
    booking = BookingSettings.objects.get()
    assert (booking.about, booking.picture, PagePicture.objects.count()) == ("", "", 0)


@pytest.mark.django_db
def test_another_picture_has_another_address_and_one_that_is_taken_away_is_gone(
    alice: Owner, alice_client: Client, client: Client
) -> None:
    bookable(alice)
    save(alice_client, picture=sent(photo()))
    first = address_of_picture(client.get(PUBLIC).content.decode())
    save(alice_client, picture=sent(photo(color="#33aa55")), colour="#000000")
    second = address_of_picture(client.get(PUBLIC).content.decode())
    assert first != second
    assert client.get(first).status_code == 404
    save(alice_client)
    assert client.get(second).status_code == 200, "a save without a file keeps it"
    save(alice_client, takes_picture_away="on")
    assert client.get(second).status_code == 404
    assert PagePicture.objects.count() == 0
    assert '<img class="avatar' not in client.get(PUBLIC).content.decode()


@pytest.mark.django_db
def test_whose_account_is_closed_shows_no_picture(alice: Owner, alice_client: Client, client: Client) -> None:
    bookable(alice)
    save(alice_client, picture=sent(photo()))
    address = address_of_picture(client.get(PUBLIC).content.decode())
    assert client.get(address.replace("alice-archer", "bob-archer")).status_code == 404
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_the_picture_is_in_the_owners_copy_of_their_data(alice: Owner, alice_client: Client) -> None:
    bookable(alice)
    save(alice_client, picture=sent(photo()))
    with exporting.exported(alice) as file, zipfile.ZipFile(file) as folder:
        (row,) = json.loads(folder.read("data/booking_pagepicture.json"))
    assert row["image"].startswith("UklGR"), "RIFF, in Base64"


@pytest.mark.django_db
@pytest.mark.parametrize("colour", ["red", "#12345", "#12345g", "#1b6e43;}", "#1B6E4"])
def test_what_is_no_colour_is_refused(alice: Owner, alice_client: Client, colour: str) -> None:
    bookable(alice)
    assert "Write the colour as # and six digits" in save(alice_client, colour=colour).content.decode()
    assert BookingSettings.objects.get().colour == ""


@pytest.mark.django_db
def test_okeys_own_colour_is_none(alice: Owner, alice_client: Client, client: Client) -> None:
    bookable(alice)
    html = alice_client.get(PAGE).content.decode()
    shown = re.findall(r'<input type="color" name="colour" value="([^"]+)"', html)[0]
    save(alice_client, colour=shown)
    assert BookingSettings.objects.get().colour == ""
    assert "/colours/" not in client.get(PUBLIC).content.decode()


def test_okeys_own_colour_is_the_stylesheets() -> None:
    with open("static/css/okey.css", encoding="utf-8") as file:
        accents = re.findall(r"--accent: (#[0-9a-f]{6});", file.read())
    assert accents[0] == colours.OWN_COLOUR


def test_a_stylesheet_is_of_a_colour_only(client: Client) -> None:
    response = client.get("/colours/1b6e43.css")
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert response.content.decode().count("--accent: #") == 2
    assert [client.get(f"/colours/{one}.css").status_code for one in ("1b6e4", "red", "1b6e43a", "1B6E43")] == [404] * 4


def weight(colour: str) -> float:
    """Relative luminance, as WCAG's own example does it: by powers of each channel."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else pow((part + 0.055) / 1.055, 2.4) for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def ratio(one: str, other: str) -> float:
    more, less = max(weight(one), weight(other)), min(weight(one), weight(other))
    return (more + 0.05) / (less + 0.05)


@given(st.integers(0, 0xFFFFFF))
def test_text_can_be_read_in_any_colour(number: int) -> None:
    """Links on the page and on cards, what is chosen on its soft ground, and words on buttons."""
    colour = f"#{number:06x}"
    light, dark = colours.light(colour), colours.dark(colour)
    pairs = [
        *[(light.accent, paper) for paper in ("#ffffff", "#f8f8f7", "#f2f2f0", light.on_accent)],
        *[(dark.accent, paper) for paper in ("#121316", "#191b1f", "#212329", dark.on_accent)],
        (light.accent, light.accent_soft),
        (dark.accent, dark.accent_soft),
        *[(light.accent_strong, paper) for paper in ("#ffffff", light.accent_soft, light.on_accent)],
        *[(dark.accent_strong, paper) for paper in ("#191b1f", dark.accent_soft, dark.on_accent)],
    ]
    assert [pair for pair in pairs if ratio(*pair) < 4.5] == []


@pytest.mark.parametrize(("one", "other", "expected"), [("#ffffff", "#000000", 21), ("#777777", "#ffffff", 4.48)])
def test_contrast_is_that_of_the_standard(one: str, other: str, expected: float) -> None:
    assert colours.contrast(one, other) == pytest.approx(expected, abs=0.005)
