import pytest

from adyton.faces.cli.command import Context, default_home, default_key
from adyton.faces.cli.terminal import Terminal
from adyton.terms import Misconfigured, Missing


def context(home, key_file=None):
    return Context(home=home, key_file=key_file, terminal=Terminal(as_json=False))


def test_a_home_that_is_none_is_told_before_any_credential(tmp_path):
    with pytest.raises(Misconfigured, match="is not a perimeter") as raised:
        context(tmp_path).caller()
    assert raised.value.mend == f"run: adyton init --home {tmp_path}"


def test_without_a_credential_the_way_to_give_one_is_told(tmp_path):
    with pytest.raises(Misconfigured, match="no credential given") as raised:
        context(tmp_path / "home").key()
    assert "--key FILE" in raised.value.mend


def test_the_operators_credential_beside_the_home_is_found(tmp_path):
    (tmp_path / "home-operator.key").write_text("adk_beside\n")
    assert context(tmp_path / "home").key().reveal() == "adk_beside"
    (tmp_path / "mine").write_text("adk_mine")
    assert context(tmp_path / "home", tmp_path / "mine").key().reveal() == "adk_mine"


def test_a_file_that_holds_no_credential_is_told_by_its_name(tmp_path):
    (tmp_path / "notes").write_text("dear diary")
    with pytest.raises(Misconfigured, match="notes holds no credential") as raised:
        context(tmp_path, tmp_path / "notes").key()
    assert "diary" not in raised.value.message + raised.value.mend
    with pytest.raises(Missing, match="there is no file none"):
        context(tmp_path, tmp_path / "none").key()


def test_home_and_key_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("ADYTON_HOME", str(tmp_path))
    monkeypatch.setenv("ADYTON_KEY", str(tmp_path / "key"))
    assert (default_home(), default_key()) == (tmp_path, tmp_path / "key")
    monkeypatch.delenv("ADYTON_HOME")
    monkeypatch.delenv("ADYTON_KEY")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert str(default_home()) == "/home/somebody/.adyton/home"
    assert default_key() is None
