import hashlib

import pytest

from adyton.adapters.memory_ledger import ManualClock, SeededEntropy, memory_ledger
from adyton.marks import CopyTerms, Registry, issue, key_id, project, registered_copies
from adyton.marks.layout import read_master
from adyton.marks.registry import copies_written_with
from adyton.terms import (
    AssetId,
    Channel,
    Conflict,
    Malformed,
    Missing,
    PersonId,
    Refused,
    Unavailable,
)
from tests.unit.marks.leaks import MASTER, VERSION, key

READER = PersonId("per_" + "r" * 26)
TERMS = CopyTerms(
    asset=AssetId("ast_" + "a" * 26),
    version=VERSION,
    recipient=READER,
    channel=Channel.DIRECT,
    place="runbook.md",
)


@pytest.fixture
def ledger():
    return memory_ledger([project], clock=ManualClock())


@pytest.fixture
def registry(ledger):
    return Registry(recorder=ledger, entropy=SeededEntropy(4))


def issued(registry):
    return issue(registry=registry, master=MASTER, key=key(1), terms=TERMS, label="Reader")


def test_the_registry_row_holds_all_that_reading_needs_later(registry, ledger):
    marked = issued(registry)
    row = ledger.state.get("copies", marked.copy)
    assert row["version"] == VERSION
    assert row["recipient"] == READER
    assert row["place"] == "runbook.md"
    assert row["digest"] == hashlib.sha256(marked.data).hexdigest()
    assert row["key_id"] == key_id(key(1))
    assert row["layout"] == read_master(MASTER).digest
    assert row["code_version"] == 1
    assert row["receipt"] == marked.promise.receipt
    assert registered_copies(ledger.state, VERSION) == (marked.copy,)


def test_i1_when_the_fact_cannot_be_recorded_no_byte_leaves(ledger):
    class Broken:
        state = ledger.state

        def append(self, fact, *, guard=None):
            raise Unavailable("the ledger")

    with pytest.raises(Unavailable):
        issued(Registry(recorder=Broken(), entropy=SeededEntropy()))


def test_a_malformed_master_leaves_no_fact(registry, ledger):
    before = len(ledger.entries())
    with pytest.raises(Malformed):
        issue(registry=registry, master="{{a}}", key=key(1), terms=TERMS)
    assert len(ledger.entries()) == before


def test_i8_place_and_key_name_are_not_in_the_tree(registry, ledger):
    issued(registry)
    entry = ledger.entries()[-1]
    assert set(entry.public) == {
        "copy", "asset", "version", "recipient", "channel", "digest", "size_bytes",
    }  # fmt: skip


def test_a_copy_id_is_given_once(registry):
    copy = issued(registry).copy
    with pytest.raises(Conflict):
        registry.register(copy=copy, terms=TERMS, digest="0" * 64, size_bytes=1)


def test_a_recipient_acknowledges_once_and_only_these_bytes(registry, ledger):
    marked = issued(registry)
    with pytest.raises(Refused):
        registry.acknowledge(marked.copy, by=READER, digest="0" * 64)
    registry.acknowledge(marked.copy, by=READER, digest=marked.digest)
    assert ledger.state.get("copies", marked.copy)["acknowledged_at"] > 0
    assert list(ledger.state.by_index("copies", VERSION))
    with pytest.raises(Conflict):
        registry.acknowledge(marked.copy, by=READER, digest=marked.digest)


def test_i2_anothers_copy_looks_like_none(registry):
    marked = issued(registry)
    stranger = PersonId("per_" + "s" * 26)
    with pytest.raises(Missing) as hidden:
        registry.acknowledge(marked.copy, by=stranger, digest=marked.digest)
    with pytest.raises(Missing) as absent:
        registry.acknowledge(registry.new_copy(), by=stranger, digest=marked.digest)
    assert str(hidden.value) == str(absent.value)


def test_unmarked_copies_are_registered_but_no_suspects(registry, ledger):
    copy = registry.new_copy()
    registry.register(copy=copy, terms=TERMS, digest="0" * 64, size_bytes=1)
    assert registered_copies(ledger.state, VERSION) == ()


def test_copies_of_another_key_or_master_are_not_compared(registry, ledger):
    marked = issued(registry)
    digest = read_master(MASTER).digest
    name = key_id(key(1))
    same = copies_written_with(ledger.state, VERSION, layout=digest, key_name=name)
    assert same == (marked.copy,)
    assert copies_written_with(ledger.state, VERSION, layout="", key_name=name) == ()
    assert copies_written_with(ledger.state, VERSION, layout=digest, key_name="mk_0") == ()


def test_a_digest_that_is_none_is_refused(registry):
    with pytest.raises(Malformed):
        registry.register(copy=registry.new_copy(), terms=TERMS, digest="abc", size_bytes=1)
