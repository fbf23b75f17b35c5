from pathlib import Path

import pytest

from adyton.assembly import HomePaths
from adyton.assembly.config import Config, Paths, Upstream
from adyton.assembly.home import check_free, lay_out
from adyton.terms import Misconfigured


@pytest.fixture
def paths(tmp_path):
    made = HomePaths.of(tmp_path / "h")
    check_free(made)
    lay_out(made)
    return made


def test_a_home_is_private_and_has_its_own_origin(paths, tmp_path):
    for folder in ("h", "h/keys", "h/state", "h/vault", "h/tmp", "h-head", "h-witness"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700, folder
    other = HomePaths.of(tmp_path / "other")
    lay_out(other)
    assert paths.read_config().origin != other.read_config().origin
    assert paths.read_config().origin.startswith("adyton.invalid/")


def test_head_and_witness_lie_beside_the_home_unless_set_elsewhere(paths, tmp_path):
    assert paths.head(Config()) == tmp_path / "h-head" / "main-1.head"
    moved = Config(paths=Paths(head="/far/head", witness="/far/witness"))
    assert paths.head(moved) == Path("/far/head/main-1.head")
    assert paths.witness(moved) == Path("/far/witness")


def test_every_place_with_keys_or_proofs_is_kept_apart(paths, tmp_path):
    config = Config(upstreams={"m": Upstream(url="http://127.0.0.1:1", key_file="/k/m.key")})
    assert set(paths.kept_apart(config)) == {
        tmp_path / "h",
        tmp_path / "h-head",
        tmp_path / "h-witness",
        tmp_path / "h-operator.key",
        Path("/k/m.key"),
    }


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p: p.format.unlink(), "is not a perimeter"),
        (lambda p: p.format.write_text("9\n"), "a format that this version does not know"),
        (lambda p: p.format.write_bytes(b"\xff"), "a format that this version does not know"),
        (lambda p: p.config.unlink(), "no config.toml"),
        (lambda p: p.config.write_bytes(b"\xff"), "not TOML"),
    ],
    ids=["none", "later format", "no number", "no settings", "no text"],
)
def test_what_is_no_home_says_what_to_do(paths, spoil, says):
    spoil(paths)
    with pytest.raises(Misconfigured, match=says) as raised:
        paths.read_config()
    assert raised.value.mend
