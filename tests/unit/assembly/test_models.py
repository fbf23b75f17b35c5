import pytest

from adyton.assembly.models import key_in
from adyton.terms import Misconfigured, Missing, Refused, SessionId


def test_the_key_of_a_configured_upstream_is_read_and_never_shown(tmp_path):
    (tmp_path / "key").write_text("planted\n")
    secret = key_in(str(tmp_path / "key"))
    assert secret.reveal() == "planted"
    assert "planted" not in repr(secret)
    assert key_in("").reveal() == ""


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_key_file_that_holds_none_is_a_wrong_setting(tmp_path, content):
    if content:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(Misconfigured, match="key_file holds no key"):
        key_in(str(tmp_path / "key"))


def test_only_an_open_session_for_serving_starts_a_model(small):
    with pytest.raises(Missing):
        small.perimeter.models.start(SessionId("ses_none"), name="m")
    session = small.release(small.document, "checkout", by="entitled")
    with pytest.raises(Refused, match="not for serving"):
        small.perimeter.models.start(SessionId(session), name="m")
    assert small.perimeter.models.running() == {}
