"""What hostile callers get from a witness: a status of the 400s, soon, and nothing else."""

import logging
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from adyton.adapters import witness_server
from adyton.adapters.clock import SystemClock
from adyton.adapters.witness_server import WitnessServer
from adyton.ledger.ports import WitnessReply
from adyton.terms import Misconfigured, Unavailable

NAME = "ab" * 32


class Judge:
    """Takes note of what it is asked."""

    def __init__(self):
        self.seen, self.shown, self.reply = [], [], WitnessReply(status=200, body=b"line\n")

    def add_checkpoint(self, data):
        self.seen.append(data)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    def show(self, name):
        self.shown.append(name)
        return b"note\n" if name == NAME else None


@contextmanager
def serving(judge, **settings):
    with WitnessServer(
        host="127.0.0.1",
        port=0,
        clock=SystemClock(),
        add_checkpoint=judge.add_checkpoint,
        show=judge.show,
        **settings,
    ) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def judge():
    return Judge()


@pytest.fixture
def port(judge):
    with serving(judge) as port:
        yield port


def pause(seconds):
    threading.Event().wait(seconds)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def answer(port, data):
    """All that comes back for these bytes."""
    with connect(port) as wire:
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)
        found = b""
        while piece := wire.recv(65536):
            found += piece
    return found


def status(port, data):
    first = answer(port, data).split(b"\r\n", 1)[0]
    return int(first.split(b" ")[1])


def post(body=b"x", path="/add-checkpoint", *heads):
    lines = [f"POST {path} HTTP/1.1", "Host: w", f"Content-Length: {len(body)}", *heads, "", ""]
    return "\r\n".join(lines).encode() + body


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: w\r\n\r\n".encode()


def test_a_request_is_judged_and_answered(port, judge):
    found = answer(port, post(b"body"))
    assert found.startswith(b"HTTP/1.1 200")
    assert found.endswith(b"\r\n\r\nline\n")
    assert judge.seen == [b"body"]


def test_several_requests_may_use_one_connection(port, judge):
    answer(port, post(b"one") + post(b"two"))
    assert judge.seen == [b"one", b"two"]


def test_a_conflict_has_the_type_of_a_size(port, judge):
    judge.reply = WitnessReply(status=409, body=b"7\n")
    found = answer(port, post())
    assert b"409" in found.split(b"\r\n")[0]
    assert b"\r\nContent-Type: text/x.tlog.size\r\n" in found


def test_what_was_cosigned_last_is_shown_and_nothing_else(port, judge):
    assert answer(port, get(f"/{NAME}/checkpoint")).endswith(b"\r\n\r\nnote\n")
    assert status(port, get(f"/{'cd' * 32}/checkpoint")) == 404
    assert answer(port, get("/health")).endswith(b"ok\n")
    assert judge.shown == [NAME, "cd" * 32]


PATHS = [
    *("/", "/keys/ed25519.seed", f"/../{NAME}/checkpoint", f"/{NAME}/checkpoint/"),
    *(
        f"/{NAME}/../keys",
        f"/{NAME.upper()}/checkpoint",
        f"/{NAME}%2Fcheckpoint",
        "/add-checkpoint",
    ),
    *(f"/{NAME}/checkpoint?x", "/%2e%2e/name", f"http://w/{NAME}/checkpoint", "/health/", "*"),
]


@pytest.mark.parametrize("path", PATHS)
def test_no_other_path_leads_anywhere(port, judge, path):
    assert status(port, get(path)) == 404
    assert judge.shown == []


HOSTILE = {
    "noise": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
    "one word": (b"GET\r\n\r\n", 400),
    "another method": (b"PUT /add-checkpoint HTTP/1.1\r\n\r\n", 405),
    "a long method": (b"A" * 60000 + b" / HTTP/1.1\r\n\r\n", 431),
    "a version that is none": (b"GET / HTTP/9.9.9\r\n\r\n", 400),
    "no version": (b"GET /health\r\n\r\n", 400),
    "an old version": (b"GET /health HTTP/0.9\r\n\r\n", 400),
    "headers of many bytes": (
        b"GET / HTTP/1.1\r\n" + (b"A: " + b"a" * 4000 + b"\r\n") * 5 + b"\r\n",
        431,
    ),
    "a name in other letters": ("GET /h\u00e9alth HTTP/1.1\r\n\r\n".encode(), 404),
    "a line without a colon": (b"GET /health HTTP/1.1\r\nnothing\r\n\r\n", 400),
    "a folded line": (b"GET /health HTTP/1.1\r\nA: a\r\n b\r\n\r\n", 400),
    "a name with a space": (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length : 1\r\n\r\nx", 400),
    "both lengths": (
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: x\r\n\r\nx",
        411,
    ),
    "a version to come": (b"GET / HTTP/2.0\r\n\r\n", 400),
    "a long target": (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n", 431),
    "a long header": (b"GET / HTTP/1.1\r\nA: " + b"a" * 70000 + b"\r\n\r\n", 431),
    "many headers": (b"GET / HTTP/1.1\r\n" + b"A: a\r\n" * 200 + b"\r\n", 431),
    "no length": (b"POST /add-checkpoint HTTP/1.1\r\n\r\n", 411),
    "chunks": (
        b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        411,
    ),
    "a length that is none": (
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        400,
    ),
    "a length in other digits": (
        "POST /add-checkpoint HTTP/1.1\r\nContent-Length: \u0661\r\n\r\n".encode(),
        400,
    ),
    "a length of many digits": (
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        400,
    ),
    "two lengths": (
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        400,
    ),
    "a huge body": (
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n",
        413,
    ),
    "a cut body": (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 9\r\n\r\nx", 400),
    "another place": (post(b"x", "/elsewhere"), 404),
}


@pytest.mark.parametrize(("data", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_get_a_status_of_the_400s_and_are_not_judged(port, judge, data, expected):
    found = answer(port, data)
    assert int(found.split(b" ")[1]) == expected
    assert b"Traceback" not in found
    assert b"Python" not in found
    assert judge.seen == []


def test_what_follows_a_refused_body_is_no_request(port, judge):
    inner = post(b"smuggled")
    data = b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + inner
    answer(port, data)
    assert judge.seen == []


def test_a_failure_of_ours_is_told_as_such_without_its_words(port, judge):
    judge.reply = Unavailable("secret place")
    found = answer(port, post())
    assert b" 503 " in found
    assert b"secret" not in found


def test_the_diary_holds_neither_addresses_nor_bodies_nor_paths(port, caplog):
    caplog.set_level(logging.DEBUG)
    answer(port, post(b"very secret body"))
    answer(port, get("/secret/path"))
    answer(port, b"SECRET / HTTP/1.1\r\n\r\n")
    answer(port, b"\x00secret\r\n\r\n")
    said = "\n".join(caplog.messages)
    assert "POST 200" in said
    assert "secret" not in said.lower()
    assert "127.0.0.1" not in said


def test_whoever_hangs_or_drips_is_cut_off_and_the_others_are_served(judge, monkeypatch):
    monkeypatch.setattr(witness_server, "REQUEST_S", 0.5)
    monkeypatch.setattr(witness_server._Handler, "timeout", 0.3)
    monkeypatch.setattr(witness_server, "IDLE_S", 0.3)
    with serving(judge) as port:
        hanging, dripping = connect(port), connect(port)
        begun = time.perf_counter()
        assert status(port, get("/health")) == 200
        cut = False
        for _ in range(100):
            try:
                dripping.sendall(b"G")
                pause(0.05)
            except OSError:
                cut = True
                break
        assert cut
        assert hanging.recv(10) == b""
        assert time.perf_counter() - begun < 5
        hanging.close()
        dripping.close()


def test_more_connections_than_places_are_closed_at_once(judge, monkeypatch):
    monkeypatch.setattr(witness_server, "MAX_CONNECTIONS", 3)
    monkeypatch.setattr(witness_server, "KEPT", 0)
    with serving(judge) as port:
        held = [connect(port) for _ in range(3)]
        for wire in held:
            wire.sendall(b"GET ")
        pause(0.2)
        try:
            found = answer(port, get("/health"))
        except OSError:
            found = b""
        assert found == b""
        for wire in held:
            wire.close()
        for _ in range(100):
            try:
                if answer(port, get("/health")).endswith(b"ok\n"):
                    break
            except OSError:
                pass
            pause(0.02)
        else:
            pytest.fail("no place became free")


def connect_from(address, port, said=b"GET "):
    wire = socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(address, 0))
    wire.sendall(said)
    return wire


def speak(address, port):
    """Bring a checkpoint from there."""
    with connect_from(address, port, b"") as wire:
        wire.sendall(post())
        assert wire.recv(100).startswith(b"HTTP/1.1 200")


def is_served(address, port):
    """Whether somebody at that address gets an answer."""
    try:
        with connect_from(address, port) as wire:
            wire.sendall(b"/health HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n")
            return wire.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def test_one_address_never_holds_every_place(judge):
    with serving(judge) as port:
        held = [connect_from("127.0.0.2", port) for _ in range(witness_server.MAX_CONNECTIONS)]
        pause(0.3)
        assert not is_served("127.0.0.2", port)
        assert is_served("127.0.0.3", port)
        for wire in held:
            wire.close()


def test_a_place_is_kept_for_whoever_brought_a_checkpoint_that_was_cosigned(judge):
    """Strangers of many addresses, each within its share."""
    judge.reply = WitnessReply(status=200, body=b"line\n", grew=True)
    with serving(judge) as port:
        speak("127.0.0.99", port)
        judge.reply = WitnessReply(status=200, body=b"line\n")  # a replay is nothing new
        speak("127.0.0.98", port)
        pause(0.2)
        held = [
            connect_from(f"127.0.1.{n}", port) for n in range(2, 2 + witness_server.MAX_CONNECTIONS)
        ]
        pause(0.3)
        assert not is_served("127.0.0.98", port)
        assert is_served("127.0.0.99", port)
        for wire in held:
            wire.close()


SOURCES = {
    "an address": ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
    "a network of IPv6": ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"),
    "IPv4 in IPv6": ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"),
    "with a zone": ("fe80::1%eth0", "fe80::2", "fe80:0:0:1::1"),
}


@pytest.mark.parametrize(("one", "same", "other"), SOURCES.values(), ids=SOURCES)
def test_what_counts_as_one_source(one, same, other):
    places = witness_server.Places()
    assert all(places.take(one) for _ in range(witness_server.PER_SOURCE))
    assert not places.take(same)
    assert places.take(other)
    places.free(one)
    assert places.take(same)


def test_a_proxy_on_the_same_host_is_no_single_source():
    places = witness_server.Places()
    taken = [places.take("127.0.0.1") for _ in range(witness_server.MAX_CONNECTIONS)]
    assert sum(taken) == witness_server.MAX_CONNECTIONS - witness_server.KEPT


def test_a_head_that_drips_loses_its_place_sooner_than_a_whole_request(judge, monkeypatch):
    monkeypatch.setattr(witness_server, "HEAD_S", 0.3)
    with serving(judge) as port, connect(port) as wire:
        wire.sendall(b"GET /health HTTP/1.1\r\n")
        begun = time.perf_counter()
        with pytest.raises(OSError):  # noqa: PT011, PT012 - one of many bytes meets it
            for _ in range(100):
                wire.sendall(b"A")
                pause(0.05)
        assert time.perf_counter() - begun < 3


def test_a_prefix_is_part_of_every_path(judge):
    with serving(judge, prefix="/w1/") as port:
        assert status(port, post(b"x", "/w1/add-checkpoint")) == 200
        assert status(port, post(b"x")) == 404
        assert status(port, get("/w1/health")) == 200
        assert status(port, get("/health")) == 404


def test_a_place_that_is_taken_is_unavailable(port, judge):
    with pytest.raises(Unavailable, match="listen"):
        WitnessServer(
            host="127.0.0.1",
            port=port,
            clock=SystemClock(),
            add_checkpoint=judge.add_checkpoint,
            show=judge.show,
        )


def test_a_certificate_that_is_none_is_misconfigured(judge, tmp_path):
    (tmp_path / "cert.pem").write_text("nothing")
    with (
        pytest.raises(Misconfigured, match="certificate"),
        serving(judge, tls=(tmp_path / "cert.pem", tmp_path / "key.pem")),
    ):
        pass


@pytest.mark.parametrize("head", ["GET /health", "POST /nothing"])
def test_a_body_that_nobody_wants_is_never_a_second_request(port, head):
    inner = b"GET /health HTTP/1.1\r\nHost: w\r\n\r\n"
    asked = f"{head} HTTP/1.1\r\nHost: w\r\nContent-Length: {len(inner)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(asked + inner)
        out = b""
        while data := raw.recv(65536):
            out += data
    assert out.count(b"HTTP/1.1 ") == 1
    assert b" 40" in out.split(b"\r\n")[0]
