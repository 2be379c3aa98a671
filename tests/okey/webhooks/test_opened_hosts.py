"""What an operator opens (OKEY_WEBHOOK_HOSTS), and only that, may be called in private networks and by plain http."""

import socket
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from okey.lib.environment import OpenedHosts, webhook_hosts
from okey.owners.models import Owner
from okey.webhooks import addresses
from okey.webhooks.models import Delivery, Endpoint
from tests.okey.webhooks.receivers import Receiver, answer, deliver, endpoint_at, scheduled

Trouble = Delivery.Trouble


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Names by what they lead to; the rest is looked up as ever."""
    names: dict[str, str] = {}
    real = socket.getaddrinfo

    def lookup(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        return real(names.get(host, host), port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return names


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were really connected to; nobody answers there."""
    found: list[str] = []

    def connect(address: Any, *_args: Any, **_kwargs: Any) -> Any:
        found.append(address[0])
        raise OSError("unreachable")

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    return found


def opens(settings: Settings, text: str) -> None:
    settings.OKEY_WEBHOOK_HOSTS = webhook_hosts(text)


def test_names_addresses_and_networks_are_read() -> None:
    hosts = webhook_hosts(" n8n, Hooks.Internal. ,10.1.0.0/16,192.168.0.7, fd00:1::/32 ")
    assert str(hosts) == "hooks.internal, n8n, 10.1.0.0/16, 192.168.0.7/32, fd00:1::/32"
    assert webhook_hosts("") != hosts
    assert not webhook_hosts("")
    assert webhook_hosts("") == OpenedHosts()


@pytest.mark.parametrize(
    "text",
    ["*", "*.internal", "http://n8n", "n8n:5678", "10.1.0.1/16", "0.0.0.0/0", "::/0", "localhost", "1.2.3", "a b"],
)
def test_what_would_open_too_much_or_nothing_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OKEY_WEBHOOK_HOSTS"):
        webhook_hosts(text)


@pytest.mark.parametrize(
    "url",
    [
        "http://n8n:5678/webhook/okey",
        "https://n8n/",
        "http://N8N/",
        "http://h/http://h",
        "http://10.1.2.3:8080/",
        "https://10.1.2.3/",
        "http://[fd00:1::5]/",
        "https://example.com/",
    ],
)
def test_what_is_opened_is_taken(url: str, settings: Settings) -> None:
    opens(settings, "n8n, h, 10.1.0.0/16, fd00:1::/32")
    assert addresses.checked(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://other/",
        "https://other/",
        "http://n8n.example.com/",
        "http://example.com/",
        "https://10.2.0.1/",
        "http://10.2.0.1/",
        "https://192.168.1.1/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://169.254.169.254/",
        "http://user@n8n/",
        "http://n8n:0/",
        "http://n8n/#x",
        "ftp://n8n/",
        "http://[::ffff:10.2.0.1]/",
    ],
)
def test_what_is_not_opened_is_refused_as_ever(url: str, settings: Settings) -> None:
    opens(settings, "n8n, 10.1.0.0/16")
    with pytest.raises(ValidationError):
        addresses.checked(url)


@pytest.mark.django_db
def test_a_receiver_in_an_opened_network_is_called_by_http(alice: Owner, settings: Settings) -> None:
    opens(settings, "127.0.0.0/8")
    with Receiver() as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        delivery = deliver(*scheduled(alice))
        assert (delivery.state, delivery.trouble) == (Delivery.State.DELIVERED, "")
        assert receiver.verified(endpoint.opened("secret"))
        opens(settings, "")  # the operator closes it again
        assert deliver(*scheduled(alice)).trouble == Trouble.PRIVATE_ADDRESS
        assert receiver.connections == 1


@pytest.mark.django_db
def test_an_opened_host_that_redirects_to_a_closed_one_is_not_followed(alice: Owner, settings: Settings) -> None:
    with Receiver() as closed, Receiver() as receiver:
        opens(settings, "127.0.0.1")
        receiver.says = answer("307 Temporary Redirect", f"Location: {closed.url.replace('127.0.0.1', '127.0.0.2')}")
        endpoint_at(alice, receiver.url)
        assert deliver(*scheduled(alice)).trouble == Trouble.REDIRECTED
        assert (receiver.connections, closed.connections) == (1, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "leads_to", ["10.9.8.7", "172.18.0.4", "192.168.7.7", "100.64.0.9", "fd12::9", "93.184.215.14"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_opened_name_may_lead_home(
    leads_to: str, scheme: str, alice: Owner, settings: Settings, lookups: dict[str, str], reached: list[str]
) -> None:
    opens(settings, "n8n")
    lookups["n8n"] = leads_to
    endpoint_at(alice, f"{scheme}://n8n:5678/hook")
    assert deliver(*scheduled(alice)).trouble == Trouble.NO_CONNECTION
    assert [address.strip("[]") for address in reached] == [leads_to]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "leads_to", ["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "240.0.0.1", "::ffff:127.0.0.1"]
)
def test_an_opened_name_never_leads_to_this_machine_nor_to_a_clouds_keys(
    leads_to: str, alice: Owner, settings: Settings, lookups: dict[str, str], reached: list[str]
) -> None:
    opens(settings, "n8n")
    lookups["n8n"] = leads_to
    endpoint_at(alice, "http://n8n/hook")
    assert deliver(*scheduled(alice)).trouble == Trouble.PRIVATE_ADDRESS
    assert reached == []


@pytest.mark.django_db
def test_the_guard_is_the_same_for_all_other_names(
    alice: Owner, settings: Settings, lookups: dict[str, str], reached: list[str]
) -> None:
    opens(settings, "n8n, 10.1.0.0/16")
    lookups |= {"in.example.com": "10.1.0.5", "out.example.com": "10.2.0.5"}
    endpoint_at(alice, "https://in.example.com/")
    endpoint_at(alice, "https://out.example.com/")
    into, out = scheduled(alice)
    assert {deliver(into).trouble, deliver(out).trouble} == {Trouble.NO_CONNECTION, Trouble.PRIVATE_ADDRESS}
    assert reached == ["10.1.0.5"]


@pytest.mark.django_db
def test_http_to_a_name_that_was_closed_again_is_not_sent(
    alice: Owner, settings: Settings, lookups: dict[str, str], reached: list[str]
) -> None:
    opens(settings, "hooks.example.com")
    lookups["hooks.example.com"] = "93.184.215.14"
    endpoint_at(alice, "http://hooks.example.com/")
    opens(settings, "")
    assert deliver(*scheduled(alice)).trouble == Trouble.PRIVATE_ADDRESS
    assert reached == []


@pytest.mark.django_db
def test_the_form_names_what_is_opened(alice_client: Client, settings: Settings) -> None:
    opens(settings, "n8n")
    page = alice_client.get(reverse("webhooks")).content.decode()
    assert "where http:// will do: n8n." in page
    alice_client.post(reverse("webhooks"), {"url": "http://n8n:5678/webhook", "events": ["meeting.scheduled"]})
    assert Endpoint.objects.get().url == "http://n8n:5678/webhook"
