"""What a worker does with a due row of each table. The work is in the modules named after it."""

from meetings.bot import engine
from meetings.bot.models import Conversation
from okey.lib.lanes import works

works(Conversation, engine.forget_claimed, seconds=engine.FORGET_SECONDS)
