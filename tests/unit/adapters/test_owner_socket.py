import socket
import threading

import pytest

from adyton.adapters import owner_socket
from adyton.terms import Misconfigured, Unavailable

ANSWER = b"HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\n{}"


def answering(listener, reply):
    """One connection: takes what comes, sends `reply`, hangs up. What came is in the list."""
    seen = []

    def run():
        connection, _ = listener.accept()
        with connection:
            came = b""
            while not came.endswith(b"{}") and (more := connection.recv(65536)):
                came += more
            seen.append(came)
            connection.sendall(reply)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, seen


def test_a_call_carries_the_credential_and_gives_status_and_body(tmp_path):
    with owner_socket.listen(tmp_path / "s") as listener:
        thread, seen = answering(listener, ANSWER)
        answer = owner_socket.post(tmp_path / "s", target="/call/x", body=b"{}", bearer="adk_1")
        thread.join()
    assert answer == (403, b"{}")
    assert b"POST /call/x " in seen[0]
    assert b"authorization: Bearer adk_1\r\n" in seen[0]


@pytest.mark.parametrize("reply", [b"", b"nonsense\r\n\r\n", ANSWER[:-2]])
def test_an_owner_that_breaks_off_is_unavailable(tmp_path, reply):
    with owner_socket.listen(tmp_path / "s") as listener:
        thread, _ = answering(listener, reply)
        with pytest.raises(Unavailable, match="does not answer"):
            owner_socket.post(tmp_path / "s", target="/call/x", body=b"{}", bearer="k")
        thread.join()


def test_a_socket_that_a_crash_left_is_nobodys_and_is_replaced(tmp_path):
    place = tmp_path / "s"
    owner_socket.listen(place).close()
    assert place.exists()
    assert not owner_socket.is_listening(place)
    with pytest.raises(Unavailable):
        owner_socket.post(place, target="/", body=b"", bearer="k")
    with owner_socket.listen(place):
        assert owner_socket.is_listening(place)
        assert place.stat().st_mode & 0o777 == 0o600


def test_a_home_too_deep_for_a_socket_is_told(tmp_path):
    deep = tmp_path / ("d" * 200)
    deep.mkdir()
    assert not owner_socket.is_listening(deep / "owner.sock")
    with pytest.raises(Misconfigured, match="too long for a socket"):
        owner_socket.listen(deep / "owner.sock")


def test_a_home_that_is_gone_is_unavailable(tmp_path):
    with pytest.raises(Unavailable, match="cannot listen in the home"):
        owner_socket.listen(tmp_path / "gone" / "s")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_taken_port_is_unavailable_and_says_which(host):
    try:
        listener = owner_socket.listen_network(host, 0)
    except Unavailable:
        pytest.skip(f"this machine has no {host}")
    with listener:
        assert listener.family in {socket.AF_INET, socket.AF_INET6}
        port = listener.getsockname()[1]
        with pytest.raises(Unavailable, match=f":{port}: "):
            owner_socket.listen_network(host, port)
