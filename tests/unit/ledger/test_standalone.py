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
    ledger = {f"adyton/ledger/{name}.py" for name in ("proof", "promise", "kept")}
    crypto = {
        *("checkpoints", "commitments", "epochlink", "lines", "manifest", "merkle", "mldsa"),
        *("notes", "plainjson", "tiles", "tlogproof"),
    }
    terms = {f"adyton/terms/{name}.py" for name in ("errors", "facts", "ids")}
    needed = {f"adyton/crypto/{name}.py" for name in crypto} | ledger | terms
    assert modules == needed | {"__main__.py", "adyton/adapters/verifier.py"}
    assert b"import rfc8785" not in text
