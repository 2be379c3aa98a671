"""The administrators' list of link jobs says first how each stands, so that a phone shows it too."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.admin import site
from django.test import Client

from meetings.models import LinkJob
from okey.owners.models import Owner
from tests.meetings.page_cast import meeting_of

pytestmark = pytest.mark.django_db

DUE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("job", "join_url", "state"),
    [
        ({"problem": LinkJob.Problem.GONE}, "", LinkJob.Problem.GONE.label),
        ({"due_at": DUE}, "", "waiting"),
        ({"due_at": DUE, "attempts": 2}, "", "under way"),
        ({"due_at": None}, "https://zoom.example/j/1", "link made"),
        ({"due_at": None}, "", "nothing to do"),
    ],
)
def test_the_first_column_is_the_state(
    admin_client: Client, alice: Owner, job: dict[str, object], join_url: str, state: str
) -> None:
    meeting_of(alice, job=job, join_url=join_url)
    html = admin_client.get("/admin/meetings/linkjob/").content.decode()
    assert site.get_model_admin(LinkJob).list_display[:2] == ("state", "meeting")
    first = re.search(r'<td class="field-state">(.*?)</td>', html)
    assert first is not None
    assert first[1] == str(state)
