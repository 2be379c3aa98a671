"""Zoom: its OAuth, whose grant it is, and what its failures mean."""
