"""English into what a client means: small grammars and pure functions. `reading.understand` is the door."""
