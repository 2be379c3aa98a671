"""When an owner can be booked: `availability` decides, `rules` is the only writer of what it decides by."""
