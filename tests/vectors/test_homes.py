"""Homes that earlier versions wrote still open, hold, and work. One folder per home format."""

import base64
import shutil
from pathlib import Path

import pytest

from adyton.assembly import HomePaths, client
from adyton.assembly.operations import dispatch
from adyton.assembly.perimeter import PROJECTIONS, Perimeter
from adyton.ledger import rebuild
from adyton.terms import Secret

HOMES = Path(__file__).with_name("homes")


@pytest.fixture(params=sorted(one.name for one in HOMES.iterdir()))
def kept(request, tmp_path):
    folder = shutil.copytree(HOMES / request.param, tmp_path / "kept")
    for path in folder.rglob("*"):  # version control keeps no such permissions
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


def facts_of(kept: Path) -> dict[str, str]:
    return dict(line.split() for line in (kept / "facts.txt").read_text().splitlines())


def test_an_old_home_opens_and_its_record_holds(kept):
    with Perimeter.open(HomePaths.of(kept / "home")) as perimeter:
        perimeter.ledger.publish()
        size, problems = perimeter.verify_record()
    assert problems == ()
    assert size > 0


def test_what_stood_in_an_old_home_still_stands(kept):
    facts = facts_of(kept)
    with Perimeter.open(HomePaths.of(kept / "home")) as perimeter:
        copy = perimeter.ledger.state.get("copies", facts["copy"])
        entry = perimeter.ledger.entry(facts["receipt"])
    assert copy is not None
    assert entry.public["copy"] == facts["copy"]
    assert entry.body is not None


def test_the_state_of_an_old_home_rebuilt_from_its_facts_is_the_live_one(kept):
    with Perimeter.open(HomePaths.of(kept / "home")) as perimeter:
        rebuilt = rebuild(perimeter.all_entries(), PROJECTIONS)
        tables = {row.table for row in rebuilt}
        live = {(t, key): dict(row) for t in tables for key, row in perimeter.ledger.state.scan(t)}
    assert {(row.table, row.key): dict(row.data) for row in rebuilt} == live


def test_a_copy_from_an_old_home_is_recognised(kept):
    key = Secret((kept / "home-operator.key").read_text().strip())
    leaked = base64.b64encode((kept / "copy.md").read_bytes()).decode()
    with Perimeter.open(HomePaths.of(kept / "home")) as perimeter:
        org = dispatch(perimeter, key, "org.list", {})["orgs"][0]["id"]
        person = dispatch(
            perimeter,
            key,
            "person.add",
            {
                "name": "Investigator One",
                "login": "investigator",
                "org": org,
                "employment": "employee",
                "roles": ["investigator"],
            },
        )["person"]
        own = Secret(dispatch(perimeter, key, "key.issue", {"person": person})["key"])
        asked = {"files": [{"name": "post.md", "data": leaked}]}
        answer = dispatch(perimeter, own, "trace.run", asked)
    assert answer["findings"][0]["matches"][0]["share_ppm"] > 900_000


def test_a_receipt_of_an_old_home_verifies_offline(kept, tmp_path):
    with Perimeter.open(HomePaths.of(kept / "home")) as perimeter:
        proof = perimeter.ledger.proof(facts_of(kept)["receipt"])
        keys = [perimeter.ledger.vkey(), *perimeter.ledger.witness_vkeys()]
    (tmp_path / "kept.tlog-proof").write_bytes(proof)
    (tmp_path / "vkeys").write_text("\n".join(keys) + "\n")
    assert client.verify_offline(tmp_path / "kept.tlog-proof", tmp_path / "vkeys").failures == []
