import logging
import subprocess
import sys
import threading

import pytest

from adyton.adapters import owner_socket
from adyton.assembly import init_home, listening
from adyton.assembly.listening import api_sockets, tend
from adyton.assembly.perimeter import Perimeter
from adyton.terms import Unavailable


@pytest.fixture
def perimeter(tmp_path):
    made = init_home(tmp_path / "h", owner="Lab", operator="Op")
    with owner_socket.listen_network("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    text = made.paths.config.read_text().replace("api_port = 8461", f"api_port = {port}")
    made.paths.config.write_text(text)
    with Perimeter.open(made.paths) as opened:
        yield opened


def test_a_taken_port_leaves_no_socket_in_the_home(perimeter):
    taken = owner_socket.listen_network("127.0.0.1", perimeter.config.listen.api_port)
    with taken, pytest.raises(Unavailable, match="cannot listen"), tend(perimeter):
        api_sockets(perimeter)
    assert not perimeter.paths.socket.exists()


def test_the_socket_goes_when_tending_ends_however_it_ends(perimeter):
    def fall():
        with tend(perimeter):
            for one in api_sockets(perimeter):
                one.close()
            assert perimeter.paths.socket.exists()
            raise KeyError

    with pytest.raises(KeyError):
        fall()
    assert not perimeter.paths.socket.exists()


def test_tending_goes_on_after_a_turn_that_failed(perimeter, monkeypatch, caplog):
    turns, third = [], threading.Event()

    def full(**_):
        turns.append(1)
        if len(turns) == 3:
            third.set()
        raise Unavailable("no space is left")

    monkeypatch.setattr(listening, "EVERY_S", 0.01)
    monkeypatch.setattr(perimeter.refusals, "flush", full)
    with caplog.at_level(logging.WARNING, logger="adyton.owner"), tend(perimeter):
        assert third.wait(20)
    monkeypatch.undo()
    assert "tending failed: no space is left" in caplog.text


TOLD_TO_ANOTHER_THREAD = """
import signal, threading
from adyton.assembly.listening import Ending
ending = Ending()
signal.signal(signal.SIGTERM, ending)
def other():
    threading.Event().wait(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    threading.Event().wait(60)
threading.Thread(target=other, daemon=True).start()
ending.wait()
print("ended")
"""


def test_a_signal_that_another_thread_receives_ends_the_wait_too():
    done = subprocess.run(  # noqa: S603 - our own interpreter and words
        [sys.executable, "-c", TOLD_TO_ANOTHER_THREAD],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout == "ended\n"
