"""The database, beat, or one beat too many: links come all the same, and none twice."""

import signal

import pytest

from tests.chaos.scene import Scene
from tests.chaos.world import World
from tests.processes import eventually

pytestmark = pytest.mark.processes


def test_the_database_dies_while_zoom_answers_and_comes_back(managing_world: World) -> None:
    scene = Scene(managing_world)
    scene.zoom.fault("create", "hold", after=True)
    meeting = scene.schedule()
    scene.zoom.wait_until_held()
    scene.world.server.end(signal.SIGKILL)
    scene.zoom.release()
    scene.world.server.run()
    link = scene.link(meeting, seconds=60)
    assert scene.at_zoom(meeting) == [link]
    assert scene.settled(meeting)
    assert scene.states(meeting) == ["current"]


def test_a_database_that_dies_under_a_new_pair_costs_no_connection(managing_world: World) -> None:
    scene = Scene(managing_world)
    before, lost = scene.account(), scene.zoom.lost_refreshes()
    scene.tokens_run_out()
    scene.zoom.fault("refresh", "hold", after=True)
    meeting = scene.schedule()
    scene.zoom.wait_until_held()
    scene.world.server.end(signal.SIGKILL)
    scene.zoom.release()
    scene.world.server.run()
    scene.link(meeting, seconds=60)
    after = scene.account()
    assert (after["state"], after["grant_no"]) == ("live", before["grant_no"])
    assert scene.zoom.lost_refreshes() == lost


def test_without_beat_the_wake_up_call_alone_brings_the_link(managing_world: World) -> None:
    scene = Scene(managing_world)
    scene.stack.kill("beat")
    scene.link(scene.schedule(), seconds=60)
    scene.stack.start("beat")


def test_without_any_wake_up_call_beat_brings_the_link(managing_world: World) -> None:
    scene = Scene(managing_world)
    scene.stack.kill("valkey")
    meeting = scene.schedule()
    scene.stack.start("valkey")
    scene.link(meeting)


def test_two_beats_make_no_second_link(managing_world: World) -> None:
    scene = Scene(managing_world)
    scene.stack.start("worker-2")
    scene.stack.start("beat-2")
    scene.zoom.fault("create", "delay", seconds=4, times=6)  # longer than a sweep's turn
    meetings = [scene.schedule() for _ in range(6)]
    links = [scene.link(meeting) for meeting in meetings]
    assert [scene.at_zoom(meeting) for meeting in meetings] == [[link] for link in links]
    scene.stack.kill("beat-2")


def test_what_every_process_printed_holds_no_secret(managing_world: World) -> None:
    scene = Scene(managing_world)
    logs = scene.stack.logs()
    assert eventually(lambda: len(logs) > 100)
    assert not [secret[:6] for secret in scene.zoom.secrets() if secret in logs]
