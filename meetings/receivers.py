"""What meetings do when a connection changes."""
