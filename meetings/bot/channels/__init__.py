"""How a talk reaches the bot: the web chat, and messengers by signed requests."""
