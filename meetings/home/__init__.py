"""The page after sign-in: what is next, what needs its owner, and what a new owner does first."""
