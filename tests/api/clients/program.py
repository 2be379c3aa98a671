"""A program on the generated Python client: it schedules, reads a problem's members, and cancels.

Arguments: O-Key's address and an API token. It prints one JSON object.
"""

import json
import sys

from okey_client import AuthenticatedClient
from okey_client.api.contacts import add_contact
from okey_client.api.free_times import list_slots
from okey_client.api.me import me
from okey_client.api.meetings import cancel_meeting, read_meeting, schedule_meeting
from okey_client.models import Code, ContactIn, MeetingOut, ProblemDocument, ScheduleIn

url, token = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)

contact = add_contact.sync(client=client, body=ContactIn(name="Pia Python", email="pia@example.com"))
slots = list_slots.sync(client=client, limit=20).items[-2:]  # not of today, whose next time is soon over
wanted = ScheduleIn(contact_id=contact.id, title="Kick-off", starts_at=slots[0].starts_at)
made = schedule_meeting.sync(client=client, body=wanted, idempotency_key="python-1", prefer="wait=20")
assert isinstance(made, MeetingOut), made

taken = schedule_meeting.sync(client=client, body=wanted)
assert isinstance(taken, ProblemDocument), taken
assert taken.code == Code.SLOT_TAKEN, taken
twice = add_contact.sync(client=client, body=ContactIn(name="Pia again", email="PIA@example.com"))
assert isinstance(twice, ProblemDocument), twice
lacking = me.sync(client=AuthenticatedClient(base_url=url, token="okey_wrong"))
assert isinstance(lacking, ProblemDocument), lacking

cancelled = cancel_meeting.sync(client=client, meeting_id=made.id)
read = read_meeting.sync(client=client, meeting_id=made.id)
print(
    json.dumps(
        {
            "contact_id": str(contact.id),
            "link": made.link.status.value,
            "next_free": taken.next_free[0].starts_at.isoformat(),
            "second_slot": slots[1].starts_at.isoformat(),
            "holder": str(twice.contact_id),
            "refused": lacking.code.value,
            "cancelled": [cancelled.status.value, read.status.value],
        }
    )
)
