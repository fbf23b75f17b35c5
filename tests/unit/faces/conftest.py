import json
from typing import NamedTuple

import pytest

from adyton.adapters import owner_socket
from adyton.faces.api import ApiServer, make_api
from adyton.faces.cli import run


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture(scope="session")
def owner(small):
    """The small perimeter with its socket: commands reach it as they reach `adyton serve`."""
    socket = owner_socket.listen(small.perimeter.paths.socket)
    with ApiServer(make_api(small.perimeter), [socket]):
        yield small
    small.perimeter.paths.socket.unlink()


@pytest.fixture
def adyton(owner, capsys, monkeypatch, tmp_path):
    """Runs one command line as a person of the small perimeter."""
    monkeypatch.setenv("ADYTON_PASSPHRASE", "a phrase that is long enough")

    def command(*words, by="operator"):
        key = tmp_path / f"{by}.key"
        key.write_text(owner.keys[by].reveal())
        try:
            code = run([*map(str, words), "--home", str(owner.home), "--key", str(key)])
        except SystemExit as ended:
            code = ended.code
        return Done(code, *capsys.readouterr())

    return command
