"""What every provider and every vendor promises. A test class inherits this and supplies itself and its connection.

class TestZoom(OAuthProviderContract):
    @pytest.fixture
    def vendor(self) -> Vendor: …
    @pytest.fixture
    def provider(self) -> OAuthProvider: …
    @pytest.fixture
    def grant(self, vendor: Vendor) -> Grant: …
"""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from lucide.templatetags.lucide import lucide

from integrations import authorization, refreshing, registry
from integrations.providers.base import (
    REASONS,
    Capability,
    Grant,
    MeetingRequest,
    OAuthProvider,
    Provider,
    ReconnectNeeded,
    Refused,
    RemoteMeeting,
)
from integrations.vendors.base import Revoking, Vendor
from tests.integrations.providers.a_meeting import meeting_request

REDIRECT_URI = "https://okey.example.com/integrations/a-provider/callback/"
NO_JOIN_URLS = [
    "",
    "meeting",
    "//example.com/j/1",
    "javascript:alert(1)",
    "data:text/html,hello",
    "ftp://example.com/j/1",
    "http://example.com/j/1",
    "https:/example.com",
    " https://example.com/j/1",
]


class ProviderContract:
    """For any provider."""

    #: Whether two meetings get two addresses.
    makes_rooms = True

    @pytest.fixture
    def provider(self) -> Provider:
        raise NotImplementedError

    @pytest.fixture
    def token(self) -> str:
        """A good access token, for providers that need one."""
        return ""

    @pytest.fixture
    def scopes(self) -> frozenset[str]:
        """What that token may do."""
        return frozenset()

    @pytest.fixture
    def link(self) -> str:
        """The connection's own address, for providers that need one."""
        return ""

    @pytest.fixture
    def made(self, provider: Provider, token: str, link: str) -> RemoteMeeting:
        return provider.create(token, meeting_request(), link=link)

    def test_it_is_registered_under_its_name_and_can_be_shown(self, provider: Provider) -> None:
        assert type(registry.provider(provider.slug)) is type(provider)
        assert provider.slug in [one.slug for one in registry.providers()]
        assert len(provider.slug) <= 30
        assert provider.name
        assert "<svg" in lucide(provider.mark)

    def test_it_needs_an_authorization_or_an_address_or_nothing(self, provider: Provider) -> None:
        assert not (provider.needs_oauth and provider.needs_link)
        assert provider.needs_oauth == isinstance(provider, OAuthProvider)

    def test_what_keeps_no_times_is_owed_nothing_when_a_meeting_moves_or_is_cancelled(
        self, provider: Provider, scopes: frozenset[str]
    ) -> None:
        able = provider.capabilities(scopes)
        assert provider.keeps_times or not able & {Capability.UPDATE, Capability.CANCEL}

    def test_its_calls_end_before_the_claims_that_they_are_made_under(self, provider: Provider) -> None:
        assert 0 < provider.deadline < refreshing.LEASE_SECONDS  # which begins anew with each call
        assert 3 * provider.deadline < authorization.LEASE_SECONDS

    def test_a_full_grant_can_create_and_strange_scopes_change_nothing(
        self, provider: Provider, scopes: frozenset[str]
    ) -> None:
        able = provider.capabilities(scopes)
        assert Capability.CREATE in able
        assert able <= set(Capability)
        assert provider.capabilities([*scopes, "", "made:up", "x" * 500]) == able

    def test_a_meeting_has_an_id_and_an_address_that_people_may_be_sent_to(
        self, provider: Provider, made: RemoteMeeting
    ) -> None:
        assert provider.is_join_url(made.join_url)
        assert 0 < len(made.external_id) <= 200
        assert len(made.join_url) <= 1000

    def test_what_opens_the_meeting_stays_out_of_texts(self, made: RemoteMeeting) -> None:
        assert made.join_url not in repr(made)
        assert not made.passcode or made.passcode not in repr(made)

    def test_two_meetings_get_two_rooms_if_it_makes_rooms(
        self, provider: Provider, token: str, link: str, made: RemoteMeeting
    ) -> None:
        another = provider.create(token, meeting_request(reference="O-Key 9c1d"), link=link)
        assert (another.join_url != made.join_url) is self.makes_rooms
        assert another.external_id != made.external_id

    @pytest.mark.parametrize(
        "changes",
        [
            {"title": "Ü" * 200},
            {"title": "🎉" * 200},
            {"title": "<b>&\"'\n"},
            {"agenda": "a" * 5000},
            {"agenda": ""},
            {"minutes": 1},
            {"minutes": 1440},
            {"timezone": "Asia/Kathmandu"},
            {"timezone": "UTC"},
        ],
        ids=str,
    )
    def test_it_takes_any_meeting_that_can_be_scheduled(
        self, provider: Provider, token: str, link: str, changes: dict[str, object]
    ) -> None:
        assert provider.create(token, meeting_request(**changes), link=link).join_url

    @pytest.mark.parametrize("url", NO_JOIN_URLS)
    def test_other_addresses_are_no_join_links(self, provider: Provider, url: str) -> None:
        assert not provider.is_join_url(url)

    def test_a_meeting_can_be_changed_where_that_is_a_capability(
        self, provider: Provider, token: str, scopes: frozenset[str], made: RemoteMeeting
    ) -> None:
        later = self.later()
        if Capability.UPDATE in provider.capabilities(scopes):
            provider.update(token, made.external_id, later)
        else:
            with pytest.raises(NotImplementedError):
                provider.update(token, made.external_id, later)

    def test_a_meeting_can_be_cancelled_twice_where_that_is_a_capability(
        self, provider: Provider, token: str, scopes: frozenset[str], made: RemoteMeeting
    ) -> None:
        if Capability.CANCEL in provider.capabilities(scopes):
            provider.cancel(token, made.external_id)
            provider.cancel(token, made.external_id)

    def test_a_meeting_can_be_found_by_its_reference_where_that_is_a_capability(
        self, provider: Provider, token: str, scopes: frozenset[str], made: RemoteMeeting
    ) -> None:
        if Capability.FIND in provider.capabilities(scopes):
            assert [one.external_id for one in provider.find(token, meeting_request())] == [made.external_id]
            assert provider.find(token, meeting_request(reference="O-Key 7f3")) == []

    def test_a_meeting_can_be_looked_at_where_that_is_a_capability(
        self, provider: Provider, token: str, scopes: frozenset[str], made: RemoteMeeting
    ) -> None:
        able, wanted = provider.capabilities(scopes), meeting_request()
        if Capability.READ in able:
            there = provider.look(token, made.external_id)
            assert (there.title, there.starts_at, there.minutes) == (wanted.title, wanted.starts_at, wanted.minutes)
        if {Capability.READ, Capability.CANCEL} <= able:
            provider.cancel(token, made.external_id)
            with pytest.raises(Refused) as refusal:
                provider.look(token, made.external_id)
            assert refusal.value.reason == "gone"

    def later(self) -> MeetingRequest:
        wanted = meeting_request()
        return meeting_request(starts_at=wanted.starts_at + timedelta(hours=2), title="Moved")


class OAuthProviderContract(ProviderContract):
    """For one that owners authorize at, with its vendor."""

    @pytest.fixture
    def vendor(self) -> Vendor:
        raise NotImplementedError

    @pytest.fixture
    def grant(self, vendor: Vendor) -> Grant:
        """A fresh one, for all that the provider asks for."""
        raise NotImplementedError

    @pytest.fixture
    def token(self, grant: Grant) -> str:
        return grant.access_token

    @pytest.fixture
    def scopes(self, grant: Grant) -> frozenset[str]:
        return grant.scopes

    def test_its_vendor_is_registered_and_serves_it(self, provider: OAuthProvider, vendor: Vendor) -> None:
        assert provider.vendor == vendor.slug
        assert type(registry.vendor(vendor.slug)) is type(vendor)
        assert provider.slug in [one.slug for one in registry.services(vendor.slug)]
        assert vendor.name
        assert len(vendor.slug) <= 30

    def test_the_vendors_calls_end_before_the_claims_that_they_are_made_under(self, vendor: Vendor) -> None:
        assert 0 < vendor.deadline < refreshing.LEASE_SECONDS
        assert 3 * vendor.deadline < authorization.LEASE_SECONDS

    def test_the_authorization_url_carries_the_state_and_a_challenge_and_no_secret(
        self, provider: OAuthProvider, vendor: Vendor
    ) -> None:
        url = vendor.authorization_url(
            state="the-state", verifier="the-verifier", redirect_uri=REDIRECT_URI, scopes=provider.scopes
        )
        query = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
        digest = hashlib.sha256(b"the-verifier").digest()
        assert query["response_type"] == "code"
        assert query["state"] == "the-state"
        assert query["redirect_uri"] == REDIRECT_URI
        assert query["code_challenge_method"] == "S256"
        assert query["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert "the-verifier" not in url
        assert "secret" not in url
        assert set(query.get("scope", "").split()) == {*vendor.sign_in_scopes, *provider.scopes}

    def test_it_is_configured(self, vendor: Vendor) -> None:
        assert vendor.is_configured
        assert vendor.base_urls

    def test_a_grant_has_what_is_needed_and_shows_no_token(self, provider: OAuthProvider, grant: Grant) -> None:
        assert provider.missing_scopes(grant.scopes) == []
        assert provider.missing_scopes([])
        assert grant.access_token not in repr(grant)
        assert grant.refresh_token
        assert grant.refresh_token not in repr(grant)
        assert grant.expires_in > 60

    def test_it_knows_whose_grant_it_is(self, vendor: Vendor, token: str) -> None:
        identity = vendor.identify(token)
        assert identity.external_id
        assert identity == vendor.identify(token)

    def test_a_refresh_gives_a_token_that_works_for_the_same_person(self, vendor: Vendor, grant: Grant) -> None:
        before = vendor.identify(grant.access_token)
        renewed = vendor.refresh(grant.refresh_token)
        assert renewed.access_token != grant.access_token
        assert vendor.identify(renewed.access_token) == before

    def test_a_refresh_spends_the_refresh_token_or_it_works_on(self, vendor: Vendor, grant: Grant) -> None:
        renewed = vendor.refresh(grant.refresh_token)
        if vendor.rotates:
            assert renewed.refresh_token not in {"", grant.refresh_token}
            with pytest.raises(ReconnectNeeded):
                vendor.refresh(grant.refresh_token)
        else:
            assert vendor.refresh(grant.refresh_token).access_token
        assert vendor.refresh(renewed.refresh_token or grant.refresh_token).access_token

    def test_a_made_up_code_is_refused(self, vendor: Vendor) -> None:
        with pytest.raises(Refused) as refusal:
            vendor.exchange("made-up", verifier="v" * 43, redirect_uri=REDIRECT_URI)
        assert refusal.value.reason == "code_refused"
        assert refusal.value.reason in REASONS

    def test_made_up_tokens_need_a_new_authorization(self, provider: OAuthProvider, vendor: Vendor) -> None:
        for call in (
            lambda: vendor.refresh("made-up"),
            lambda: vendor.identify("made-up"),
            lambda: provider.create("made-up", meeting_request()),
        ):
            with pytest.raises(ReconnectNeeded):
                call()

    def test_a_revoked_grant_is_gone_and_can_be_revoked_again(self, vendor: Vendor, grant: Grant) -> None:
        if vendor.revokes is Revoking.NOTHING:
            return
        vendor.revoke(grant.access_token)
        vendor.revoke(grant.access_token)
        with pytest.raises(ReconnectNeeded):
            vendor.identify(grant.access_token)
        with pytest.raises(ReconnectNeeded):
            vendor.refresh(grant.refresh_token)

    def test_changing_a_meeting_that_is_gone_says_so(
        self, provider: OAuthProvider, token: str, scopes: frozenset[str], made: RemoteMeeting
    ) -> None:
        if {Capability.UPDATE, Capability.CANCEL} <= provider.capabilities(scopes):
            provider.cancel(token, made.external_id)
            with pytest.raises(Refused) as refusal:
                provider.update(token, made.external_id, self.later())
            assert refusal.value.reason == "gone"
