"""A join link leads to Zoom and nowhere else, as a browser reads it."""

import pytest

from tests.integrations.providers.zoom import zoom_at

ZOOM = zoom_at("https://zoom.us", "https://api.zoom.us")


@pytest.mark.parametrize(
    "url",
    [
        "https://zoom.us/j/81234567890?pwd=abc.1",
        "https://us06web.zoom.us/j/81234567890?pwd=abc.1",
        "https://acme.zoom.us/j/81234567890",
        "https://ZOOM.us/j/1",
        "https://zoom.us:443/j/1",
        "https://acme.zoomgov.com/j/1",
        "https://zoom.com/j/1",
    ],
)
def test_zooms_own_hosts(url: str) -> None:
    assert ZOOM.is_join_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://zoom.us/j/1",
        "https://evil.example/j/1",
        "https://zoom.us.evil.example/j/1",
        "https://evilzoom.us/j/1",
        "https://evil.example/zoom.us",
        "https://evil.example?zoom.us",
        "https://evil.example#zoom.us",
        "https://zoom.us@evil.example/j/1",
        "https://evil.example@zoom.us/j/1",
        "https://:@zoom.us/j/1",
        "https://evil.example\\.zoom.us/j/1",
        "https://evil.example\\@zoom.us/j/1",
        "https://zoom.us\\@evil.example/j/1",
        "https://evil.example\t.zoom.us/j/1",
        "https://zo\nom.us/j/1",
        "https://zoom.us /j/1",
        "https://zoom.us/j/1\r\nX: y",
        "https://zoom.us/j/1\x00",
        "https://zооm.us/j/1",  # Cyrillic
        "https://[zoom.us/j/1",
        "https://[::1",
        "https://zoom.us%2eevil.example/j/1",
        "https://",
        "https:zoom.us/j/1",
        "javascript://zoom.us/%0aalert(1)",
        "zoommtg://zoom.us/join?confno=1",
        "http://127.0.0.1:9000/j/1",
        "https://127.0.0.1/j/1",
    ],
)
def test_nowhere_else(url: str) -> None:
    assert not ZOOM.is_join_url(url)


def test_a_stand_ins_own_host_counts_where_the_settings_name_it() -> None:
    local = zoom_at("http://127.0.0.1:9000")
    assert local.is_join_url("http://127.0.0.1:9000/j/1")
    assert not local.is_join_url("http://127.0.0.1.evil.example/j/1")
    assert not local.is_join_url("http://192.168.0.1/j/1")
    elsewhere = zoom_at("https://zoom.staging.example")
    assert elsewhere.is_join_url("https://zoom.staging.example/j/1")
    assert not elsewhere.is_join_url("http://zoom.staging.example/j/1")
    assert not elsewhere.is_join_url("http://127.0.0.1/j/1")
