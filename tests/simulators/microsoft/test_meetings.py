"""Graph: who I am, and my online meetings; and the faults that are Microsoft's."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import time_machine

from tests.microsoft_simulator import MicrosoftSimulator
from tests.simulators.microsoft.app import CARLA, CONTOSO, GUEST, TIMEOUT, App, graph_error, meeting

DAY = 24 * 3600
CLAIMS = json.dumps({"access_token": {"nbf": {"essential": True, "value": "1604106651"}}})


def test_me_says_who_it_is_and_may_have_no_mail(app: App) -> None:
    carla, lina = (app.api(app.connect(user), "GET", "me").json() for user in ("carla", "lina"))
    assert carla.items() >= {"id": CARLA, "displayName": "Carla Contoso", "mail": "carla@contoso.example.com"}.items()
    assert (lina["mail"], lina["userPrincipalName"]) == (None, "lina@contoso.example.com")


def test_the_organization_says_which_tenant_it_is_and_a_personal_account_has_none(app: App) -> None:
    carla, pat = (app.api(app.connect(*who), "GET", "organization").json() for who in (("carla",), ("pat", "common")))
    assert [one["id"] for one in carla["value"]] == [CONTOSO]
    assert pat["value"] == []


def test_create_or_get_makes_one_and_then_gives_it_again_unchanged(app: App, microsoft: MicrosoftSimulator) -> None:
    tokens = app.connect()
    first = app.create(tokens)
    again = app.create(tokens, startDateTime="2041-05-01T10:00:00Z", endDateTime="2041-05-01T11:00:00Z", subject="Else")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert first.json()["startDateTime"] == "2040-05-01T10:00:00.0000000Z"
    assert first.json()["externalId"] == "okey-1"
    assert app.create(tokens, externalId="okey-2").json()["joinWebUrl"] != first.json()["joinWebUrl"]
    assert app.http.get(first.json()["joinWebUrl"], timeout=TIMEOUT).status_code == 200
    assert len(microsoft.meetings()) == 2


def test_two_people_with_one_external_id_have_two_meetings(app: App, microsoft: MicrosoftSimulator) -> None:
    assert [app.create(app.connect(user)).status_code for user in ("carla", "lina")] == [201, 201]
    assert [made["who"].partition("@")[0] for made in microsoft.meetings()] == ["carla", "lina"]


def test_other_properties_are_ignored_when_creating(app: App) -> None:
    answer = app.create(app.connect(), lobbyBypassSettings={"scope": "everyone"}, nonsense=1)
    assert answer.json()["lobbyBypassSettings"]["scope"] == "organization"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"externalId": None}, 400),
        ({"startDateTime": None}, 400),
        ({"endDateTime": "2040-05-01T09:00:00Z"}, 400),
        ({"startDateTime": "tomorrow"}, 400),
        ({"startDateTime": "2040-05-01T10:00:00"}, 400),
        ({"endDateTime": None}, 201),
        ({"startDateTime": None, "endDateTime": None}, 201),
        ({"startDateTime": "2040-05-01T11:00:00.0000000+02:00"}, 201),
    ],
)
def test_times_come_as_a_pair_or_not_at_all(app: App, changes: dict[str, Any], status: int) -> None:
    assert app.create(app.connect(), **changes).status_code == status


def test_a_meeting_changes_only_as_it_may(app: App) -> None:
    tokens = app.connect()
    made = app.create(tokens).json()
    moved = {"startDateTime": "2040-06-01T10:00:00Z", "endDateTime": "2040-06-01T11:00:00Z", "subject": "Else"}
    answer = app.change(tokens, made["id"], **moved)
    assert (answer.status_code, answer.json()["subject"]) == (200, "Else")
    assert answer.json()["joinWebUrl"] == made["joinWebUrl"]
    assert app.api(tokens, "GET", f"me/onlineMeetings/{made['id']}").json() == answer.json()
    for wrong in (
        {"startDateTime": "2040-06-01T10:00:00Z"},
        {"participants": {"organizer": {}}},
        {"joinMeetingIdSettings": {"isPasscodeRequired": False}},
        {"externalId": "other"},
        {"lobbyBypassSettings": {"scope": "nobody"}},
    ):
        assert app.change(tokens, made["id"], **wrong).status_code == 400
    assert graph_error(app.change(app.connect("lina"), made["id"], **moved)) == (404, "NotFound")


@pytest.mark.parametrize(("user", "effective"), [("carla", "everyone"), ("lina", "organization")])
def test_the_lobby_is_as_the_policy_lets_it(app: App, user: str, effective: str) -> None:
    tokens = app.connect(user)
    made = app.create(tokens).json()
    changed = app.change(tokens, made["id"], lobbyBypassSettings={"scope": "everyone"}).json()
    assert changed["lobbyBypassSettings"]["scope"] == effective


def test_a_meeting_is_found_by_its_link_and_there_is_no_list(app: App) -> None:
    tokens = app.connect()
    made = app.create(tokens).json()
    url = requests.utils.quote(made["joinWebUrl"], safe="")
    found = app.api(tokens, "GET", f"me/onlineMeetings?$filter=JoinWebUrl%20eq%20'{url}'").json()
    assert [item["id"] for item in found["value"]] == [made["id"]]
    assert app.api(tokens, "GET", "me/onlineMeetings").status_code == 400


def test_a_deleted_meeting_is_gone(app: App, microsoft: MicrosoftSimulator) -> None:
    tokens = app.connect()
    made = app.create(tokens).json()
    assert app.api(tokens, "DELETE", f"me/onlineMeetings/{made['id']}").status_code == 204
    assert app.api(tokens, "DELETE", f"me/onlineMeetings/{made['id']}").status_code == 404
    assert app.http.get(made["joinWebUrl"], timeout=TIMEOUT).status_code == 404
    assert microsoft.meetings() == []


def test_a_plain_create_is_refused_an_external_id(app: App) -> None:
    tokens = app.connect()
    assert app.api(tokens, "POST", "me/onlineMeetings", meeting()).status_code == 400
    assert app.api(tokens, "POST", "me/onlineMeetings", meeting(externalId=None)).status_code == 201


# Links


@pytest.mark.parametrize("style", ["short", "long"])
def test_a_link_opens_to_the_letter_only(app: App, microsoft: MicrosoftSimulator, style: str) -> None:
    microsoft.settings(join_style=style)
    url = app.create(app.connect()).json()["joinWebUrl"]
    assert ("/l/meetup-join/19%3ameeting_" in url) == (style == "long")
    assert app.http.get(url, timeout=TIMEOUT).status_code == 200
    assert app.http.get(url.partition("?")[0], timeout=TIMEOUT).status_code == 404


def test_links_can_be_on_other_hosts(app: App, microsoft: MicrosoftSimulator) -> None:
    microsoft.settings(join_base="https://teams.cloud.microsoft")
    assert app.create(app.connect()).json()["joinWebUrl"].startswith("https://teams.cloud.microsoft/meet/")


def test_the_simulators_clock_is_the_tests(app: App, microsoft: MicrosoftSimulator) -> None:
    with time_machine.travel(datetime(2051, 1, 1, tzinfo=UTC)):
        microsoft.reset()
        app.create(app.connect())
    [made] = microsoft.meetings()
    assert made["dies_at"] == pytest.approx(datetime(2051, 3, 2, tzinfo=UTC).timestamp(), abs=3600)


def test_a_link_dies_sixty_days_after_the_meeting_unless_that_is_moved(app: App, microsoft: MicrosoftSimulator) -> None:
    tokens = app.connect()
    made, moved = (app.create(tokens, externalId=name, **_at(0)).json() for name in ("one", "two"))
    app.change(tokens, moved["id"], **_at(40))
    microsoft.advance(61 * DAY)
    assert app.http.get(made["joinWebUrl"], timeout=TIMEOUT).status_code == 410
    assert app.http.get(moved["joinWebUrl"], timeout=TIMEOUT).status_code == 200
    microsoft.advance(41 * DAY)
    assert app.http.get(moved["joinWebUrl"], timeout=TIMEOUT).status_code == 410


# Refusals


def test_without_teams_and_as_a_guest_the_refusal_has_no_words(app: App) -> None:
    for user in ("noel", GUEST):
        answer = app.create(app.connect(user))
        assert graph_error(answer) == (403, "Forbidden")
        assert answer.json()["error"]["message"] == ""
    assert graph_error(app.create(app.connect("pat", "common"))) == (403, "Forbidden")


def test_a_missing_permission_and_a_token_that_is_not_good_are_told_apart(
    app: App, microsoft: MicrosoftSimulator
) -> None:
    bare, tokens = app.connect(scope="openid offline_access User.Read"), app.connect()
    assert graph_error(app.create(bare)) == (403, "Authorization_RequestDenied")
    microsoft.advance(5401)
    assert graph_error(app.create(tokens)) == (401, "InvalidAuthenticationToken")
    assert graph_error(app.create({"access_token": "none"})) == (401, "InvalidAuthenticationToken")


def test_graph_can_ask_for_claims(app: App, microsoft: MicrosoftSimulator) -> None:
    tokens = app.connect()
    microsoft.change_user("carla", challenge=CLAIMS, graph_challenge=True)
    answer = app.create(app.refresh(tokens).json())
    assert answer.status_code == 401
    header = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in header
    assert f'claims="{base64.b64encode(CLAIMS.encode()).decode()}"' in header
    app.connect(claims=CLAIMS)
    assert app.create(tokens).status_code == 201


@pytest.mark.parametrize(("kind", "after"), [("throttled", "7"), ("throttled_silently", None)])
def test_throttling_says_for_how_long_or_does_not(
    app: App, microsoft: MicrosoftSimulator, kind: str, after: str | None
) -> None:
    tokens = app.connect()
    microsoft.fault("create", kind, seconds=7)
    answer = app.create(tokens)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, after)
    assert app.create(tokens).status_code == 201


@pytest.mark.parametrize(("kind", "status"), [("status", 503), ("html", 503), ("empty", 200), ("bad_json", 200)])
@pytest.mark.parametrize("operation", ["exchange", "refresh", "me", "create", "update", "delete"])
def test_every_operation_can_fail(
    app: App, microsoft: MicrosoftSimulator, operation: str, kind: str, status: int
) -> None:
    tokens, code = app.connect(), app.code("lina")
    made = app.create(tokens).json()
    calls = {
        "exchange": lambda: app.exchange(code),
        "refresh": lambda: app.refresh(tokens),
        "me": lambda: app.api(tokens, "GET", "me"),
        "create": lambda: app.create(tokens),
        "update": lambda: app.change(tokens, made["id"], subject="Else"),
        "delete": lambda: app.api(tokens, "DELETE", f"me/onlineMeetings/{made['id']}"),
    }
    microsoft.fault(operation, kind)
    assert calls[operation]().status_code == status
    assert calls[operation]().ok


def test_a_create_whose_answer_is_lost_can_be_repeated(app: App, microsoft: MicrosoftSimulator) -> None:
    tokens = app.connect()
    microsoft.fault("create", "drop_after")
    with pytest.raises(requests.ConnectionError):
        app.create(tokens)
    assert app.create(tokens).status_code == 200
    assert len(microsoft.meetings()) == 1
    [hit] = microsoft.state("faults_hit")["faults_hit"]
    assert hit["subject"] == "okey-1"


# The process


def test_what_microsoft_knows_survives_kill_9() -> None:
    parts = ("tenants", "users", "grants", "consents", "meetings", "secrets")
    with MicrosoftSimulator() as microsoft:
        app = App(microsoft)
        tokens, code = app.connect(), app.code("lina")
        made = app.create(tokens).json()
        microsoft.change_tenant("contoso.example.com", user_consent="admin")
        before = microsoft.state(*parts)
        microsoft.kill()
        microsoft.start()
        assert microsoft.state(*parts) == before
        assert app.refresh(tokens).status_code == 200
        assert app.create(tokens).json() == made
        assert app.exchange(code).status_code == 200
        app.http.close()


def test_the_home_page_shows_and_switches(app: App, microsoft: MicrosoftSimulator) -> None:
    app.create(app.connect(), subject="Talk <b>")
    page = app.http.get(microsoft.url, timeout=TIMEOUT).text
    for text in ("The Microsoft simulator", "fred@fabrikam.example.com", "Talk &lt;b&gt;", "everything works"):
        assert text in page
    app.http.post(f"{microsoft.url}/switches/users/carla/deauthorize", timeout=TIMEOUT)
    assert microsoft.grants() == []


def test_a_reset_forgets_what_a_tenant_was_told(app: App, microsoft: MicrosoftSimulator) -> None:
    microsoft.change_tenant("fabrikam.example.com", user_consent="allowed", admin_consented=["User.Read"])
    microsoft.reset()
    tenants = {tenant["domain"]: tenant for tenant in microsoft.state("tenants")["tenants"]}
    assert tenants["fabrikam.example.com"]["user_consent"] == "admin"
    assert tenants["fabrikam.example.com"]["admin_consented"] == []


def _at(days: int) -> dict[str, str]:
    """Half an hour on a day so many days from now, by the clock of this machine."""
    start = datetime.now(UTC) + timedelta(days=days)
    text = "%Y-%m-%dT%H:%M:%SZ"
    return {"startDateTime": start.strftime(text), "endDateTime": (start + timedelta(minutes=30)).strftime(text)}
