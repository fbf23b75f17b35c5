"""Hostile connections to the API, by hand. The proxy's own are in `proxy/test_server.py`."""

import json
import socket

import pytest

from adyton.adapters import owner_socket
from adyton.faces import connection
from adyton.faces.api import ApiServer, app, make_api
from tests.wires import read

HEAD = b"POST /call/org.list HTTP/1.1\r\nhost: a\r\n"


@pytest.fixture(scope="module")
def port(owner):
    listener = owner_socket.listen_network("127.0.0.1", 0)
    with ApiServer(make_api(owner.perimeter), [listener]):
        yield listener.getsockname()[1]


@pytest.fixture
def wire(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.settimeout(5)
        yield raw


def pour(raw, piece, *, mib):
    """Send until that much was taken or the server cut it: whether it cut."""
    try:
        for _ in range((mib << 20) // len(piece)):
            raw.sendall(piece)
    except ConnectionError:
        return True
    return False


def known(owner):
    return HEAD + b"authorization: Bearer %b\r\n" % owner.keys["operator"].reveal().encode()


@pytest.mark.parametrize("piece", [b"a" * 65536, b"a: %b\r\n" % (b"x" * 65000)])
def test_a_head_without_end_is_cut(wire, piece):
    wire.sendall(HEAD + b"x: ")
    assert pour(wire, piece, mib=16)


@pytest.mark.parametrize("start", [b"", b"POST /call/o", HEAD])
def test_a_head_that_does_not_come_in_time_is_dropped(port, monkeypatch, start):
    monkeypatch.setattr(connection, "HEAD_S", 0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(start)
        assert read(raw) == b""


def test_a_body_after_its_refusal_is_thrown_away_within_a_bound(wire):
    wire.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    assert wire.recv(100).startswith(b"HTTP/1.1 401 ")
    assert pour(wire, b"40000\r\n" + b"x" * 0x40000 + b"\r\n", mib=16)


@pytest.mark.parametrize("piece", [b"a: %b\r\n" % (b"x" * 60_000), b"a" * 60_000])
def test_what_trails_a_body_without_end_is_cut(wire, owner, piece):
    wire.sendall(known(owner) + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx: ")
    assert pour(wire, piece, mib=16)


def test_what_trails_a_body_is_no_header_and_keeps_nobody_from_an_answer(wire, owner):
    wire.sendall(
        known(owner)
        + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
        + b"authorization: Bearer nobody\r\n\r\n"
    )
    assert read(wire).startswith(b"HTTP/1.1 200 ")


def test_a_large_body_of_a_known_caller_is_no_head_over_the_limit(wire, owner):
    body = b" " * (1 << 20) + b"{}"
    lines = b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    wire.sendall(known(owner) + lines + body)
    assert read(wire).startswith(b"HTTP/1.1 200 ")


def test_a_body_in_tiny_chunks_is_no_trailer_over_the_limit(wire, owner):
    body = b"1\r\n \r\n" * 30_000 + b"2\r\n{}\r\n0\r\n\r\n"
    wire.sendall(known(owner) + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n" + body)
    assert read(wire).startswith(b"HTTP/1.1 200 ")


def test_a_known_caller_s_body_that_does_not_come_is_given_up(wire, owner, monkeypatch):
    monkeypatch.setattr(app, "BODY_S", 0.3)
    wire.sendall(known(owner) + b"connection: close\r\ncontent-length: 10\r\n\r\n{")
    answer = read(wire)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"in time" in answer


def test_who_is_refused_while_still_sending_gets_the_answer(owner):
    """The command line sends tens of megabytes; a wrong key is told from a process gone."""
    status, body = owner_socket.post(
        owner.perimeter.paths.socket,
        target="/call/org.list",
        body=b" " * (32 << 20),
        bearer="adk_nobody",
    )
    assert (status, json.loads(body)["error"]["family"]) == (401, "Unidentified")
