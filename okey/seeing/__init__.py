"""For whoever runs O-Key: whether it is alive and ready, its figures, and a mail when it is in trouble."""
