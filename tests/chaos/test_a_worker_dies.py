"""kill -9 at the worst moments of a link's making and of a refresh: each is made right by somebody else."""

import pytest

from tests.chaos.scene import A_MINUTE_PASSES, CLAIMS_RUN_OUT, Scene
from tests.chaos.world import World
from tests.processes import eventually

pytestmark = pytest.mark.processes


def test_between_zooms_answer_and_the_write_where_find_is_allowed_the_meeting_is_adopted(
    managing_world: World,
) -> None:
    scene = Scene(managing_world)
    scene.zoom.fault("create", "hold", after=True)
    meeting = scene.schedule()
    scene.zoom.wait_until_held()
    scene.die()
    scene.zoom.release()
    scene.stack.start("worker")
    link = scene.link(meeting)
    assert scene.at_zoom(meeting) == [link]
    assert scene.settled(meeting)
    assert scene.states(meeting) == ["current"]


def test_between_zooms_answer_and_the_write_where_not_one_link_is_made_anew_and_the_spare_is_on_record(
    minimal_world: World,
) -> None:
    scene = Scene(minimal_world)
    scene.zoom.fault("create", "hold", after=True)
    meeting = scene.schedule()
    scene.zoom.wait_until_held()
    scene.die()
    scene.zoom.release()
    scene.stack.start("worker")
    link = scene.link(meeting)
    assert link in scene.at_zoom(meeting)
    assert len(scene.at_zoom(meeting)) == 2
    assert scene.settled(meeting)
    assert scene.states(meeting) == ["current", "spare"]


def test_between_the_claim_and_the_call_nothing_is_at_zoom_twice(managing_world: World) -> None:
    scene = Scene(managing_world)
    scene.zoom.fault("create", "hold")
    meeting = scene.schedule()
    scene.zoom.wait_until_held()
    scene.die()
    scene.zoom.kill()  # what it held was never done
    scene.zoom.start()
    scene.stack.start("worker")
    link = scene.link(meeting)
    assert scene.at_zoom(meeting) == [link]
    assert scene.settled(meeting)
    assert scene.at_zoom(meeting) == [link]


def test_after_the_claim_and_before_the_create_the_next_worker_creates_once(minimal_world: World) -> None:
    scene = Scene(minimal_world)
    scene.tokens_run_out()
    scene.zoom.fault("refresh", "hold")  # which comes before the create
    meeting = scene.schedule()
    scene.zoom.wait_until_held()
    scene.die()
    scene.zoom.kill()
    scene.zoom.start()
    scene.stack.start("worker")
    link = scene.link(meeting)
    assert scene.at_zoom(meeting) == [link]
    assert scene.states(meeting) == ["current"]


@pytest.mark.parametrize("grace", [60, 0])
def test_during_a_refresh_after_the_rotation(minimal_world: World, grace: int) -> None:
    scene = Scene(minimal_world)
    scene.zoom.settings(refresh_grace=grace)
    lost_before = len(scene.zoom.lost_refreshes())
    scene.tokens_run_out()
    scene.zoom.fault("refresh", "hold", after=True)
    meeting = scene.schedule()
    scene.zoom.wait_until_held()
    scene.die()
    scene.zoom.release()
    scene.zoom.wait_for_lost_answers(1)
    scene.stack.start("worker")
    if grace:
        scene.link(meeting)
        assert scene.account()["state"] == "live"
    else:
        eventually(lambda: _condemned(scene), 30, what=f"{scene.account()}")
        assert scene.row(meeting)["due_at"]  # it waits
        scene.owner.connect()
        scene.link(meeting)
    assert len(scene.zoom.lost_refreshes()) == lost_before + 1
    assert scene.states(meeting) == ["current"]


def _condemned(scene: Scene) -> bool:
    scene.pass_time(A_MINUTE_PASSES)
    return bool(scene.account()["state"] == "needs_reconnect")


@pytest.mark.parametrize("world_name", ["managing_world", "minimal_world"])
def test_asleep_past_its_claim_and_woken_again_the_client_keeps_one_link(
    world_name: str, request: pytest.FixtureRequest
) -> None:
    scene = Scene(request.getfixturevalue(world_name))
    scene.zoom.fault("create", "hold")
    meeting = scene.schedule()
    scene.zoom.wait_until_held()
    scene.stack.pause("worker")
    scene.pass_time(CLAIMS_RUN_OUT)
    scene.stack.start("worker-2")
    link = scene.link(meeting)
    scene.zoom.release()  # Zoom does it at last, and answers the sleeper
    eventually(lambda: len(scene.at_zoom(meeting)) == 2, what="the late create was not carried out")
    scene.stack.resume("worker")
    eventually(lambda: _seen(scene, meeting), 60, what=f"{scene.states(meeting)}")
    assert scene.settled(meeting)
    assert scene.row(meeting)["join_url"] == link
    assert scene.at_zoom(meeting).count(link) == 1
    assert len(scene.at_zoom(meeting)) == (1 if scene.world.case.manages else 2)


def _seen(scene: Scene, meeting: str) -> bool:
    """One record more where the sleeper found that its time was over."""
    scene.pass_time(A_MINUTE_PASSES)
    current, *others = scene.states(meeting) or [""]
    spare = "ended" if scene.world.case.manages else "spare"
    return current == "current" and len(others) >= 2 and set(others) == {spare}
