"""What integrations says upwards."""

from django.dispatch import Signal

#: After commit: something about an owner's connections changed, so whoever waited for one may look again.
#: Arguments: owner_id (UUID), provider (slug).
connection_changed = Signal()

#: Inside the transaction that notes it, so that what a receiver writes is kept or lost with it: a connection needs
#: reconnecting. Once for each connection and grant. Arguments: connection_id (UUID).
grant_lost = Signal()

#: After commit: an account has a new pair of tokens, so whoever met its refresh under way may go on.
#: Arguments: account_id (UUID).
pair_renewed = Signal()

#: Inside the transaction that writes it: another calendar, or none, takes the owner's meetings from now on.
#: Arguments: owner_id (UUID).
meetings_calendar_chosen = Signal()

#: Inside the transaction that keeps it: a calendar was read. `is_recovered`: for the first time after a trouble;
#: `has_news`: its busy times may be others than before. Arguments: calendar_id (UUID), and these two.
calendar_read = Signal()

#: In the request that brings it: a provider says by itself what happened to a meeting there, rightly signed, perhaps
#: again, perhaps late, perhaps of one that is not O-Key's. Whoever hears it keeps it and works on it later.
#: Arguments: provider (slug), news (integrations.told.News).
meeting_told = Signal()
