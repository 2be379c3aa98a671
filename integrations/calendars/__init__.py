"""Owners' own calendars: what makes them busy."""
