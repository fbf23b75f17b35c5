"""What the processes of a story do to the network, and what is left of them."""

import re

import pytest

from tests.system.pieces import files_below
from tests.system.stage import ELSEWHERE, PROBES, Run

pytestmark = pytest.mark.timeout(300)

LOCAL = re.compile(
    r"sa_family=AF_UNIX|sin_addr=inet_addr\(\"127\.0\.0\.1\"\)"
    r"|inet_pton\(AF_INET6, \"::1\"|sa_family=AF_NETLINK"
)
SENDS = ("connect", "sendto", "sendmsg", "sendmmsg", "bind")


def test_i9_nothing_is_called_but_this_machine(story: Run):
    called = [call for call in story.trace.of(*SENDS) if "sa_family=" in call.given]
    assert len([call for call in called if "AF_INET" in call.given]) >= 5
    assert [call.given for call in called if not LOCAL.search(call.given)] == []


def test_i9_no_name_is_looked_up(story: Run):
    asked = [
        call for call in story.trace.of(*SENDS) if re.search(r"htons\((53|5353)\)", call.given)
    ]
    assert asked == []


def test_the_model_server_answers_the_gateway_alone(story: Run):
    assert len(story.probes) == len(PROBES)
    answered = {(one.path, one.key): one.status for one in story.probes}
    assert answered.pop(("/health", "")) == 200
    assert set(answered.values()) == {401}


def test_the_model_server_lets_no_page_from_elsewhere_read_its_answers(story: Run):
    assert not {one.origin for one in story.probes} & {"*", ELSEWHERE}


def test_no_process_of_the_story_outlives_it(story: Run):
    assert story.survivors == set()
    assert story.trace.processes() <= story.trace.ended


def test_nothing_is_left_in_temporary_folders(story: Run):
    assert list(story.temporary.iterdir()) == []
    assert list((story.home / "tmp").iterdir()) == []
    assert not (story.home / "owner.sock").exists()


def test_no_key_of_an_approver_is_kept(story: Run):
    keys = {
        str(path.relative_to(story.kept))
        for path in files_below(story.kept)
        if path.suffix == ".key" or b"adyton/keyfile/v1" in path.read_bytes()
    }
    assert keys == {
        "home-operator.key",
        "home-witness/witness.key",
        "home/keys/log-mldsa.key",
        "home/keys/log.key",
        "home/keys/manifest.key",
    }


def test_the_document_has_the_shape_that_others_read(story: Run):
    document = story.document
    assert (document["seed"], document["case"]) == (1, "leak")
    assert {"verdict", "copies", "persons", "pathway", "nameable"} <= set(document["truth"])
    answer = document["answer"]
    assert {"verdict", "copies", "persons", "pathways", "scope"} <= set(answer)
    assert all({"id", "bound"} <= set(one) for one in answer["copies"])
    assert all({"id", "tier"} <= set(one) for one in answer["persons"])
    assert all({"id", "p"} <= set(one) for one in answer["pathways"])
    assert {"verdict", "copy", "pathway", "accused_innocent"} <= set(document["right"])


def test_the_story_names_the_copy_and_the_pathway_and_prints_both_sides(story: Run):
    truth, answer = story.document["truth"], story.document["answer"]
    assert truth["nameable"]
    assert [one["id"] for one in answer["copies"] if one.get("named", True)] == truth["copies"]
    assert max(answer["pathways"], key=lambda one: one["p"])["id"] == truth["pathway"]
    assert not story.document["right"]["accused_innocent"]


def test_the_investigation_is_not_handed_the_truth(story: Run):
    nonce = story.document["truth"]["nonce"].encode()
    handed = files_below(story.kept / "post")
    assert handed
    assert [path.name for path in handed if nonce in path.read_bytes()] == []
