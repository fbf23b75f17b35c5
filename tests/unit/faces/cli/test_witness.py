"""The commands of a second machine, on the base install alone."""

import http.client
import json
import subprocess

import pytest

from adyton.crypto.notes import Signer, parse_vkey
from tests import witness_process

LOG = Signer(name="log.invalid", seed=b"l" * 32).key


def failed(*words):
    done = subprocess.run(  # noqa: S603 - our own program
        witness_process.base_only(*words), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_a_witness_is_made_told_whom_to_trust_and_serves(tmp_path):
    folder = tmp_path / "w"
    made = witness_process.run("witness", "init", "w.invalid", "--dir", folder).split()
    assert {parse_vkey(one).name for one in made} == {"w.invalid"}
    shown = json.loads(witness_process.run("witness", "vkey", "--dir", folder, "--json"))
    assert shown["vkeys"] == made
    (tmp_path / "keys").write_text(f"{LOG}\n")
    said = witness_process.run("witness", "trust", tmp_path / "keys", "--dir", folder)
    assert said == "log.invalid\n"
    with witness_process.serving(folder, "--prefix", "/w1") as url:
        assert url.endswith("/w1")
        place = url.removeprefix("http://").removesuffix("/w1")
        connection = http.client.HTTPConnection(place, timeout=10)
        connection.request("GET", "/w1/health")
        assert connection.getresponse().read() == b"ok\n"
        connection.close()
        code, said = failed("witness", "serve", "--dir", folder, "--port", 0)
        assert (code, "another process" in said) == (7, True)
        code, _ = failed("witness", "trust", tmp_path / "keys", "--dir", folder)
        assert code == 7


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("vkey",), 10),
        (("serve", "--port", "0"), 10),
        (("init", "a name"), 5),
        (("serve", "--cert", "c.pem"), 5),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_one_line_and_makes_nothing(tmp_path, words, code):
    found, said = failed("witness", *words, "--dir", tmp_path / "w")
    assert (found, said.count("\n")) == (code, 1)
    assert not (tmp_path / "w").exists()


def test_a_port_that_is_taken_is_unavailable(tmp_path):
    for name in ("v", "w"):
        witness_process.run("witness", "init", "w.invalid", "--dir", tmp_path / name)
    with witness_process.serving(tmp_path / "v") as url:
        port = url.rpartition(":")[2]
        code, said = failed("witness", "serve", "--dir", tmp_path / "w", "--port", port)
    assert (code, "cannot listen" in said) == (9, True)
