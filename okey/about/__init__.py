"""Pages for everybody, signed in or not: help, privacy, terms, support; and proofs of whose domain this is."""
