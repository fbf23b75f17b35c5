import base64
import hashlib
import io
import sys
from pathlib import Path

import pytest

from adyton.faces.cli import assets
from tests.perimeter import GROUPS, MASTER

NOTHING = "req_" + "a" * 26


@pytest.fixture
def request_of(owner):
    return lambda purpose, by: owner.request(owner.document, purpose, by=by, recipient=by)


def approve(adyton, owner, request, *words, by="approver"):
    key = owner.folder / "keys" / by.replace(" ", "-")
    return adyton("asset", "approve", request, "--approver-key", key, *words, by=by)


def test_a_file_is_protected_shown_and_listed(adyton, owner):
    words = ("--name", "cli paper", "--kind", "document", "--compartment", owner.compartment)
    done = adyton("asset", "protect", MASTER, *words, by="custodian")
    assert (done.code, done.err) == (0, "")
    asset, version, size = done.out.split()[:3]
    assert int(size) == MASTER.stat().st_size
    assert version in adyton("asset", "show", "cli paper").out
    assert f"{asset}  cli paper" in adyton("asset", "list").out
    shares = adyton("asset", "quorum-check", asset, "--json").json["shares"]
    assert {one["group"] for one in shares} >= set(GROUPS.values())


def test_a_name_for_a_model_and_a_decoy_are_planted(adyton, owner):
    words = ("--compartment", owner.compartment)
    assert adyton("asset", "endpoint", "cli-model", *words, "--upstream", "u").out.startswith(
        "ast_"
    )
    assert adyton("asset", "endpoint", "cli-decoy", *words, "--decoy").code == 0


def test_two_approvers_read_what_they_sign_and_the_recipient_gets_the_bytes(
    adyton, owner, tmp_path
):
    words = ("--for", "checkout", "--recipient", owner.ids["entitled"], "--reason", "to read it")
    request = adyton("asset", "request", "runbook.md", *words, by="entitled").out.strip()
    assert request in adyton("asset", "pending", by="approver").out
    for by in ("approver", "second approver"):
        done = approve(adyton, owner, request, "--yes", by=by)
        assert done.code == 0, done.err
        assert "to read it" in done.err
    assert done.out == f"{request} approved\n"
    inside = adyton("asset", "checkout", request, "--out", owner.home / "x", by="entitled")
    assert inside.code == 3
    done = adyton("asset", "checkout", request, "--out", tmp_path / "out", "--json", by="entitled")
    (written,) = done.json["written"]
    assert written["sha256"] == hashlib.sha256(MASTER.read_bytes()).hexdigest()
    assert (tmp_path / "out" / MASTER.name).read_bytes() == MASTER.read_bytes()
    promise = tmp_path / "out" / f"{done.json['receipt']}.promise"
    (tmp_path / "vkey").write_text(owner.perimeter.ledger.vkey() + "\n")
    assert adyton("verify", promise, "--vkey", tmp_path / "vkey").code == 0
    told = adyton("receipt", "status", done.json["receipt"], by="entitled")
    assert told == (0, f"{done.json['receipt']} promised\n", "")
    assert adyton("asset", "close", done.json["session"], by="entitled").code == 0


@pytest.mark.parametrize("typed", ["", "no\n", "YES\n"])
def test_only_a_typed_yes_signs(adyton, owner, request_of, monkeypatch, typed):
    request = request_of("checkout", "entitled")
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    done = approve(adyton, owner, request)
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("Type yes to sign exactly this:\nnot approved\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    assert approve(adyton, owner, request).out == f"{request} open\n"


def test_bad_approvals_are_told_apart(adyton, owner, request_of, monkeypatch, tmp_path):
    request = request_of("checkout", "entitled")
    assert approve(adyton, owner, NOTHING, "--yes").code == 4
    missing = adyton(
        "asset", "approve", request, "--yes", "--approver-key", tmp_path / "k", by="approver"
    )
    assert (missing.code, missing.err.splitlines()[-1]) == (
        4,
        "adyton: there is no file k: check the path",
    )
    monkeypatch.setenv("ADYTON_PASSPHRASE", "a wrong phrase, long enough")
    assert approve(adyton, owner, request, "--yes").code == 3


def test_a_copy_is_written_where_it_is_wanted_and_never_into_the_home(adyton, owner, tmp_path):
    owner.release(owner.document, "issue", by="custodian")
    words = ("issue", "runbook.md", "--to", owner.ids["entitled"], "--out")
    assert adyton(*words, owner.home / "copy.md", by="custodian").code == 3
    done = adyton(*words, tmp_path / "copy.md", "--json", by="custodian")
    assert (done.code, done.err) == (0, "")
    assert "data" not in done.json
    digest = hashlib.sha256((tmp_path / "copy.md").read_bytes()).hexdigest()
    assert digest == done.json["digest"]
    (tmp_path / "vkey").write_text(owner.perimeter.ledger.vkey() + "\n")
    told = adyton("verify", tmp_path / "copy.md.promise", "--vkey", tmp_path / "vkey", "--json")
    assert (told.code, told.json["problems"]) == (0, [])
    assert done.json["receipt"] in told.json["says"][0]


def test_unknown_people_and_assets_are_missing(adyton):
    words = ("--for", "checkout", "--reason", "r", "--recipient")
    asked = adyton("asset", "request", "runbook.md", *words, "per_x", by="entitled")
    assert (asked.code, asked.err) == (4, "adyton: no such person: check the id\n")
    assert adyton("issue", "runbook.md", "--to", "per_x", by="custodian").code == 4
    hidden = adyton("asset", "show", "runbook.md", by="nobody")
    unknown = adyton("asset", "show", "no such thing", by="nobody")
    assert hidden == unknown
    assert hidden.code == 4


@pytest.mark.parametrize("name", ["../../evil", "/evil", "..", ""])
def test_a_name_that_leads_out_of_the_folder_is_not_written(adyton, monkeypatch, tmp_path, name):
    class Owner:
        def call(self, operation, _params):
            data = base64.b64encode(b"x").decode()
            return {
                "asset.open": {"session": "s", "files": {name: 1}},
                "asset.read": {"data": data},
                "issue.copy": {
                    "name": name,
                    "data": data,
                    "copy": "c",
                    "receipt": "r",
                    "promise": "p",
                },
            }[operation]

    monkeypatch.setattr(assets.Context, "caller", lambda _self: Owner())
    monkeypatch.chdir(tmp_path)
    done = adyton("asset", "checkout", NOTHING, "--out", tmp_path / "a" / "b")
    assert done.code == 5
    adyton("issue", "x", "--to", "p")
    assert not [path for path in tmp_path.rglob("*evil*") if path.parent != tmp_path]
    assert not [one for one in (tmp_path.parent / "evil", Path("/evil")) if one.exists()]


def test_a_published_version_is_told(adyton, owner):
    owner.protect("made public", MASTER)
    assert adyton("publish", "made public").out.startswith("ast_")
