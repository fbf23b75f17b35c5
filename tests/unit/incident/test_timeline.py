"""Our facts and foreign rows in one line of time."""

from tests.unit.incident.test_persons import guilty
from tests.unit.incident.world import DAY, World


def test_facts_and_rows_stand_in_order_of_our_time_with_their_cites():
    world = World()
    _, copy = guilty(world)
    world.access("anonymous", world.now() + DAY, key="other.md")
    posted = world.now() + 3 * DAY
    world.import_logs(until_s=posted)
    events = world.solve(world.finding(copy), posted_at_s=posted)["timeline"]
    assert [event["t"] for event in events] == sorted(event["t"] for event in events)
    assert {event["lane"] for event in events} == {"ours", "idp", "object_store", "post"}
    assert all(event["cites"] for event in events)
    link = next(event for event in events if event["text"].startswith("link.created"))
    assert link["lines"] == [{"entry": link["cites"][0], "line": 1}]


def test_rows_about_other_people_and_other_objects_are_left_out():
    world = World()
    _, copy = guilty(world)
    world.access("anonymous", world.now() + DAY, key="other.md")
    posted = world.now() + 3 * DAY
    world.import_logs(until_s=posted)
    events = world.solve(world.finding(copy), posted_at_s=posted)["timeline"]
    assert len([event for event in events if event["lane"] == "object_store"]) == 1
    text = " ".join(event["text"] for event in events)
    assert "192.0.2" not in text
    assert "mira" not in text
