"""An owner's endpoints: what can be added and changed, and by whom."""

import pytest
from django.core.exceptions import ValidationError

from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Endpoint, EventType
from tests.okey.webhooks.receivers import failing_for

pytestmark = pytest.mark.django_db

URL = "https://example.com/hook"


def add(owner: Owner, url: str = URL, **changes: object) -> Endpoint:
    return endpoints.add(owner=owner, url=url, **{"events": ["meeting.cancelled"], **changes})  # type: ignore[arg-type]


def refused(**fields: object) -> list[str]:
    with pytest.raises(ValidationError) as error:
        endpoints.add(**fields)  # type: ignore[arg-type]
    return list(error.value.message_dict)


def test_events_are_kept_in_their_own_order_and_once(alice: Owner) -> None:
    endpoint = add(alice, events=["meeting.cancelled", "meeting.scheduled", "meeting.cancelled"], description=" a\n b ")
    assert (endpoint.events, endpoint.description) == ("meeting.scheduled meeting.cancelled", "a b")
    assert sum(len(event) + 1 for event in EventType.values) <= Endpoint._meta.get_field("events").max_length  # type: ignore[operator]


def test_what_is_wrong_is_named_by_field(alice: Owner) -> None:
    assert refused(owner=alice, url="nonsense", events=[], description="x" * 101) == ["url", "events", "description"]
    assert refused(owner=alice, url=URL, events=["meeting.scheduled", "meeting.eaten"]) == ["events"]
    add(alice)
    assert refused(owner=alice, url=URL, events=["meeting.scheduled"]) == ["url"]


def test_another_owner_may_use_the_same_address(alice: Owner, bob: Owner) -> None:
    assert add(alice).pk != add(bob).pk


def test_there_are_ten_at_most(alice: Owner) -> None:
    for number in range(10):
        add(alice, f"{URL}/{number}")
    assert refused(owner=alice, url=URL, events=["meeting.scheduled"]) == ["url"]


def test_a_change_leaves_what_is_not_named_and_the_secret(alice: Owner) -> None:
    endpoint = add(alice, description="ours")
    changed = endpoints.change(owner=alice, endpoint_id=endpoint.pk, events=["connection.connected"])
    assert (changed.url, changed.events, changed.description) == (URL, "connection.connected", "ours")
    assert changed.opened("secret") == endpoint.opened("secret")


def test_another_address_is_judged_anew_and_the_same_one_is_not(alice: Owner) -> None:
    endpoint = add(alice)
    failing_for(endpoint, days=2)
    assert endpoints.change(owner=alice, endpoint_id=endpoint.pk, description="x").state == Endpoint.State.FAILING
    changed = endpoints.change(owner=alice, endpoint_id=endpoint.pk, url=f"{URL}/new")
    assert (changed.state, changed.failures) == (Endpoint.State.ACTIVE, 0)


@pytest.mark.parametrize(
    "act", [endpoints.change, endpoints.remove, endpoints.switch_off, endpoints.switch_on, endpoints.rotate]
)
def test_a_stranger_can_do_nothing_with_it(act, alice: Owner, charlie: Owner) -> None:  # type: ignore[no-untyped-def]
    endpoint = add(alice)
    before = Endpoint.objects.filter(pk=endpoint.pk).values().get()
    with pytest.raises(Endpoint.DoesNotExist):
        act(owner=charlie, endpoint_id=endpoint.pk)
    assert Endpoint.objects.filter(pk=endpoint.pk).values().get() == before
