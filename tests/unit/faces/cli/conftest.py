import shutil

import pytest


@pytest.fixture(scope="session")
def case(owner):
    """A case on a posted copy of the document, opened by the investigator."""
    copy = owner.copy_for("entitled")
    owner.release(owner.document, "trace", by="investigator")
    asked = {"purpose": "a posted runbook", "second": owner.ids["second investigator"]}
    opened = owner.call("investigator", "incident.open", {**asked, "files": owner.posted(copy)})
    return {"case": opened["case"], "copy": copy["copy"]}


@pytest.fixture
def bundle(adyton, case, tmp_path):
    """A fresh evidence bundle."""
    done = adyton("incident", "bundle", case["case"], "--out", tmp_path / "b", by="investigator")
    assert done.code == 0, done.err
    yield tmp_path / "b"
    shutil.rmtree(tmp_path / "b")
