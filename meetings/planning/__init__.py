"""The owner's pages on which a meeting gets its time: scheduling one, and moving one."""
