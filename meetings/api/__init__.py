"""Meetings by the REST API: what they answer, what they take, and the calls. The rules are in meetings.scheduling."""
