"""From iCalendar to busy times, in a process of its own: somebody else wrote the text, and it may be hostile."""
