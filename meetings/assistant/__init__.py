"""O-Key for assistants: the tools at /mcp. `server` is what a model is told, `calling` how a tool is called."""
