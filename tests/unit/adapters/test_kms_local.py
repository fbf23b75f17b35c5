import json
import stat
from pathlib import Path

import pytest

from adyton.adapters.clock import SystemEntropy
from adyton.adapters.kms_local import LocalKms
from adyton.terms import Conflict, Misconfigured, Missing, Unavailable

ENTROPY = SystemEntropy()


def test_secrets_come_back_after_loading_and_differ_by_reference_and_context(tmp_path: Path):
    path = tmp_path / "kms.json"
    kms = LocalKms.make(path, ENTROPY)
    one, two = kms.create(), kms.create()
    again = LocalKms.load(path, ENTROPY)
    assert kms.secret(one, context=b"v1").reveal() == again.secret(one, context=b"v1").reveal()
    different = {
        kms.secret(one, context=b"v1").reveal(),
        kms.secret(one, context=b"v2").reveal(),
        kms.secret(two, context=b"v1").reveal(),
        kms.named("v1").reveal(),
    }
    assert len(different) == 4
    assert again.named("prints").reveal() == kms.named("prints").reveal()


def test_a_reference_holds_nothing_of_the_root_and_another_root_refuses_it(tmp_path: Path):
    path = tmp_path / "kms.json"
    kms = LocalKms.make(path, ENTROPY)
    reference = kms.create()
    assert json.loads(path.read_text())["root"][:8] not in reference
    other = LocalKms.make(tmp_path / "other.json", ENTROPY)
    for strange in (reference, "memory:1", ""):
        with pytest.raises(Missing):
            other.secret(strange, context=b"v1")


def test_the_file_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path):
    path = tmp_path / "kms.json"
    LocalKms.make(path, ENTROPY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(Conflict):
        LocalKms.make(path, ENTROPY)
    path.chmod(0o640)
    with pytest.raises(Misconfigured):
        LocalKms.load(path, ENTROPY)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format":"x","root":"00"}', '{"root":1}', "\xff"]
)
def test_what_is_no_kms_file_is_misconfigured(tmp_path: Path, text: str):
    path = tmp_path / "kms.json"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(Misconfigured):
        LocalKms.load(path, ENTROPY)


def test_a_missing_file_is_unavailable(tmp_path: Path):
    with pytest.raises(Unavailable):
        LocalKms.load(tmp_path / "none", ENTROPY)
    with pytest.raises(Unavailable):
        LocalKms.make(tmp_path / "no folder" / "kms.json", ENTROPY)
