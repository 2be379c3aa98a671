"""Google Meet: a space for each meeting, by the Meet REST API."""

from integrations.providers.google_meet.provider import GoogleMeet

__all__ = ["GoogleMeet"]
