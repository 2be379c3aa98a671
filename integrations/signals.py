"""The one thing that integrations says upwards."""

from django.dispatch import Signal

#: After commit: something about an owner's connections changed, so whoever waited for one may look again.
#: Arguments: owner_id (UUID), provider (slug).
connection_changed = Signal()
