import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.terms import Malformed, TooLarge
from adyton.vault import records
from tests.unit.vault.world import VaultWorld

WORLD = VaultWorld(seed=3)
MADE = WORLD.protect()
MANIFEST = WORLD.shelf.files[MADE.asset, MADE.version, records.MANIFEST]
HEADER = WORLD.shelf.files[MADE.asset, MADE.version, records.HEADER]


def test_records_come_back_byte_for_byte():
    manifest = records.decode(MANIFEST, records.Manifest, what="manifest")
    header = records.decode(HEADER, records.Header, what="header")
    assert records.encode(manifest) == MANIFEST
    assert records.encode(header) == HEADER
    assert records.digest_of(MANIFEST) == header.manifest_sha256 == MADE.manifest_sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"cipher":"cobblestone-256"', b'"cipher":"none"'),
        (b"manifest/v1", b"manifest/v9"),
        (b'"asset":', b'"extra":1,"asset":'),
        (b'"parts":[{', b'"parts":[],"x":[{'),
        (b'"kind":"weights"', b'"kind":"spell"'),
        (b'"files":', b'"files": '),
        (MADE.asset.encode(), b"../../etc"),
    ],
)
def test_records_of_another_form_are_malformed(old: bytes, new: bytes):
    assert old in MANIFEST
    with pytest.raises(Malformed):
        records.decode(MANIFEST.replace(old, new), records.Manifest, what="manifest")


@given(st.binary(max_size=300))
def test_i7_hostile_records_are_only_ever_malformed(data: bytes):
    for kind in (records.Manifest, records.Header, records.SealedShare):
        with pytest.raises(Malformed):
            records.decode(data, kind, what="record")


def test_a_record_over_its_limit_is_not_parsed():
    with pytest.raises(TooLarge):
        records.decode(b" " * (records.MAX_RECORD_BYTES + 1), records.Manifest, what="manifest")
