import io
import zipfile

from adyton.ledger.standalone import build_verifier


def test_the_verifier_is_the_same_bytes_every_time():
    assert build_verifier() == build_verifier()


def test_the_verifier_holds_just_what_it_needs():
    with zipfile.ZipFile(io.BytesIO(build_verifier())) as archive:
        names = set(archive.namelist())
        assert all(archive.read(name) == b"" for name in names if name.endswith("__init__.py"))
        modules = {name for name in names if not name.endswith("__init__.py")}
        text = b"".join(archive.read(name) for name in modules)
    assert {"adyton/ledger/proof.py", "adyton/crypto/merkle.py", "__main__.py"} <= modules
    ours = {f"adyton/ledger/{name}.py" for name in ("proof", "promise", "kept")}
    assert ours == {name for name in modules if name.startswith("adyton/ledger/")}
    assert b"import rfc8785" not in text
    assert len(modules) < 18
