"""What a witness elsewhere may answer, and how long it may take."""

import datetime as dt
import socket
import threading
import time
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adyton.adapters.clock import SystemClock
from adyton.adapters.witness_client import LARGEST_ANSWER_BYTES, HttpWitness
from adyton.adapters.witness_server import WitnessServer
from adyton.ledger.ports import WitnessReply
from adyton.terms import Misconfigured, Unavailable


@contextmanager
def raw(serve):
    """A server of one's own: `serve(wire)` for each connection; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def run():
            while not ended.is_set():
                try:
                    wire, _ = listener.accept()
                except OSError:
                    return
                with wire:
                    try:
                        wire.recv(65536)
                        serve(wire)
                    except OSError:
                        continue

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)


def answering(data):
    return raw(lambda wire: wire.sendall(data))


def ask(url, wait_s=5.0):
    return HttpWitness(url, clock=SystemClock(), wait_s=wait_s).add_checkpoint(b"old 0\n\nx")


def reply(status, body=b"", *heads):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *heads, "", ""]
    return "\r\n".join(lines).encode() + body


def test_status_and_body_are_handed_on():
    with answering(reply(200, b"line\n")) as url:
        assert ask(url) == WitnessReply(status=200, body=b"line\n")
    with answering(reply(422, b"why")) as url:
        assert ask(url).status == 422


def test_a_conflict_has_a_size_only_under_the_type_of_a_size():
    with answering(reply(409, b"7\n", "Content-Type: text/x.tlog.size")) as url:
        assert ask(url).body == b"7\n"
    with answering(reply(409, b"7\n", "Content-Type: text/plain")) as url:
        assert ask(url).body == b""


def test_a_redirect_is_not_followed():
    with answering(reply(307, b"", "Location: http://127.0.0.1:1/")) as url:
        assert ask(url).status == 307


def test_no_checkpoint_shown_is_unknown_and_not_none():
    with answering(reply(404)) as url, pytest.raises(Unavailable):
        HttpWitness(url, clock=SystemClock()).latest("log.invalid")


ODD = {
    "nothing": b"",
    "noise": b"\x00\xff" * 100,
    "a huge head": b"HTTP/1.1 200 X\r\n" + b"A: a\r\n" * 5000 + b"\r\n",
    "a long line": b"HTTP/1.1 200 " + b"X" * 100_000 + b"\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a cut body": b"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\nx",
    "a huge answer": reply(200, b"x" * (LARGEST_ANSWER_BYTES + 1)),
    "an odd status": b"HTTP/1.1 99999 X\r\n\r\n",
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_odd_answers_are_unavailable(data):
    with answering(data) as url, pytest.raises(Unavailable):
        ask(url)


def test_a_body_without_end_is_cut_off():
    def endless(wire):
        wire.sendall(b"HTTP/1.1 200 X\r\n\r\n")
        while True:
            wire.sendall(b"x" * 4096)

    with raw(endless) as url, pytest.raises(Unavailable, match="too large"):
        ask(url)


@pytest.mark.parametrize("piece", [b"", b"H"], ids=["hangs", "drips"])
def test_whoever_hangs_or_drips_is_given_up_in_time(piece):
    ended = threading.Event()

    def slow(wire):
        while not ended.wait(0.05):
            wire.sendall(piece)

    begun = time.perf_counter()
    with raw(slow) as url:
        try:
            with pytest.raises(Unavailable):
                ask(url, wait_s=0.5)
        finally:
            ended.set()
    assert time.perf_counter() - begun < 5


@pytest.fixture
def silent():
    """A port on which nobody takes a connection: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        held = []
        for _ in range(4):
            wire = socket.socket()
            wire.setblocking(False)
            wire.connect_ex(listener.getsockname())
            held.append(wire)
        yield listener.getsockname()[1]
        for wire in held:
            wire.close()


def test_a_name_with_many_silent_addresses_costs_one_waiting_time(silent, monkeypatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: real(*a, **k) * 8)
    begun = time.perf_counter()
    with pytest.raises(Unavailable):
        ask(f"http://127.0.0.1:{silent}", wait_s=0.5)
    assert time.perf_counter() - begun < 1.0


def test_a_silent_address_before_it_does_not_keep_us_from_a_sound_one(silent, monkeypatch):
    real = socket.getaddrinfo
    with answering(reply(200, b"line\n")) as url:
        dead = real("127.0.0.1", silent, type=socket.SOCK_STREAM)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: dead + real(*a, **k))
        assert ask(url, wait_s=1.0).status == 200


def test_a_look_up_that_hangs_is_given_up_in_time_and_not_begun_again(monkeypatch):
    real, free, begun = socket.getaddrinfo, threading.Event(), []

    def hang(*a, **k):
        begun.append(a)
        free.wait(10)
        return real(*a, **k)

    with answering(reply(200, b"line\n")) as url:
        monkeypatch.setattr(socket, "getaddrinfo", hang)
        far, started = HttpWitness(url, clock=SystemClock(), wait_s=0.3), time.perf_counter()
        for _ in range(2):
            with pytest.raises(Unavailable):
                far.add_checkpoint(b"x")
        assert time.perf_counter() - started < 2.0
        assert len(begun) == 1
        free.set()
        assert far.add_checkpoint(b"x").status == 200


def test_a_name_that_was_not_found_is_looked_up_again(monkeypatch):
    real, broken = socket.getaddrinfo, [True]

    def flaky(*a, **k):
        if broken:
            raise socket.gaierror(broken.pop())
        return real(*a, **k)

    with answering(reply(200, b"line\n")) as url:
        monkeypatch.setattr(socket, "getaddrinfo", flaky)
        far = HttpWitness(url, clock=SystemClock())
        with pytest.raises(Unavailable):
            far.add_checkpoint(b"x")
        assert far.add_checkpoint(b"x").status == 200


def test_nobody_there_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable):
        ask(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "url",
    [
        *("http://w.invalid", "ftp://w.invalid", "https://", "w.invalid", "http://127.0.0.1:x"),
        *("http://127.0.0.1.w.invalid", "http://localhost@w.invalid/", "file:///etc/passwd"),
    ],
)
def test_an_address_that_is_none_or_unsafe_is_misconfigured(url):
    with pytest.raises(Misconfigured):
        HttpWitness(url, clock=SystemClock())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://w.invalid/a", "https://W.invalid.:8443/b", True),
        ("https://w.invalid", "https://v.invalid", False),
        ("http://127.0.0.1:1", "http://localhost:2", True),
        ("https://[2001:db8::1]", "https://[2001:db8::1]:8470", True),
    ],
)
def test_two_of_one_host_are_one_machine(one, other, same):
    first, second = (HttpWitness(url, clock=SystemClock()).machine for url in (one, other))
    assert (first == second) is same


def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with answering(reply(200, b"line\n")) as url:
        assert ask(url).status == 200


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signed itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.fromtimestamp(SystemClock().now_s(), tz=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


@contextmanager
def served_over_tls(certificate):
    with WitnessServer(
        host="127.0.0.1",
        port=0,
        tls=certificate,
        clock=SystemClock(),
        add_checkpoint=lambda _: WitnessReply(status=200, body=b"line\n"),
        show=lambda _: None,
    ) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_over_tls_the_certificate_must_be_known_and_bear_the_name(certificate):
    with served_over_tls(certificate) as port:
        known = HttpWitness(
            f"https://localhost:{port}", clock=SystemClock(), ca_file=str(certificate[0])
        )
        assert known.add_checkpoint(b"x").body == b"line\n"
        with pytest.raises(Unavailable):
            HttpWitness(f"https://localhost:{port}", clock=SystemClock()).add_checkpoint(b"x")
        with pytest.raises(Unavailable):
            HttpWitness(
                f"https://127.0.0.1:{port}", clock=SystemClock(), ca_file=str(certificate[0])
            ).add_checkpoint(b"x")


def test_a_handshake_that_never_ends_is_given_up_in_time(certificate):
    ended = threading.Event()
    begun = time.perf_counter()
    with raw(lambda _wire: ended.wait(20)) as url:
        far = HttpWitness(
            url.replace("http://127.0.0.1", "https://localhost"),
            clock=SystemClock(),
            ca_file=str(certificate[0]),
            wait_s=0.5,
        )
        try:
            with pytest.raises(Unavailable):
                far.add_checkpoint(b"x")
        finally:
            ended.set()
    assert time.perf_counter() - begun < 5


def test_certificates_that_cannot_be_read_are_misconfigured(tmp_path):
    with pytest.raises(Misconfigured, match="ca_file"):
        HttpWitness("https://w.invalid", clock=SystemClock(), ca_file=str(tmp_path / "none"))


def test_an_answer_in_chunks_is_not_read():
    def serve(wire):
        wire.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
        wire.sendall(b"x" * (4 * LARGEST_ANSWER_BYTES))

    with raw(serve) as url, pytest.raises(Unavailable, match="chunks"):
        HttpWitness(url, clock=SystemClock()).add_checkpoint(b"old 0\n\nx")
