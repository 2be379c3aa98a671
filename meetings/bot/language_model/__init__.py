"""A language model reads, for the bot, what a client wrote in another language than English; where the operator names
one (OKEY_LANGUAGE_MODEL_URL).

It reads and does nothing else. What it says is taken as a wish, a pick or a question if it is one to the letter
(`saying`), and dropped otherwise; it is never shown, and never an agreement. `sending` is what it is asked, `asking`
how: with an end, and seldom enough that nobody makes the operator pay without one.
"""
