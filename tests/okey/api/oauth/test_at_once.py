"""Of what comes at one moment nobody loses what the owner allowed. On both databases."""

from dataclasses import replace

import pytest
from django.test import Client

from okey.api.models import Grant, GrantToken
from tests.meetings.api.test_one_key_many_requests import at_once
from tests.okey.api.oauth.app import App

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = 4


def test_refreshes_at_once_have_one_successor_and_all_work(alice_client: Client) -> None:
    app = App(alice_client)
    tokens = app.sign_in()
    programs = [replace(app, program=Client()) for _ in range(CALLS)]
    calls = [lambda one=one: one.refresh(tokens["refresh_token"]) for one in programs]
    answers = [answer.json() for answer in at_once(iter(calls), CALLS)]  # type: ignore[attr-defined]
    assert len({answer["refresh_token"] for answer in answers}) == 1
    assert {app.me(answer["access_token"]).status_code for answer in answers} == {200}
    assert GrantToken.objects.filter(kind="refresh").count() == 2
    assert Grant.objects.valid().count() == 1
    assert app.refresh(answers[0]["refresh_token"]).status_code == 200
