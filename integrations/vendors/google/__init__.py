"""Google, as an OAuth client of a Cloud project sees it: its OAuth, whose grant it is, and what its failures mean."""

from integrations.vendors.google.vendor import Google

__all__ = ["Google"]
