"""Microsoft Teams: an online meeting for each meeting, by Microsoft Graph."""

from integrations.providers.microsoft_teams.provider import MicrosoftTeams

__all__ = ["MicrosoftTeams"]
