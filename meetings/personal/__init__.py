"""Personal data: what is stored and why, an owner's copy of all of theirs, and erasing a contact for good."""
