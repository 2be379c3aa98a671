"""`manage.py make_token`: an API token without a page, by the same rules."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from okey.api import tokens
from okey.api.models import ApiToken
from okey.owners.models import Owner

pytestmark = pytest.mark.django_db


def make(*arguments: str) -> str:
    printed = StringIO()
    call_command("make_token", *arguments, stdout=printed)
    return printed.getvalue()


def test_it_prints_a_token_that_works_and_nothing_else(alice: Owner, bob: Owner) -> None:
    printed = make("Alice@example.com", "schedule", "read", "--name", "n8n")
    token = tokens.authenticate(printed.removesuffix("\n"))
    assert token is not None
    assert (token.owner, token.name, token.scopes) == (alice, "n8n", "read schedule")


@pytest.mark.usefixtures("clock_stands")
def test_it_works_for_ninety_days_or_as_many_as_are_asked_for(alice: Owner) -> None:
    make(alice.email, "read")
    make(alice.email, "read", "--days", "3")
    ends = ApiToken.objects.order_by("expires_at").values_list("expires_at", flat=True)
    assert list(ends) == [timezone.now() + timedelta(days=days) for days in (3, 90)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody@example.com", "read"), "No owner who may sign in has this address: nobody@example.com"),
        (("alice@example.com",), "the following arguments are required: scopes"),
        (("alice@example.com", "everything"), "invalid choice: 'everything'"),
        (("alice@example.com", "read", "--days", "0"), "This time is in the past."),
        (("alice@example.com", "read", "--name", " "), "Give the token a name"),
    ],
)
def test_what_is_wrong_is_named_and_no_token_made(alice: Owner, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        make(*arguments)
    assert not ApiToken.objects.exists()


def test_an_owner_who_may_not_sign_in_gets_none(alice: Owner) -> None:
    Owner.objects.update(is_active=False)
    with pytest.raises(CommandError, match="No owner who may sign in"):
        make(alice.email, "read")


def test_one_more_than_there_may_be_is_refused(alice: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_TOKENS", 1)
    make(alice.email, "read")
    with pytest.raises(CommandError, match="Revoke one first"):
        make(alice.email, "read")
