"""A meeting's link: `making` brings the provider in line, `records` is the only writer, `state` says it in words."""
