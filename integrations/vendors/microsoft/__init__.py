"""Microsoft, as an app registration sees it: its OAuth, whose grant it is, and what its failures mean."""

from integrations.vendors.microsoft.vendor import Microsoft

__all__ = ["Microsoft"]
