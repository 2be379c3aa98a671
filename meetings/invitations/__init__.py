"""A client's way into a meeting, and the mails about it: `steps` computes what is owed, `inviting` sends it."""
