import base64

import pytest

from adyton.terms import Conflict, Missing, Refused
from tests.perimeter import SmallPerimeter


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A perimeter whose leak is contained: nothing for others to use afterwards."""
    made = SmallPerimeter(tmp_path_factory.mktemp("contained"))
    yield made
    made.close()


def open_case(perimeter, files):
    asked = {"purpose": "a post", "second": perimeter.ids["second investigator"], "files": files}
    return perimeter.call("investigator", "incident.open", asked)


def test_a_leak_is_traced_contained_by_two_and_closed(own):
    copy = own.copy_for("entitled")
    own.release(own.document, "trace", by="investigator")
    opened = open_case(own, own.posted(copy))
    case = {"case": opened["case"]}
    answer = own.call("investigator", "incident.answer", case)
    assert answer["verdict"] == "leak"
    assert [one["id"] for one in answer["copies"]] == [copy["copy"]]
    planned = own.call("investigator", "incident.plan", case)["actions"]
    assert planned
    assert {one["status"] for one in planned} == {"planned"}
    with pytest.raises(Refused):
        own.call("investigator", "incident.approve", case)
    for by in ("second investigator", "operator"):
        own.call(by, "incident.approve", case)
    own.call("investigator", "incident.act", case)
    after = own.call("investigator", "incident.verify", case)["actions"]
    assert not {one["status"] for one in after} & {"planned", "approved", "still_open"}
    files = own.call("investigator", "incident.bundle", {**case, "html": "<p>x</p>"})["files"]
    assert {"report.json", "report.html", "checkpoint", "vkeys"} <= set(files)
    assert base64.b64decode(files["report.html"]) == b"<p>x</p>"


def test_actions_of_no_case_are_missing(small):
    for by in ("investigator", "operator"):
        with pytest.raises(Missing):
            small.call(by, "incident.approve", {"case": "cas_none"})
    with pytest.raises(Refused):
        small.call("nobody", "incident.approve", {"case": "cas_none"})


def test_only_the_cases_people_reply_in_it_and_close_it(small):
    data = base64.b64encode(b"nothing of ours").decode()
    case = open_case(small, [{"name": "a.txt", "data": data}])["case"]
    small.person("uninvited", "investigator")
    reply = {"case": case, "person": small.ids["nobody"], "text": "no"}
    for operation, params in (("incident.reply", reply), ("incident.close", {"case": case})):
        with pytest.raises(Missing):
            small.call("uninvited", operation, params)
    small.call("second investigator", "incident.close", {"case": case})
    with pytest.raises(Conflict):
        small.call("second investigator", "incident.close", {"case": case})
