"""The bot: a conversation that books, moves and cancels meetings for clients, whatever channel it runs over.

What a message means is in `understanding` (pure functions), what is said next in `dialogue`, what may be done in
`permitted`, and one turn from message to answer, with its row locked, in `engine`.
"""
