"""Erase, back up, restore, go on: what a backup holds, what comes back, and who sees it."""

import base64
import copy
import json
import shutil

import pytest

from adyton.assembly import backups, client, escrow, init_home, renewal, restoring
from adyton.assembly.following import catch_up
from adyton.assembly.home import HomePaths
from adyton.assembly.operations import dispatch
from adyton.assembly.perimeter import Perimeter
from adyton.crypto.checkpoints import open_checkpoint
from adyton.crypto.epochlink import Lost, Reason
from adyton.crypto.notes import Signer, parse_vkey
from adyton.ledger.proof import examine_receipt
from adyton.terms import (
    BodyState,
    Conflict,
    Malformed,
    Misconfigured,
    Missing,
    Refused,
    Secret,
    Tampered,
)

PASSPHRASE = Secret("a phrase that is long enough")


class Lab:
    """A home with an operator, an approver, and a person whose name may be erased."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        founded = init_home(self.home, owner="Example Lab", operator="Op One")
        self.keys = {"operator": founded.key}
        self.ids = {"operator": founded.operator}
        self.org = founded.org
        with self.opened() as perimeter:
            self.person(perimeter, "Approver One", "approver")
            self.person(perimeter, "Auditor One", "auditor")
            self.person(perimeter, "Both One", "operator", "approver")
            self.person(perimeter, "Robin Example")
            self.receipt = perimeter.ledger.entries(limit=1)[0].receipt
            self.month = next(iter(perimeter.ledger.upkeep.covered())).month

    def opened(self):
        return Perimeter.open(HomePaths.of(self.home))

    def call(self, perimeter, who, operation, params):
        return dispatch(perimeter, self.keys[who], operation, params)

    def person(self, perimeter, name, *roles):
        asked = {"name": name, "login": name.split()[0].lower(), "org": self.org}
        asked |= {"employment": "employee", "roles": list(roles)}
        made = self.call(perimeter, "operator", "person.add", asked)["person"]
        handle = " and ".join(roles) or "person"
        self.ids[handle] = made
        key = self.call(perimeter, "operator", "key.issue", {"person": made})["key"]
        self.keys[handle] = Secret(key)

    def backup(self, name="backup"):
        with self.opened() as perimeter:
            folder = self.folder / name
            self.call(perimeter, "operator", "backup.take", {"path": str(folder)})
        return folder

    def escrow(self):
        return escrow.collect(self.home)

    def erase_person(self):
        with self.opened() as perimeter:
            asked = {"subject": self.ids["person"], "month": self.month, "apply": True}
            return self.call(perimeter, "operator", "ledger.erase", asked)

    def begin(self, reason=Reason.RESTORED):
        renewal.propose(self.home, self.keys["operator"], reason=reason)
        return renewal.approve(self.home, self.keys["approver"])

    def lose_home(self):
        shutil.rmtree(self.home)

    def copied(self, folder):
        """The same lab in another place."""
        made = copy.copy(self)
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        made.folder, made.home = folder, folder / "home"
        made.keys, made.ids = dict(self.keys), dict(self.ids)
        return made


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture
def lab(first, tmp_path):
    return first.copied(tmp_path)


def readable(folder, text):
    return [path for path in folder.rglob("*") if path.is_file() and text in path.read_bytes()]


def test_i11_nothing_that_was_erased_is_readable_in_a_backup_taken_after_it(lab):
    assert readable(lab.home / "state", b"Robin Example")
    lab.erase_person()
    folder = lab.backup()
    assert backups.look(folder).failures == []
    assert readable(folder, b"Robin") == []
    kept = lab.escrow()
    assert lab.ids["person"] not in {one.subject for one in kept.body_keys}


def test_i11_what_foreign_logs_say_in_clear_in_the_timeline_is_in_no_backup(lab):
    row = {"time": "2026-11-24T08:00:00Z", "event": "signin", "user": "planted-in-a-log"}
    data = base64.b64encode(json.dumps(row).encode()).decode()
    with lab.opened() as perimeter:
        lab.call(
            perimeter, "operator", "sources.import", {"name": "n", "kind": "idp", "data": data}
        )
        paths = perimeter.paths
    catch_up(paths)
    assert readable(paths.timeline, b"planted-in-a-log")
    folder = lab.backup()
    assert not list(folder.rglob("*timeline*"))
    assert not readable(folder, b"planted-in-a-log")


def test_i8_a_backup_holds_no_key_and_no_name_even_of_people_who_are_there(lab):
    folder = lab.backup()
    for text in (b"Robin", b"Approver One", lab.keys["operator"].reveal().encode()):
        assert readable(folder, text) == []
    seeds = [path.read_bytes().strip() for path in (lab.home / "keys").glob("*.key")]
    assert seeds
    assert not any(readable(folder, seed) for seed in seeds)
    assert readable(lab.folder / "backup", b"kms") == []


def test_a_restored_backup_is_refused_until_two_people_begin_a_new_epoch(lab):
    folder, keys = lab.backup(), lab.escrow()
    with lab.opened() as perimeter:
        vkeys = [
            parse_vkey(one) for one in (perimeter.ledger.vkey(), *perimeter.ledger.witness_vkeys())
        ]
        old = perimeter.ledger.proof(lab.receipt)
        lab.person(perimeter, "Late Person")
    lab.lose_home()
    made = restoring.restore(folder, lab.home, escrow=keys)
    with pytest.raises(Tampered) as caught, lab.opened():
        pass
    assert "new-epoch.md" in caught.value.mend
    proposed = renewal.propose(lab.home, lab.keys["operator"], reason=Reason.RESTORED)
    assert proposed.link.lost == Lost(start=made.link.before.held, end=made.link.before.held + 2)
    with pytest.raises(Refused):  # nobody alone: not the proposer, not whoever may not approve
        renewal.approve(lab.home, lab.keys["operator"])
    with pytest.raises(Refused):
        renewal.approve(lab.home, lab.keys["auditor"])
    _, promise = renewal.approve(lab.home, lab.keys["approver"])
    assert (promise.epoch, promise.index) == (2, 0)
    with lab.opened() as perimeter:
        assert perimeter.verify_record()[1] == ()
        names = [row["name"] for _, row in perimeter.ledger.state.scan("people")]
        assert "Robin Example" in names
        assert "Late Person" not in names
        started = perimeter.ledger.entry(promise.receipt)
        assert started.subjects == (lab.ids["operator"], lab.ids["approver"])
        new = perimeter.ledger.proof(lab.receipt)
    for receipt in (old, new):  # a receipt of the old epoch verifies with its keys, as ever
        assert (
            examine_receipt(receipt, entry=None, log=vkeys[0], witnesses=vkeys[1:]).failures == []
        )


def test_an_erasure_that_the_backup_does_not_know_is_carried_out_from_the_newest_list(lab):
    folder, keys = lab.backup(), lab.escrow()
    lab.erase_person()
    with lab.opened() as perimeter:
        found = lab.call(perimeter, "auditor", "ledger.erasures", {})
    listed = lab.folder / "erasures.json"
    listed.write_text(json.dumps(found))
    lab.lose_home()
    made = restoring.restore(folder, lab.home, escrow=keys, erasures=listed)
    assert made.erasures == 1
    lab.begin()
    with lab.opened() as perimeter:
        row = perimeter.ledger.state.get("people", lab.ids["person"])
        assert row["name"] == ""
        assert perimeter.verify_record()[1] == ()
    assert readable(lab.home, b"Robin") == []


def test_an_old_escrow_brings_no_key_back_that_the_record_says_is_destroyed(lab):
    keys = lab.escrow()
    lab.erase_person()
    folder = lab.backup()
    lab.lose_home()
    restoring.restore(folder, lab.home, escrow=keys)
    assert readable(lab.home, b"Robin") == []
    lab.begin()
    with lab.opened() as perimeter:
        assert perimeter.ledger.state.get("people", lab.ids["person"])["name"] == ""


def test_bodies_whose_key_is_younger_than_the_escrow_are_counted_and_not_hidden(lab):
    keys = lab.escrow()
    with lab.opened() as perimeter:
        lab.person(perimeter, "Late Person")
    folder = lab.backup()
    lab.lose_home()
    assert restoring.restore(folder, lab.home, escrow=keys).lost == 1
    assert restoring.restore(folder, lab.folder / "other").lost > 4  # without any keys


def test_restored_without_body_keys_it_opens_and_shows_its_facts_and_tells_lost_from_erased(lab):
    """The list of erasures names keys that were never here: those bodies are erased, not lost."""
    keys = lab.escrow()
    folder = lab.backup()
    lab.erase_person()
    with lab.opened() as perimeter:
        told = lab.call(perimeter, "auditor", "ledger.erasures", {})
        size = perimeter.ledger.trees.position.size
        erased = [one.index for one in perimeter.ledger.entries(limit=size) if one.body_erased]
    listed = lab.folder / "erasures.json"
    listed.write_text(json.dumps(told))
    lab.lose_home()
    only_files = escrow.Payload(made_at_s=keys.made_at_s, files=keys.files, body_keys=())
    made = restoring.restore(folder, lab.home, escrow=only_files, erasures=listed)
    lab.begin()
    with lab.opened() as perimeter:
        entries = perimeter.ledger.entries(limit=1000)
        assert erased
        assert [one.index for one in entries if one.body_erased] == erased
        lost = [one.index for one in entries if one.body_state is BodyState.LOST]
        assert len(lost) == made.lost - len(erased)
        asked = {"fact": str(lost[0])}
        assert lab.call(perimeter, "auditor", "ledger.show", asked)["body"] == "lost"
        assert perimeter.verify_record()[1][0].startswith(f"bodies: {len(lost)} are lost")


def test_restored_on_another_machine_nothing_is_known_of_what_came_after(lab):
    folder, keys = lab.backup(), lab.escrow()
    with lab.opened() as perimeter:
        lab.person(perimeter, "Late Person")
    for place in ("home", "home-head", "home-witness"):
        shutil.rmtree(lab.folder / place)
    restoring.restore(folder, lab.home, escrow=keys)
    made, _ = lab.begin()
    assert made.link.lost is None
    assert any("more may be" in line for line in renewal.described(made))
    with lab.opened() as perimeter:
        assert perimeter.verify_record()[1] == ()


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("facts.db", "is not the file"),
        ("ledger/1/checkpoint", "is not the file"),
        ("MANIFEST", "MANIFEST"),
        ("vkeys", "MANIFEST"),
        ("config.toml", "is not the file"),
    ],
)
def test_i4_a_changed_byte_of_a_backup_is_found_and_nothing_is_restored(lab, path, what):
    folder = lab.backup()
    data = (folder / path).read_bytes()
    (folder / path).write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    assert any(what in one for one in backups.look(folder).failures)
    with pytest.raises(Tampered, match="the backup does not hold"):
        restoring.restore(folder, lab.folder / "other")
    assert not (lab.folder / "other").exists()


def test_i4_a_backup_with_a_file_too_many_or_too_few_or_of_another_log_is_found(lab):
    folder = lab.backup()
    (folder / "extra").write_bytes(b"x")
    assert backups.look(folder).failures == ["extra: is not listed in the manifest"]
    (folder / "extra").unlink()
    (folder / "ledger" / "1" / "policy").unlink()
    assert backups.look(folder).failures == [
        "ledger/1/policy: is listed in the manifest but missing"
    ]
    other = Lab(lab.folder / "second")
    with other.opened() as perimeter:
        foreign = (parse_vkey(perimeter.ledger.vkey()),)
    assert backups.look(other.backup(), trusted=foreign).failures == []
    assert "not the trusted ones" in backups.look(folder, trusted=foreign).failures[0]


def test_a_backup_goes_only_into_an_empty_place_and_a_restore_too(lab):
    folder = lab.backup()
    with lab.opened() as perimeter, pytest.raises(Conflict, match="not empty"):
        lab.call(perimeter, "operator", "backup.take", {"path": str(folder)})
    with lab.opened() as perimeter, pytest.raises(Refused):
        lab.call(perimeter, "operator", "backup.take", {"path": str(lab.home / "inside")})
    with pytest.raises(Conflict, match="not empty"):
        restoring.restore(folder, lab.home)


def test_the_backup_of_a_restored_record_holds_every_epoch_and_restores_again(lab):
    folder, keys = lab.backup(), lab.escrow()
    lab.lose_home()
    restoring.restore(folder, lab.home, escrow=keys)
    lab.begin()
    second = lab.backup("second")
    assert backups.look(second).failures == []
    assert (second / "ledger" / "1" / "checkpoint").exists()
    keys = lab.escrow()
    lab.lose_home()
    restoring.restore(second, lab.home, escrow=keys)
    _, promise = lab.begin()
    assert promise.epoch == 3
    with lab.opened() as perimeter:
        assert perimeter.verify_record()[1] == ()


def test_a_wrong_passphrase_opens_no_escrow(lab):
    escrow.seal(lab.home, lab.folder / "keys", PASSPHRASE)
    assert lab.escrow().body_keys[0].key_id not in (lab.folder / "keys").read_text()
    again = escrow.unseal(lab.folder / "keys", PASSPHRASE)
    assert again.body_keys == lab.escrow().body_keys
    assert again.files == lab.escrow().files
    with pytest.raises(Refused):
        escrow.unseal(lab.folder / "keys", Secret("another phrase"))
    with pytest.raises(Conflict):
        escrow.seal(lab.home, lab.folder / "keys", PASSPHRASE)
    (lab.folder / "none").write_text("{}")
    with pytest.raises(Malformed):
        escrow.unseal(lab.folder / "none", PASSPHRASE)


def test_nothing_is_approved_that_nobody_proposed_or_that_was_changed(lab):
    folder, keys = lab.backup(), lab.escrow()
    lab.lose_home()
    restoring.restore(folder, lab.home, escrow=keys)
    with pytest.raises(Missing, match="no new epoch is proposed"):
        renewal.approve(lab.home, lab.keys["approver"])
    renewal.propose(lab.home, lab.keys["operator"], reason=Reason.RESTORED)
    file = renewal.proposal_file(HomePaths.of(lab.home))
    good = file.read_text()
    file.write_text(good.replace(lab.ids["operator"], lab.ids["auditor"]))
    with pytest.raises(Tampered, match="not made by this perimeter"):
        renewal.approve(lab.home, lab.keys["approver"])
    file.write_text("{}")
    with pytest.raises(Tampered, match="not readable"):
        renewal.approve(lab.home, lab.keys["approver"])


def test_nobody_is_two_people_whatever_their_roles(lab):
    folder, keys = lab.backup(), lab.escrow()
    lab.lose_home()
    restoring.restore(folder, lab.home, escrow=keys)
    renewal.propose(lab.home, lab.keys["operator and approver"], reason=Reason.RESTORED)
    with pytest.raises(Refused, match="the proposer does not approve"):
        renewal.approve(lab.home, lab.keys["operator and approver"])
    assert renewal.approve(lab.home, lab.keys["approver"])[1].epoch == 2


def test_the_log_key_is_lost_and_the_record_goes_on_under_a_new_one(lab):
    with lab.opened() as perimeter:
        ledger = perimeter.ledger
        old = (*ledger.witnesses.log_vkeys(), *ledger.witness_vkeys())
    (lab.home / "keys" / "log.key").unlink()
    with pytest.raises(Misconfigured, match="gone") as caught, lab.opened():
        pass
    assert "keys-lost.md" in caught.value.mend
    lab.begin(Reason.REKEYED)
    with lab.opened() as perimeter:
        assert perimeter.verify_record()[1] == ()
        fresh = perimeter.ledger.witnesses.log_vkeys()
        assert len(fresh) == 2
        assert not {one.rpartition("+")[2] for one in fresh} & {
            one.rpartition("+")[2] for one in old
        }
        assert perimeter.ledger.vkey().rpartition("+")[2] != old[0].rpartition("+")[2]
        receipt = perimeter.ledger.proof(lab.receipt)
        epochs = lab.call(perimeter, "auditor", "ledger.epochs", {})
    assert epochs["keys"]["1"] == list(old)
    (lab.folder / "vkeys").write_text("".join(f"{one}\n" for one in old))
    (lab.folder / "old.tlog-proof").write_bytes(receipt)
    seen = client.verify_offline(lab.folder / "old.tlog-proof", lab.folder / "vkeys")
    assert seen.failures == []


def test_a_stolen_log_key_is_of_no_use_for_what_comes_after_the_new_epoch(lab):
    stolen = (lab.home / "keys" / "log.key").read_text()
    lab.begin(Reason.REKEYED)
    with lab.opened() as perimeter:
        perimeter.ledger.publish()
        note = perimeter.ledger.checkpoint()
    origin = note.decode().split("\n")[0]
    thief = Signer(name=origin, seed=bytes.fromhex(stolen.strip())).key
    with pytest.raises(Tampered):
        open_checkpoint(note, log=thief)
