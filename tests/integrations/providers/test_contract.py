"""The contract, for each provider."""

import pytest

from integrations.providers.base import Grant, OAuthProvider, Provider, Refused
from integrations.providers.jitsi import Jitsi
from integrations.providers.personal_link import PersonalLink
from tests.integrations.providers.contract import OAuthProviderContract, ProviderContract
from tests.integrations.providers.zoom import meeting_request, zoom_at
from tests.zoom_simulator import ZoomSimulator


class TestZoom(OAuthProviderContract):
    @pytest.fixture
    def provider(self, zoom: ZoomSimulator) -> OAuthProvider:
        return zoom_at(zoom.url)

    @pytest.fixture
    def grant(self, zoom: ZoomSimulator, provider: OAuthProvider) -> Grant:
        back = zoom.approve(provider.authorization_url(state="s", verifier="v" * 43))
        code = back.partition("code=")[2].partition("&")[0]
        return provider.exchange(code, verifier="v" * 43)


class TestZoomAsTheGuidePromises(TestZoom):
    """Without ZOOM_MANAGE_MEETINGS, creating is all that it does."""

    @pytest.fixture
    def provider(self, zoom: ZoomSimulator) -> OAuthProvider:
        return zoom_at(zoom.url, manage_meetings=False)

    def test_a_meeting_can_be_changed_where_that_is_a_capability(
        self, provider: Provider, scopes: frozenset[str]
    ) -> None:
        assert {one.value for one in provider.capabilities(scopes)} == {"create"}


class TestJitsi(ProviderContract):
    @pytest.fixture
    def provider(self) -> Provider:
        return Jitsi(base_url="https://meet.example.org")

    def test_a_room_on_another_server_is_no_join_link(self, provider: Provider) -> None:
        assert not provider.is_join_url("https://meet.example.org.evil.example/room")
        assert not provider.is_join_url("https://meet.example.org@evil.example/room")
        assert not provider.is_join_url("https://meet.example.org")

    def test_a_rooms_name_cannot_be_guessed(self, provider: Provider) -> None:
        rooms = {provider.create("", meeting_request()).join_url for _ in range(100)}
        assert len(rooms) == 100
        assert all(len(url.rpartition("/")[2]) >= 22 for url in rooms)
        assert not any("review" in url.lower() for url in rooms)


class TestPersonalLink(ProviderContract):
    makes_rooms = False

    @pytest.fixture
    def provider(self) -> Provider:
        return PersonalLink()

    @pytest.fixture
    def link(self) -> str:
        return "https://meet.example.com/alice"

    def test_a_connection_without_an_address_is_refused(self, provider: Provider) -> None:
        with pytest.raises(Refused) as refusal:
            provider.create("", meeting_request())
        assert refusal.value.reason == "no_link"
