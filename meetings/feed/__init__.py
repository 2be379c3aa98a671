"""The owner's private calendar feed: an address to subscribe to, which needs nothing connected."""
