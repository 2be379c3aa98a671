"""What `make run` and `make test` do on a developer's machine. Nothing here runs in production."""
