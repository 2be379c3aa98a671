"""Clients take a time by themselves: the booking page, and `bookings`, the rule book for page and bot."""
