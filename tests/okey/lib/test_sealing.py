"""What a sealed column gives away: nothing, to anyone but its own row with one of our keys."""

import copy
import pickle
import traceback
import uuid
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import transaction
from django.forms import modelform_factory
from django.forms.models import model_to_dict
from pytest_django import Settings

from integrations.models import AuthorizationAttempt, ProviderAccount
from okey.lib.sealing import CannotOpen, Sealed, key_id, seal
from okey.owners.models import Owner

SECRET = "zoom-secret-Ägypten-0123456789"
OTHER_KEY = bytes(range(100, 132))


@pytest.fixture
def account() -> ProviderAccount:
    """Unsaved, but with its key: sealing needs no more."""
    return ProviderAccount(vendor="zoom", external_id="jill")


@pytest.fixture
def sealed(account: ProviderAccount) -> Sealed:
    return account.seal("tokens", SECRET)


@pytest.fixture
def stored(db: None, account: ProviderAccount, sealed: Sealed) -> ProviderAccount:
    account.tokens = sealed
    account.save()
    return ProviderAccount.objects.get(pk=account.pk)


# --- Opening ---------------------------------------------------------------------------------------------


def test_a_row_opens_what_was_sealed_for_it(stored: ProviderAccount) -> None:
    assert stored.opened("tokens") == SECRET


def test_nothing_sealed_opens_as_nothing(account: ProviderAccount) -> None:
    assert account.opened("tokens") == ""


def test_the_same_secret_is_sealed_differently_each_time(account: ProviderAccount) -> None:
    assert account.seal("tokens", SECRET) != account.seal("tokens", SECRET)


@pytest.mark.django_db
def test_a_ciphertext_copied_to_another_row_does_not_open(stored: ProviderAccount) -> None:
    thief = ProviderAccount.objects.create(vendor="zoom", external_id="thief")
    ProviderAccount.objects.filter(pk=thief.pk).update(tokens=stored.tokens)
    thief.refresh_from_db()
    with pytest.raises(CannotOpen):
        thief.opened("tokens")


def test_a_ciphertext_copied_to_another_column_of_the_row_does_not_open() -> None:
    attempt = AuthorizationAttempt()
    attempt.code = Sealed(attempt.seal("tokens", SECRET).ciphertext, place=attempt.seal("code", "").place)
    with pytest.raises(CannotOpen):
        attempt.opened("code")


def test_a_ciphertext_copied_to_another_table_does_not_open(account: ProviderAccount, sealed: Sealed) -> None:
    attempt = AuthorizationAttempt(pk=account.pk)
    attempt.tokens = Sealed(sealed.ciphertext, place=attempt.seal("tokens", "").place)
    with pytest.raises(CannotOpen):
        attempt.opened("tokens")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:],
        lambda text: text[:20],
        lambda text: text.partition(".")[0] + ".",
        lambda text: text.partition(".")[2],
        lambda text: "00000000." + text.partition(".")[2],
        lambda text: text.partition(".")[0] + ".ä" + text,
        lambda _text: "",
    ],
)
def test_a_changed_ciphertext_does_not_open(account: ProviderAccount, sealed: Sealed, spoil: Any) -> None:
    with pytest.raises(CannotOpen):
        Sealed(spoil(sealed.ciphertext), place=sealed.place).open(row=account.pk)


def test_reading_rows_decrypts_nothing(stored: ProviderAccount, settings: Settings) -> None:
    settings.OKEY_ENCRYPTION_KEYS = (OTHER_KEY,)
    [row] = ProviderAccount.objects.all()
    assert isinstance(row.tokens, Sealed)
    with pytest.raises(CannotOpen):
        row.opened("tokens")


# --- Writing ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("value", [SECRET, "", b"bytes", 5, {"a": 1}])
def test_a_column_refuses_what_is_not_sealed(stored: ProviderAccount, value: Any) -> None:
    with pytest.raises(TypeError, match="takes only what seal"), transaction.atomic():
        ProviderAccount.objects.update(tokens=value)
    with pytest.raises(TypeError, match="takes only what seal"), transaction.atomic():
        ProviderAccount.objects.create(vendor="zoom", external_id="new", tokens=value)
    assert ProviderAccount.objects.get().opened("tokens") == SECRET


@pytest.mark.django_db
def test_a_column_refuses_what_was_sealed_for_another_column(alice: Owner) -> None:
    attempt = AuthorizationAttempt(owner=alice, provider="zoom", state_hash="x")
    attempt.code = attempt.seal("tokens", SECRET)
    with pytest.raises(TypeError):
        attempt.save()


def test_the_refusal_does_not_quote_the_secret(account: ProviderAccount) -> None:
    account.tokens = SECRET
    with pytest.raises(TypeError) as refusal:
        ProviderAccount._meta.get_field("tokens").get_prep_value(account.tokens)
    assert SECRET not in "".join(traceback.format_exception(refusal.value))


def test_saving_an_old_copy_puts_no_old_tokens_back(stored: ProviderAccount) -> None:
    old_copy = ProviderAccount.objects.get()
    newer = stored.seal("tokens", "newer")
    ProviderAccount.objects.update(tokens=newer)
    old_copy.display_name = "Changed in the admin"
    old_copy.save()
    stored.refresh_from_db()
    assert (stored.opened("tokens"), stored.display_name) == ("newer", "Changed in the admin")


@pytest.mark.parametrize("fields", [["tokens"], {"email", "tokens"}, ("tokens", "state")])
def test_saving_a_sealed_column_by_name_is_refused(stored: ProviderAccount, fields: Any) -> None:
    with pytest.raises(FieldError):
        stored.save(update_fields=fields)


def test_saving_other_columns_by_name_is_not(stored: ProviderAccount) -> None:
    stored.email = "jill@example.com"
    stored.save(update_fields=["email"])
    assert ProviderAccount.objects.get(email="jill@example.com").opened("tokens") == SECRET


def test_update_or_create_leaves_sealed_columns_alone(stored: ProviderAccount) -> None:
    ProviderAccount.objects.update_or_create(vendor="zoom", external_id="jill", defaults={"email": "j@example.com"})
    assert ProviderAccount.objects.get(email="j@example.com").opened("tokens") == SECRET


# --- Leaks -----------------------------------------------------------------------------------------------


def test_no_text_made_of_it_shows_the_secret(stored: ProviderAccount, sealed: Sealed) -> None:
    texts = [
        repr(sealed),
        str(sealed),
        f"{sealed}",
        "%s %r" % (sealed, [sealed]),  # noqa: UP031 -- as a log line does it
        repr(vars(stored)),
        repr(model_to_dict(stored)),
        serializers.serialize("json", [stored]),
    ]
    for text in texts:
        assert SECRET not in text
        assert sealed.ciphertext not in text


def test_a_pickle_or_a_copy_holds_the_ciphertext_only(sealed: Sealed, account: ProviderAccount) -> None:
    pickled = pickle.dumps(sealed)
    assert SECRET.encode() not in pickled
    assert pickle.loads(pickled).open(row=account.pk) == SECRET  # noqa: S301 -- made one line above
    assert copy.deepcopy(sealed) == sealed


def test_the_error_of_one_that_does_not_open_shows_neither_secret_nor_ciphertext_nor_key(
    sealed: Sealed, settings: Settings
) -> None:
    with pytest.raises(CannotOpen) as error:
        sealed.open(row=uuid.uuid4())
    text = "".join(traceback.format_exception(error.value))
    assert SECRET not in text
    assert sealed.ciphertext not in text
    assert repr(settings.OKEY_ENCRYPTION_KEYS[0]) not in text


def test_no_form_offers_a_sealed_column() -> None:
    assert "tokens" not in modelform_factory(ProviderAccount, fields="__all__").base_fields


@pytest.mark.django_db
def test_a_dump_loads_again_without_its_secrets() -> None:
    attempt = AuthorizationAttempt(provider="zoom")
    attempt.code = attempt.seal("code", SECRET)
    dump = serializers.serialize("json", [attempt])
    [loaded] = serializers.deserialize("json", dump)
    assert loaded.object.code is None


# --- Keys ------------------------------------------------------------------------------------------------


def test_an_older_key_still_opens_and_only_the_newest_seals(
    account: ProviderAccount, sealed: Sealed, settings: Settings
) -> None:
    [old_key] = settings.OKEY_ENCRYPTION_KEYS
    settings.OKEY_ENCRYPTION_KEYS = (OTHER_KEY, old_key)
    assert sealed.open(row=account.pk) == SECRET
    assert not sealed.is_newest
    new = seal(ProviderAccount, "tokens", SECRET, row=account.pk)
    assert new.ciphertext.startswith(key_id(OTHER_KEY) + ".")
    assert new.is_newest
    settings.OKEY_ENCRYPTION_KEYS = (OTHER_KEY,)
    assert new.open(row=account.pk) == SECRET
    with pytest.raises(CannotOpen):
        sealed.open(row=account.pk)
