"""The owner's pages about meetings: lists, one meeting, scheduling, its invitation. The rules are in other rooms."""
