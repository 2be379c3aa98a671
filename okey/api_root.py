"""The REST API: one object, every app's router. What the apps share is in okey/api."""

from integrations.api import router as connections
from meetings.api import events, hours, links, meetings, requests, series, types
from meetings.booking.api import router as booking_page
from meetings.bot.api import router as conversations
from okey.api import me
from okey.api.openapi import Api
from okey.api.reference import Reference
from okey.contacts.api import router as contacts
from okey.webhooks import payloads, samples
from okey.webhooks.api import router as webhooks

DESCRIPTION = """
Everything that O-Key's pages do: contacts, meetings with join links from the owner's own meeting provider,
connections, free times, conversations of the bot.

Each call carries an API token (*Settings*, *Assistants and programs*): `Authorization: Bearer okey_…`. Errors are
problem documents ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with a stable `code`. Lists come in pages: pass
`next_cursor` on as `cursor`. `Idempotency-Key` makes a POST safe to repeat. Times are UTC.
"""

#: What each group of calls is about.
TAGS = {
    "Me": "Whose token it is, and what it allows.",
    "Contacts": "The people an owner meets.",
    "Connections": "Meeting providers, and the owner's connections to them.",
    "Meetings": "Schedule, look, move and cancel; what gets a meeting its video link.",
    "Free times": "When the owner can be met.",
    "Events": "The diary: what happened to meetings and their links.",
    "Conversations": "What clients and the bot say to each other.",
    "Webhooks": "What O-Key tells an owner's programs by itself.",
}

api = Api(
    title="O-Key",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs=Reference(),
    openapi_extra={"tags": [{"name": name, "description": words} for name, words in TAGS.items()]},
    webhooks=payloads.described(),
)

api.add_router("", me.router)
api.add_router("", contacts)
api.add_router("", connections)
api.add_router("", meetings.router)
api.add_router("", series.router)
api.add_router("", requests.router)
api.add_router("", links.router)
api.add_router("", hours.router)  # with what times.py has
api.add_router("", types.router)
api.add_router("", booking_page)
api.add_router("", events.router)
api.add_router("", conversations)
api.add_router("", webhooks)
api.add_router("", samples.router)
