"""Meetings in their owners' own calendars: `owing` says that something may differ there, `making` brings it in line."""
