"""A new link, asked for at the very moment at which a worker is busy with the meeting."""

from typing import Any

import pytest

from meetings import link_records, links
from meetings.models import Meeting
from okey.owners.models import Owner
from tests.meetings.linking import Schedule, job_of, make_due, work
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(zoom: ZoomSimulator, alice: Owner, schedule: Schedule) -> Meeting:
    connect_zoom(zoom, alice)
    return work(schedule())


def test_a_new_link_asked_for_while_a_worker_settles_is_made(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = link_records.settle

    def asked_just_before(*args: Any, **options: Any) -> None:
        monkeypatch.setattr(link_records, "settle", settle)
        link_records.new_link(owner=alice, meeting_id=meeting.pk)
        settle(*args, **options)

    monkeypatch.setattr(link_records, "settle", asked_just_before)
    make_due(meeting)
    assert work(meeting).join_url == ""
    assert job_of(meeting).due_at is not None
    assert work(meeting).join_url not in {"", meeting.join_url}


def test_a_create_carries_the_reference_by_which_its_lost_answer_is_looked_up(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    announce = links._announce

    def asked_just_before(*args: Any) -> bool:
        monkeypatch.setattr(links, "_announce", announce)
        link_records.new_link(owner=alice, meeting_id=meeting.pk)
        return announce(*args)

    monkeypatch.setattr(links, "_announce", asked_just_before)
    zoom.fault("create", "drop_after")
    work(meeting)
    make_due(meeting)
    assert work(meeting).join_url
    assert len(zoom.meetings()) == 1
