"""Microsoft for tests, away from Django's settings."""

from urllib.parse import parse_qs, urlsplit

from integrations.providers.base import Grant
from integrations.providers.microsoft_teams import MicrosoftTeams
from integrations.vendors.microsoft import Microsoft
from tests.microsoft_simulator import MicrosoftSimulator

CALLBACK = "http://testserver.localhost:8000/integrations/microsoft_teams/callback/"
MEETINGS = "OnlineMeetings.ReadWrite"


def microsoft_at(url: str = "") -> Microsoft:
    return Microsoft(client_id="test-client-id", client_secret="test-client-secret", base_url=url)


def teams_at(url: str = "") -> MicrosoftTeams:
    return MicrosoftTeams(base_url=url)


def consent(microsoft: MicrosoftSimulator, vendor: Microsoft, *, user: str = "") -> Grant:
    """What this person's consent gives."""
    url = vendor.authorization_url(state="s", verifier="v" * 43, redirect_uri=CALLBACK, scopes=[MEETINGS])
    [code] = parse_qs(urlsplit(microsoft.approve(url, user=user)).query)["code"]
    return vendor.exchange(code, verifier="v" * 43, redirect_uri=CALLBACK)
