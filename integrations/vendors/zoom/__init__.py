"""Zoom, as a user-managed OAuth app sees it: its OAuth, whose grant it is, and what its failures mean."""

from integrations.vendors.zoom.vendor import ZoomVendor

__all__ = ["ZoomVendor"]
