"""The owner's pages about talks with the bot."""
