"""Hostile connections, by hand: what the HTTP server beneath the proxy leaves open."""

import asyncio
import json
import socket
import threading
import time

import pytest

from adyton.faces.proxy import server, wire
from adyton.gateway import Limits
from tests.unit.faces.test_proxy import ASKED, LONG, PLAIN, Perimeter, slowly, wait_for

STREAM = json.dumps({"model": "orchard-1", "messages": ASKED, "stream": True}).encode()


@pytest.fixture
def perimeter():
    made = Perimeter()
    yield made
    made.stop()


def request(perimeter, body=PLAIN, *, method="POST", target="/v1/chat/completions", **more):
    headers = {
        "host": "127.0.0.1",
        "authorization": f"Bearer {perimeter.world.key}",
        "content-type": "application/json",
        "content-length": str(len(body)),
    } | {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def connect(perimeter):
    raw = socket.create_connection(("127.0.0.1", perimeter.server.port), timeout=5)
    raw.settimeout(5)
    return raw


def read(raw):
    """All that comes until the server closes; a server that does not close fails the test."""
    out = b""
    try:
        while data := raw.recv(1 << 16):
            out += data
    except ConnectionError:  # dropped
        pass
    return out


@pytest.mark.parametrize("size", [70_000, 200_000, 900_000])
def test_a_body_that_comes_at_once_is_no_head_over_the_limit(perimeter, size):
    asked = {"model": "orchard-1", "messages": [{"role": "user", "content": "x" * size}]}
    perimeter.model.answer = lambda _: "Fine."
    for _ in range(3):
        with connect(perimeter) as raw:
            raw.sendall(request(perimeter, json.dumps(asked).encode(), connection="close"))
            assert read(raw).startswith(b"HTTP/1.1 200 ")


def test_what_follows_a_request_to_upgrade_is_no_second_request(perimeter):
    with connect(perimeter) as raw:
        inner = request(perimeter, b"", method="GET", target="/v1/models")
        outer = request(perimeter, b"", connection="upgrade", upgrade="h2c", content_length="999")
        raw.sendall(outer)
        time.sleep(0.2)  # noqa: TID251 - the body comes in a packet of its own
        raw.sendall(inner)
        answer = read(raw)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert not perimeter.world.facts("models.listed")


@pytest.mark.parametrize("name", ["authorization", "adyton-purpose", "anthropic-version"])
def test_what_trails_a_body_is_no_header(perimeter, name):
    value = f"Bearer {perimeter.world.key}" if name == "authorization" else "a value out of form"
    head = request(perimeter, b"", transfer_encoding="chunked")
    kept = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length")]
    if name == "authorization":
        kept = [line for line in kept if not line.startswith(b"authorization")]
    body = b"%x\r\n%b\r\n0\r\n%b: %b\r\n\r\n" % (
        len(PLAIN),
        PLAIN,
        name.encode(),
        value.encode(),
    )
    with connect(perimeter) as raw:
        raw.sendall(b"\r\n".join(kept) + body)
        answer = raw.recv(1 << 16)
    assert answer.startswith(b"HTTP/1.1 401 " if name == "authorization" else b"HTTP/1.1 200 ")


@pytest.mark.parametrize("start", [b"", b"GET /v1/mo", b"GET /v1/models HTTP/1.1\r\nhost: a"])
def test_a_head_that_does_not_come_in_time_is_dropped(perimeter, monkeypatch, start):
    monkeypatch.setattr(server, "HEAD_S", 0.3)
    with connect(perimeter) as raw:
        raw.sendall(start)
        assert read(raw) == b""


def test_bytes_that_dribble_after_a_question_do_not_cut_its_answer(perimeter, monkeypatch):
    monkeypatch.setattr(server, "HEAD_S", 0.2)
    perimeter.model.answer, perimeter.model.pause = (lambda _: LONG[:600]), slowly()
    with connect(perimeter) as raw:
        raw.sendall(request(perimeter, STREAM) + b"\r\n")
        time.sleep(0.1)  # noqa: TID251 - the answer runs
        raw.sendall(b"\r\n")
        answer = b""
        while not answer.endswith(b"0\r\n\r\n"):
            answer += raw.recv(1 << 16)
    assert b"[DONE]" in answer
    assert perimeter.closed().public["status"] == "done"


def test_a_caller_who_hangs_up_after_two_questions_at_once_ends_the_first(perimeter):
    perimeter.model.answer, perimeter.model.pause = (lambda _: LONG), slowly()
    with connect(perimeter) as raw:
        raw.sendall(request(perimeter, STREAM) * 2)
        raw.recv(4000)
    assert perimeter.closed().public["status"] == "gone"
    wait_for(lambda: perimeter.model.dropped == 1)
    assert len(perimeter.model.questions) == 1


def test_bytes_that_are_no_request_are_counted_by_source(perimeter):
    for data in (b"\x16\x03\x01 tls?\r\n\r\n", b"GET /v1/models HTTP/1.1\r\nno colon\r\n\r\n"):
        with connect(perimeter) as raw:
            raw.sendall(data)
            assert read(raw).startswith(b"HTTP/1.1 400 ")
    perimeter.server.stop()
    (fact,) = perimeter.world.facts("request.refused")
    assert (fact.public["reason"], fact.public["count"]) == ("malformed", 2)
    assert fact.body["source"] == "127.0.0.1"


def test_a_caller_who_does_not_read_is_gone_and_what_waits_for_him_with_him(monkeypatch):
    monkeypatch.setattr(wire, "SEND_S", 0.5)
    limits = Limits(answer_bytes=1 << 27, bytes_per_day=1 << 30, frame_bytes=1 << 20)
    perimeter = Perimeter(limits=limits)
    try:
        perimeter.model.answer, perimeter.model.piece_chars = (lambda _: LONG * 5000), 100_000
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", perimeter.server.port))
        with raw:
            raw.sendall(request(perimeter, STREAM))
            wait_for(lambda: perimeter.world.facts("answer.intended"))
            assert perimeter.closed().public["status"] == "gone"
            wait_for(lambda: perimeter.model.dropped + perimeter.model.ended == 1)
    finally:
        perimeter.stop()


def test_what_the_ledger_did_not_take_is_recorded_once_it_does(perimeter, caplog):
    perimeter.model.answer, perimeter.model.pause = (lambda _: LONG), slowly()
    stream = iter(perimeter.chat(stream=True))
    next(stream)
    perimeter.ledger.down = True
    with pytest.raises(Exception, match="record"):
        list(stream)
    perimeter.raw(headers={"authorization": "Bearer adk_nobody"})
    application = perimeter.server._server.config.app
    asyncio.run(application._flush(stopping=True))
    assert perimeter.world.ledger.state.get("answers", copy_of(perimeter))["closed"] is False
    perimeter.ledger.down = False
    asyncio.run(application._flush(stopping=True))
    assert perimeter.closed().public["status"] == "failed"
    assert perimeter.world.last("request.refused").public["count"] >= 1
    asyncio.run(application._flush(stopping=True))
    assert len(perimeter.world.facts("answer.closed")) == 1
    caplog.clear()


def copy_of(perimeter):
    return perimeter.world.last("answer.intended").public["copy"]


def test_a_stop_in_mid_answer_leaves_no_traceback(perimeter, caplog):
    perimeter.model.answer, perimeter.model.pause = (lambda _: LONG * 20), slowly()
    with connect(perimeter) as raw:
        raw.sendall(request(perimeter, STREAM))
        raw.recv(1000)
        perimeter.server._server.config.timeout_graceful_shutdown = 1
        perimeter.server.stop()
        assert b"unavailable" in read(raw)
    assert perimeter.closed().public["status"] == "failed"
    assert "Traceback" not in caplog.text
    assert not [one for one in caplog.records if one.exc_info]


def test_the_thread_of_the_listener_ends(perimeter):
    perimeter.server.stop()
    assert not [one for one in threading.enumerate() if one.name == "adyton-proxy"]
