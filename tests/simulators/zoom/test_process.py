"""The simulator as a process: restarts, many clients at once, stopping, and its home page."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.simulators.zoom.app import TIMEOUT, App
from tests.zoom_simulator import ZoomSimulator


def test_what_zoom_knows_survives_kill_9() -> None:
    with ZoomSimulator() as zoom:
        app = App(zoom)
        ended, pair, code = app.connect("ben"), app.connect("jill"), app.code("ben")
        app.revoke(ended)
        refreshed = app.refresh(pair).json()
        created = app.create(refreshed).json()
        before = zoom.state("users", "grants", "meetings", "secrets")
        address = zoom.url
        zoom.kill()
        zoom.start()
        assert zoom.url == address
        assert zoom.state("users", "grants", "meetings", "secrets") == before
        assert app.refresh(pair).status_code == 400
        assert app.api(ended, "GET", "users/me").status_code == 401
        assert app.api(refreshed, "GET", f"meetings/{created['id']}").json() == created
        assert app.exchange(code).status_code == 200
        app.http.close()


def test_of_many_refreshes_at_once_one_wins(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    with ThreadPoolExecutor(20) as threads:
        statuses = [answer.status_code for answer in threads.map(lambda _: _refresh(zoom, pair), range(20))]
    assert sorted(statuses) == [200] + [400] * 19
    assert zoom.state("counters")["counters"]["refresh"] == {"calls": 20, "ok": 1}


def test_it_stops_at_once_whatever_is_under_way() -> None:
    with ZoomSimulator() as zoom:
        app = App(zoom)
        pair = app.connect()
        zoom.fault("users_me", "hold")
        zoom.fault("get", "delay", seconds=60)
        paths = ("meetings/1", "users/me")
        threads = [threading.Thread(target=_ignore_the_end, args=(pair, zoom, path)) for path in paths]
        for thread in threads:
            thread.start()
        zoom.wait_until_held()
        started = time.monotonic()
        zoom.stop()
        assert time.monotonic() - started < 20
        for thread in threads:
            thread.join(TIMEOUT)
        app.http.close()


def test_the_home_page_shows_and_switches(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    app.create(pair, topic="Talk <b>")
    page = app.http.get(zoom.url, timeout=TIMEOUT).text
    for text in ("The Zoom simulator", "jill@example.com", "Talk &lt;b&gt;", "everything works"):
        assert text in page
    assert app.http.get(f"{zoom.url}/style.css", timeout=TIMEOUT).headers["Content-Type"].startswith("text/css")
    assert "status on *" in app.http.post(f"{zoom.url}/switches/down", timeout=TIMEOUT).text
    assert app.api(pair, "GET", "users/me").status_code == 503
    assert app.http.get(app.authorize_url(), timeout=TIMEOUT).status_code == 503
    app.http.post(f"{zoom.url}/switches/normal", timeout=TIMEOUT)
    app.http.post(f"{zoom.url}/switches/users/jill/deauthorize", timeout=TIMEOUT)
    assert app.api(pair, "GET", "users/me").status_code == 401


def test_users_can_be_added_and_changed(app: App, zoom: ZoomSimulator) -> None:
    zoom.add_user(email="new@example.com", type=1)
    zoom.change_user("new", status="inactive")
    me = app.api(app.connect("new"), "GET", "users/me").json()
    assert (me["email"], me["type"], me["status"]) == ("new@example.com", 1, "inactive")


def test_unknown_paths_and_methods_are_refused(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    assert app.api(pair, "GET", "webinars").status_code == 404
    assert app.api(pair, "DELETE", "users/me").status_code == 405
    assert app.http.get(f"{zoom.url}/oauth/token", timeout=TIMEOUT).status_code == 405


def _refresh(zoom: ZoomSimulator, pair: dict[str, str]) -> requests.Response:
    return App(zoom).refresh(pair)


def _ignore_the_end(pair: dict[str, str], zoom: ZoomSimulator, path: str) -> None:
    with contextlib.suppress(requests.ConnectionError):
        App(zoom).api(pair, "GET", path)
