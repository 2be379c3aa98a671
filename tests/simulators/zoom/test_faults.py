"""Each fault, as a client meets it."""

import threading
from typing import Any

import pytest
import requests

from tests.simulators.zoom.app import TIMEOUT, App
from tests.zoom_simulator import ZoomSimulator


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ({"kind": "status", "status": 502}, 502, "not available"),
        ({"kind": "status", "status": 400, "body": {"code": 200, "message": "Only paid"}}, 400, "Only paid"),
        ({"kind": "xml"}, 503, "<error>"),
        ({"kind": "empty"}, 200, ""),
        ({"kind": "bad_json"}, 200, '{"access_token": "eyJ0'),
        ({"kind": "rate_limit_second"}, 429, "per-second"),
        ({"kind": "rate_limit_daily"}, 429, "resume these requests at GMT 00:00:00"),
    ],
)
def test_a_false_answer_comes_once_and_nothing_was_done(
    app: App, zoom: ZoomSimulator, fault: dict[str, Any], status: int, text: str
) -> None:
    pair = app.connect()
    zoom.fault("create", **fault)
    answer = app.create(pair)
    assert answer.status_code == status
    assert text in answer.text
    assert "Retry-After" not in answer.headers
    assert zoom.meetings() == []
    assert app.create(pair).status_code == 201
    assert zoom.state("counters")["counters"]["create"] == {"calls": 2, "ok": 1}


def test_retry_after_is_seconds_a_date_or_what_one_likes(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    zoom.fault("users_me", "retry_after", seconds=7)
    zoom.fault("users_me", "retry_after", date=True)
    zoom.fault("users_me", "retry_after", headers={"Retry-After": "2040-05-31T00:00:00Z"})
    after = [app.api(pair, "GET", "users/me").headers["Retry-After"] for _ in range(3)]
    assert after[0] == "7"
    assert after[1].endswith("Z")
    assert after[2] == "2040-05-31T00:00:00Z"


def test_dropped_before_nothing_happens_and_dropped_after_it_has_happened(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    zoom.fault("create", "drop_before")
    with pytest.raises(requests.ConnectionError):
        app.create(pair)
    assert zoom.meetings() == []
    zoom.fault("create", "drop_after")
    with pytest.raises(requests.ConnectionError):
        app.create(pair)
    assert len(zoom.meetings()) == 1


def test_a_refresh_whose_answer_was_dropped_is_counted_as_lost(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    zoom.fault("refresh", "drop_after")
    with pytest.raises(requests.ConnectionError):
        app.refresh(pair)
    assert app.refresh(pair).status_code == 400
    [lost] = zoom.lost_refreshes()
    assert (lost["how"], lost["user"], lost["pair_no"]) == ("drop_after", "jillLicensed0000000000", 2)


@pytest.mark.parametrize("status", [500, 503, 504])
def test_work_can_be_done_before_a_false_answer(app: App, zoom: ZoomSimulator, status: int) -> None:
    pair = app.connect()
    zoom.fault("create", "status", status=status, after=True)
    assert app.create(pair).status_code == status
    assert len(zoom.meetings()) == 1
    assert [lost["operation"] for lost in zoom.state("lost_answers")["lost_answers"]] == ["create"]
    [hit] = zoom.state("faults_hit")["faults_hit"]
    assert (hit["kind"], hit["status"], hit["after"]) == ("status", status, True)


def test_a_delay_answers_in_the_end(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    zoom.fault("users_me", "delay", seconds=0.2)
    answer = app.api(pair, "GET", "users/me")
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.2


def test_a_dripping_answer_outlives_a_read_timeout_and_ends_with_the_client(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    zoom.fault("users_me", "drip", seconds=0.05)
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    with requests.get(f"{zoom.url}/v2/users/me", headers=headers, stream=True, timeout=TIMEOUT) as answer:
        assert answer.status_code == 200
        assert next(answer.iter_content(1)) == b"{"
    [lost] = zoom.wait_for_lost_answers()
    assert (lost["operation"], lost["how"]) == ("users_me", "client gone")


@pytest.mark.parametrize(("after", "meetings_meanwhile"), [(False, 0), (True, 1)])
def test_a_held_call_waits_until_it_is_released(
    app: App, zoom: ZoomSimulator, after: bool, meetings_meanwhile: int
) -> None:
    pair = app.connect()
    zoom.fault("create", "hold", after=after)
    answers: list[requests.Response] = []
    thread = threading.Thread(target=lambda: answers.append(app.create(pair)))
    thread.start()
    assert zoom.wait_until_held() == ["create"]
    assert zoom.state("held")["held"] == ["create"]
    assert len(zoom.meetings()) == meetings_meanwhile
    assert zoom.release() == 1
    thread.join(TIMEOUT)
    assert [answer.status_code for answer in answers] == [201]


def test_a_client_that_left_while_its_call_was_held_lost_the_answer(app: App, zoom: ZoomSimulator) -> None:
    pair = app.connect()
    zoom.fault("refresh", "hold", after=True)
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    auth = (zoom.client_id, zoom.client_secret)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{zoom.url}/oauth/token", data=form, auth=auth, timeout=(5, 0.1))
    zoom.wait_until_held()
    zoom.release()
    [lost] = zoom.wait_for_lost_answers()
    assert (lost["operation"], lost["how"], lost["pair_no"]) == ("refresh", "client gone", 2)


@pytest.mark.parametrize(
    ("fault", "jill", "ben"),
    [
        ({"times": None}, [503, 503, 503], [503]),
        ({"times": 2}, [503, 503, 200], [200]),
        ({"times": None, "user": "jillLicensed0000000000"}, [503, 503, 503], [200]),
        ({"times": None, "probability": 0}, [200, 200, 200], [200]),
    ],
)
def test_a_fault_can_be_limited(
    app: App, zoom: ZoomSimulator, fault: dict[str, Any], jill: list[int], ben: list[int]
) -> None:
    pairs = {"jill": app.connect("jill"), "ben": app.connect("ben")}
    zoom.fault("users_me", "status", **fault)
    assert [app.api(pairs["jill"], "GET", "users/me").status_code for _ in jill] == jill
    assert [app.api(pairs["ben"], "GET", "users/me").status_code for _ in ben] == ben


@pytest.mark.parametrize("operation", ["exchange", "refresh", "revoke", "authorize"])
def test_the_oauth_endpoints_can_fail_too(app: App, zoom: ZoomSimulator, operation: str) -> None:
    pair, code = app.connect(), app.code("ben")
    zoom.fault(operation, "status", status=500)
    calls = {
        "exchange": lambda: app.exchange(code),
        "refresh": lambda: app.refresh(pair),
        "revoke": lambda: app.revoke(pair),
        "authorize": lambda: app.http.get(app.authorize_url(), timeout=TIMEOUT),
    }
    assert calls[operation]().status_code == 500
    assert calls[operation]().status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"on": "create", "kind": "explode"},
        {"on": "lunch", "kind": "status"},
        {"on": "create"},
        {"on": "create", "kind": "status", "tmes": 3},
    ],
)
def test_a_fault_that_nobody_could_mean_is_refused(zoom: ZoomSimulator, fault: dict[str, Any]) -> None:
    answer = requests.post(f"{zoom.url}/_simulator/faults", json=fault, timeout=TIMEOUT)
    assert answer.status_code == 400
