"""Our own vectors of promises and receipts' notes: each is judged as its folder says."""

from pathlib import Path

import pytest

from adyton.crypto.notes import parse_vkey
from adyton.ledger.kept import Given, examine_file
from adyton.ledger.promise import open_promise, open_receipt
from adyton.terms.errors import Malformed, Tampered

HERE = Path(__file__).parent
OPEN = {"promises": open_promise, "receipts": open_receipt}
REFUSED = {"malformed": Malformed, "tampered": Tampered}
CASES = [
    path.relative_to(HERE).as_posix()
    for kind in OPEN
    for path in sorted((HERE / kind).rglob("*"))
    if path.is_file() and path.name != "vkeys"
]


def test_there_are_vectors_of_each_verdict():
    assert {tuple(case.split("/")[:2]) for case in CASES} == {
        (kind, verdict) for kind in OPEN for verdict in ("accepted", *REFUSED)
    }


@pytest.mark.parametrize("case", CASES)
def test_i7_a_vector_is_judged_as_its_folder_says(case):
    kind, verdict, _ = case.split("/")
    data = (HERE / case).read_bytes()
    log = parse_vkey((HERE / kind / "vkeys").read_text().removesuffix("\n"))
    if verdict == "accepted":
        assert OPEN[kind](data, log).origin == log.name
        assert examine_file(data, Given(log=log)).failures == []
    else:
        with pytest.raises(REFUSED[verdict]):
            OPEN[kind](data, log)
