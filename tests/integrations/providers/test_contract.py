"""The contract, for each provider."""

import pytest

from integrations.providers.base import Grant, OAuthProvider, Provider, Refused
from integrations.providers.jitsi import Jitsi
from integrations.providers.personal_link import PersonalLink
from integrations.vendors.google import Google
from integrations.vendors.microsoft import Microsoft
from integrations.vendors.zoom import ZoomVendor
from tests.google_simulator import GoogleSimulator
from tests.integrations.providers import google as google_providers
from tests.integrations.providers import microsoft as microsoft_providers
from tests.integrations.providers.a_meeting import meeting_request
from tests.integrations.providers.contract import OAuthProviderContract, ProviderContract
from tests.integrations.providers.zoom import CALLBACK, consent, zoom_at, zoom_vendor_at
from tests.microsoft_simulator import MicrosoftSimulator
from tests.zoom_simulator import ZoomSimulator


class TestZoom(OAuthProviderContract):
    @pytest.fixture
    def provider(self, zoom: ZoomSimulator) -> OAuthProvider:
        return zoom_at(zoom.url)

    @pytest.fixture
    def vendor(self, zoom: ZoomSimulator) -> ZoomVendor:
        return zoom_vendor_at(zoom.url)

    @pytest.fixture
    def grant(self, zoom: ZoomSimulator, vendor: ZoomVendor) -> Grant:
        return consent(zoom, vendor)

    def test_zoom_is_asked_for_no_scopes(self, vendor: ZoomVendor) -> None:
        assert "scope" not in vendor.authorization_url(state="s", verifier="v", redirect_uri=CALLBACK)


class TestZoomAsTheGuidePromises(TestZoom):
    """Without ZOOM_MANAGE_MEETINGS, creating is all that it does."""

    @pytest.fixture
    def provider(self, zoom: ZoomSimulator) -> OAuthProvider:
        return zoom_at(zoom.url, manage_meetings=False)

    def test_a_meeting_can_be_changed_where_that_is_a_capability(
        self, provider: Provider, scopes: frozenset[str]
    ) -> None:
        assert {one.value for one in provider.capabilities(scopes)} == {"create"}


class TestGoogleMeet(OAuthProviderContract):
    @pytest.fixture
    def provider(self, google: GoogleSimulator) -> OAuthProvider:
        return google_providers.meet_at(google.url)

    @pytest.fixture
    def vendor(self, google: GoogleSimulator) -> Google:
        return google_providers.google_at(google.url)

    @pytest.fixture
    def grant(self, google: GoogleSimulator, vendor: Google) -> Grant:
        return google_providers.consent(google, vendor)


class TestMicrosoftTeams(OAuthProviderContract):
    @pytest.fixture
    def provider(self, microsoft: MicrosoftSimulator) -> OAuthProvider:
        return microsoft_providers.teams_at(microsoft.url)

    @pytest.fixture
    def vendor(self, microsoft: MicrosoftSimulator) -> Microsoft:
        return microsoft_providers.microsoft_at(microsoft.url)

    @pytest.fixture
    def grant(self, microsoft: MicrosoftSimulator, vendor: Microsoft) -> Grant:
        return microsoft_providers.consent(microsoft, vendor)


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
