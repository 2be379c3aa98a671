"""Zoom, as a user-managed OAuth app sees it."""

from integrations.providers.zoom.provider import Zoom

__all__ = ["Zoom"]
