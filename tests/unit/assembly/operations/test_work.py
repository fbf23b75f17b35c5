import base64

import pytest

from adyton.terms import Missing, Refused, Unavailable

SHELL = b"import subprocess\n\n\ndef run(name):\n    subprocess.run('ls ' + name, shell=True)\n"


def tree(**files):
    return [{"name": name, "data": base64.b64encode(data).decode()} for name, data in files.items()]


@pytest.fixture
def proxied(small, monkeypatch):
    """As `serve` has it, with a proxy that has just gone."""
    monkeypatch.setattr(small.perimeter, "proxy_url", "http://127.0.0.1:9")
    return small


def test_a_review_is_on_record_before_and_after(small):
    answer = small.call("entitled", "analyst.review", {"files": tree(a=SHELL, **{"b.py": SHELL})})
    assert {one["level"] for one in answer["claims"]} == {"L1", "L2"}
    assert answer["coverage"]["skipped"] == [{"file": "a", "reason": "not Python"}]
    kinds = [one.type for one in small.perimeter.all_entries("review.asked", "review.done")]
    assert kinds[-2:] == ["review.asked", "review.done"]


def test_the_credential_is_in_no_fact_and_no_answer(proxied):
    key = proxied.keys["entitled"].reveal()
    asked = {"files": tree(**{"b.py": SHELL}), "explain": "m", "key": key}
    answer = proxied.call("entitled", "analyst.review", asked)
    assert answer["silence"].startswith("the server does not answer")
    assert key not in str(answer)
    for entry in proxied.perimeter.all_entries():
        assert key not in str(entry)


def test_nobody_explains_with_somebody_elses_credential(proxied):
    asked = {"files": [], "explain": "m", "key": proxied.keys["operator"].reveal()}
    with pytest.raises(Refused, match="somebody else's"):
        proxied.call("entitled", "analyst.review", asked)
    with pytest.raises(Refused):
        proxied.call("entitled", "analyst.review", {**asked, "key": "adk_nonsense"})


def test_without_a_proxy_there_is_no_explanation_and_no_fact(small):
    before = len(list(small.perimeter.all_entries("review.asked")))
    asked = {"files": [], "explain": "m", "key": small.keys["entitled"].reveal()}
    with pytest.raises(Unavailable):
        small.call("entitled", "analyst.review", asked)
    assert len(list(small.perimeter.all_entries("review.asked"))) == before


def test_an_entitlement_to_a_whole_compartment_lets_review(small):
    small.person("broad reviewer")
    with pytest.raises(Missing):
        small.call("broad reviewer", "analyst.review", {"files": []})
    small.entitle("broad reviewer", "review", compartment=small.compartment, purpose="audit")
    assert small.call("broad reviewer", "analyst.review", {"files": []})["claims"] == []


def test_a_model_name_starts_only_the_weights_that_serve_it(small):
    session = small.release(small.document, "serve", by="entitled")
    with pytest.raises(Exception, match="not served by these weights"):
        small.call("entitled", "model.start", {"session": session, "endpoint": "other"})
    reading = small.release(small.document, "checkout", by="entitled")
    asked = {"name": "read-model", "compartment": small.compartment, "weights": small.document}
    small.call("operator", "asset.endpoint", asked)
    with pytest.raises(Refused, match="not for serving"):
        small.call("entitled", "model.start", {"session": reading, "endpoint": "read-model"})


def test_the_doctor_sees_a_home_that_others_can_read(small):
    def private():
        checks = small.call("operator", "doctor.facts", {})["checks"]
        return next(one["ok"] for one in checks if one["id"] == "home.private")

    assert private() is True
    small.home.chmod(0o755)
    try:
        assert private() is False
    finally:
        small.home.chmod(0o700)
