"""Hostile connections, by hand: what the HTTP server beneath the proxy leaves open."""

import asyncio
import json
import re
import socket
import threading
import time

import pytest

from adyton.faces import connection
from adyton.faces.proxy import pacing, server, wire
from adyton.gateway import Limits
from adyton.terms import Unavailable
from tests.unit.faces.test_proxy import ASKED, LONG, PLAIN, Perimeter, slowly, wait_for
from tests.wires import read

STREAM = json.dumps({"model": "orchard-1", "messages": ASKED, "stream": True}).encode()
OURS = "127.0.0.1"


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


def test_what_trails_a_body_without_end_is_cut(perimeter):
    head = request(perimeter, b"", transfer_encoding="chunked")
    kept = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length")]
    with connect(perimeter) as raw:
        raw.sendall(b"\r\n".join(kept) + b"1\r\n{\r\n0\r\n")
        with pytest.raises(ConnectionError):
            raw.sendall(b"a: %b\r\n" % (b"x" * 60_000) * 300)


@pytest.mark.parametrize("start", [b"", b"GET /v1/mo", b"GET /v1/models HTTP/1.1\r\nhost: a"])
def test_a_head_that_does_not_come_in_time_is_dropped(perimeter, monkeypatch, start):
    monkeypatch.setattr(connection, "HEAD_S", 0.3)
    with connect(perimeter) as raw:
        raw.sendall(start)
        assert read(raw) == b""


def test_bytes_that_dribble_after_a_question_do_not_cut_its_answer(perimeter, monkeypatch):
    monkeypatch.setattr(connection, "HEAD_S", 0.2)
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


@pytest.mark.parametrize(("gone", "expected"), [(False, [3, 0]), (True, [0, 3])])
def test_counts_that_have_no_room_at_a_stop_are_summed_or_told_to_be_lost(
    perimeter, monkeypatch, gone, expected
):
    submit = perimeter.ledger.ledger.submit

    def at_the_floor(fact, **more):
        if gone and fact.type == "request.refused":
            raise Unavailable("no room")
        return submit(fact, **more)

    monkeypatch.setattr(perimeter.ledger.ledger, "submit", at_the_floor)
    monkeypatch.setattr(perimeter.ledger.ledger, "offer", lambda _fact: None)
    for _ in range(3):
        perimeter.raw(headers={"authorization": "Bearer adk_nobody"})
    perimeter.server.stop()
    found = [perimeter.world.facts(kind) for kind in ("request.refused", "refusals.lost")]
    assert [sum(one.public["count"] for one in facts) for facts in found] == expected


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


def answers(raw, count):
    """That many answers off one connection: (status line and headers, body) each."""
    out, buffered = [], b""
    while len(out) < count:
        while b"\r\n\r\n" not in buffered:
            buffered += raw.recv(1 << 16)
        head, _, buffered = buffered.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(buffered) < length:
            buffered += raw.recv(1 << 16)
        out.append((head, buffered[:length]))
        buffered = buffered[length:]
    return out


def plain(answer):
    """An answer without the one thing that differs."""
    head, body = answer
    names = set(re.findall(rb"rct_[a-z2-7]{26}", head + body))
    assert len(names) == 1
    return head.replace(*names, b"ID"), body.replace(*names, b"ID")


def test_i2_what_is_refused_by_its_head_reads_like_what_was_looked_into(perimeter):
    """An unlisted route is refused at once, a hidden model after its body was read."""
    hidden = json.dumps({"model": "harbour-1", "messages": ASKED}).encode()
    with connect(perimeter) as raw:
        raw.sendall(request(perimeter, target="/v1/files"))
        first = answers(raw, 1)
        raw.sendall(request(perimeter, hidden))
        second = answers(raw, 1)
        raw.sendall(request(perimeter, target="/v1/files", authorization="Bearer adk_nobody"))
        third = answers(raw, 1)
    assert plain(first[0]) == plain(second[0]) == plain(third[0])
    assert first[0][0].startswith(b"HTTP/1.1 404 ")


def test_i2_every_wrong_key_gets_the_same_bytes(perimeter):
    good = perimeter.world.key
    wrong = ["adk_nobody", good[:-1] + ("a" if good[-1] != "a" else "b"), good.upper(), "x" * 300]
    with connect(perimeter) as raw:
        for key in [*wrong, *wrong]:
            raw.sendall(request(perimeter, authorization=f"Bearer {key}"))
        found = {plain(one) for one in answers(raw, 2 * len(wrong))}
    assert len(found) == 1


def test_bad_and_good_requests_on_one_connection_get_their_answers_in_turn(perimeter):
    perimeter.model.answer = lambda _: "Fine."
    bad = request(perimeter, authorization="Bearer adk_nobody")
    good = request(perimeter)
    with connect(perimeter) as raw:
        raw.sendall(bad + good + bad + bad + good + bad)
        statuses = [head.split(b" ")[1] for head, _ in answers(raw, 6)]
    assert statuses == [b"401", b"200", b"401", b"401", b"200", b"401"]


def test_a_body_in_pieces_after_its_refusal_is_thrown_away(perimeter):
    bad = request(perimeter, b"x" * 20_000, authorization="Bearer adk_nobody")
    with connect(perimeter) as raw:
        for _ in range(3):
            raw.sendall(bad[:300])
            assert answers(raw, 1)[0][0].startswith(b"HTTP/1.1 401 ")
            for start in range(300, len(bad), 5_000):
                raw.sendall(bad[start : start + 5_000])
        raw.sendall(request(perimeter))
        assert answers(raw, 1)[0][0].startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "more",
    [
        {"content_length": str(1 << 30)},
        {"expect": "100-continue"},
        {"connection": "close"},
        {"connection": "upgrade", "upgrade": "websocket"},
    ],
)
def test_where_no_next_request_can_be_told_the_connection_ends_with_the_refusal(perimeter, more):
    with connect(perimeter) as raw:
        raw.sendall(request(perimeter, b"", authorization="Bearer adk_nobody", **more))
        answer = read(raw)
    assert answer.startswith(b"HTTP/1.1 40")
    assert b"\r\nconnection: close\r\n" in answer


def test_who_goes_on_sending_after_the_refusal_is_cut_off(perimeter):
    lines = request(perimeter, b"", authorization="Bearer adk_nobody").decode()
    chunked = re.sub(r"content-length: 0", "transfer-encoding: chunked", lines).encode()
    with connect(perimeter) as raw:
        raw.sendall(chunked)
        assert answers(raw, 1)[0][0].startswith(b"HTTP/1.1 401 ")
        with pytest.raises(ConnectionError):
            raw.sendall((b"1000\r\n" + b"x" * 4096 + b"\r\n") * 1000)


def test_who_sends_a_refused_body_byte_by_byte_is_cut_off(perimeter, monkeypatch):
    monkeypatch.setattr(connection, "HEAD_S", 0.2)
    with connect(perimeter) as raw:
        raw.sendall(request(perimeter, b"x" * 60_000, authorization="Bearer adk_nobody")[:-50_000])
        assert answers(raw, 1)[0][0].startswith(b"HTTP/1.1 401 ")
        until = time.monotonic() + 5  # noqa: TID251 - a deadline, no measure
        with pytest.raises(ConnectionError):  # noqa: PT012 - one of many bytes meets it
            while time.monotonic() < until:  # noqa: TID251 - see above
                raw.sendall(b"x")
                time.sleep(0.02)  # noqa: TID251 - the pace of a slow sender


def test_a_head_request_is_refused_without_a_body(perimeter):
    with connect(perimeter) as raw:
        raw.sendall(request(perimeter, b"", method="HEAD", connection="close"))
        answer = read(raw)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.endswith(b"\r\n\r\n")


def test_what_cannot_be_read_leaves_no_line_in_the_diary(perimeter, caplog):
    for _ in range(20):
        with connect(perimeter) as raw:
            raw.sendall(b"\x16\x03\x01 nothing\r\n\r\n")
            assert read(raw).startswith(b"HTTP/1.1 400 ")
    assert caplog.text == ""


def test_a_bug_while_the_head_is_looked_at_is_told_once_and_opaquely(
    perimeter, monkeypatch, caplog
):
    def broken(_key):
        raise RuntimeError("planted-4711")

    monkeypatch.setattr(
        perimeter.world.gateway, "exchange", lambda _head: (broken(one) for one in ("x",))
    )
    with connect(perimeter) as raw:
        raw.sendall(request(perimeter, connection="close"))
        answer = read(raw)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"planted" not in answer
    assert caplog.text.count("internal error err_") == 1
    caplog.clear()


def test_who_sends_many_requests_at_once_is_cut_off_after_the_first_of_them(perimeter):
    """A read of thousands of small requests would keep everybody else waiting."""
    with connect(perimeter) as raw:
        raw.sendall(b"GET /nothing HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" * 500)
        out = read(raw)
    assert out.count(b"HTTP/1.1 ") <= connection.HEADS_AT_ONCE


def test_nothing_is_begun_behind_the_last_answer_of_a_connection(perimeter):
    last = request(perimeter, b"", authorization="Bearer adk_nobody", expect="100-continue")
    listing = {"body": b"", "method": "GET", "target": "/v1/models"}
    with connect(perimeter) as raw:
        raw.sendall(last + request(perimeter, **listing))
        assert read(raw).count(b"HTTP/1.1 ") == 1
    with connect(perimeter) as raw:
        raw.sendall(request(perimeter, **listing, connection="close"))
        read(raw)
    types = [one.type for one in perimeter.world.ledger.entries()]
    assert types.count("models.listed") == 1


def test_a_refusal_before_it_does_not_cut_an_answer_short(perimeter):
    perimeter.server._server.config.timeout_keep_alive = 1
    perimeter.model.answer, perimeter.model.pause = (lambda _: LONG[:600]), slowly()
    bad = request(perimeter, authorization="Bearer adk_nobody")
    with connect(perimeter) as raw:
        raw.settimeout(20)
        raw.sendall(bad + request(perimeter, STREAM, connection="close"))
        out = read(raw)
    assert b"[DONE]" in out


class Crowd:
    """A crowd of bad requests: the purse of a perimeter is empty for as long as the test lasts.

    The pace's clock stands unless the test turns it: whoever has to wait waits for ever, and an
    answer that comes at all came without waiting.
    """

    def __init__(self):
        self.perimeter = Perimeter()
        self.perimeter.model.answer = lambda _: "Fine."
        self.pace = self.perimeter.server._pace
        self.now_s = self.pace._now()
        self.pace._now = lambda: self.now_s
        self.pace.spend(1000.0)
        self.bad = request(self.perimeter, authorization="Bearer adk_nobody")
        self.good = request(self.perimeter)

    def make_noise(self):
        """Much from our address was refused."""
        self.pace.refused(OURS, pacing.NOISE, 0.0)

    def asks(self, raw, data):
        """The status of the one answer."""
        raw.sendall(data)
        return answers(raw, 1)[0][0].split(b" ")[1].decode()

    def waits(self, raw, data, *, behind=0):
        """Send it, and see it wait."""
        raw.sendall(data)
        wait_for(lambda: len(self.pace._line) == behind + 1)

    def let_in(self):
        """Everybody waited long enough."""
        self.now_s += pacing.LONGEST_S


@pytest.fixture
def crowd(monkeypatch):
    monkeypatch.setattr(pacing, "DEBT_S", 1e6)
    made = Crowd()
    yield made
    made.perimeter.stop()


def test_a_first_mistake_is_answered_at_once_and_the_next_one_waits(crowd):
    with connect(crowd.perimeter) as raw:
        assert crowd.asks(raw, crowd.bad) == "401"
        crowd.waits(raw, crowd.bad)
        crowd.let_in()
        assert answers(raw, 1)[0][0].startswith(b"HTTP/1.1 401 ")


def test_who_was_mistaken_once_and_asks_well_then_waits_for_the_turn_alone(crowd):
    with connect(crowd.perimeter) as raw:
        assert crowd.asks(raw, crowd.bad) == "401"
        crowd.waits(raw, crowd.good)
        crowd.let_in()
        assert answers(raw, 1)[0][0].startswith(b"HTTP/1.1 200 ")
        assert crowd.asks(raw, crowd.good) == "200"


def test_an_entitled_connection_waits_for_nobody_though_its_address_is_noisy(crowd):
    with connect(crowd.perimeter) as raw:
        assert crowd.asks(raw, crowd.good) == "200"
        crowd.make_noise()
        with connect(crowd.perimeter) as flood:
            crowd.waits(flood, crowd.bad)
            for _ in range(3):
                assert crowd.asks(raw, crowd.good) == "200"
                assert crowd.asks(raw, crowd.bad) == "401"  # one mistake now and then


def test_a_good_answer_buys_no_flood(crowd):
    with connect(crowd.perimeter) as raw:
        assert crowd.asks(raw, crowd.good) == "200"
        for _ in range(server.MISTAKES):
            assert crowd.asks(raw, crowd.bad) == "401"
        crowd.waits(raw, crowd.bad)


def test_a_stranger_behind_a_noisy_address_gets_a_turn_and_then_waits_no_more(crowd):
    crowd.make_noise()
    with connect(crowd.perimeter) as flood, connect(crowd.perimeter) as raw:
        crowd.waits(flood, crowd.bad)
        crowd.waits(raw, crowd.good, behind=1)
        crowd.let_in()
        assert answers(raw, 1)[0][0].startswith(b"HTTP/1.1 200 ")
        assert crowd.asks(raw, crowd.good) == "200"


def test_bytes_that_are_no_request_make_an_address_noisy_too(crowd):
    for _ in range(pacing.NOISE):
        with connect(crowd.perimeter) as raw:
            raw.sendall(b"\x16\x03\x01 tls?\r\n\r\n")
            assert read(raw).startswith(b"HTTP/1.1 400 ")
    with connect(crowd.perimeter) as raw:
        crowd.waits(raw, crowd.bad)


def test_what_is_refused_after_its_body_was_read_counts_like_the_rest(crowd):
    hidden = json.dumps({"model": "harbour-1", "messages": ASKED}).encode()
    with connect(crowd.perimeter) as raw:
        assert crowd.asks(raw, request(crowd.perimeter, hidden)) == "404"
        crowd.waits(raw, request(crowd.perimeter, hidden))


def test_a_body_on_its_way_is_not_kept_from_its_request(crowd):
    """The head was looked at and is good: what follows belongs to it."""
    with connect(crowd.perimeter) as raw:
        raw.sendall(crowd.good[:-10])
        wait_for(lambda: connections(crowd) and not next(iter(connections(crowd)))._idle())
        raw.sendall(crowd.good[-10:])
        assert answers(raw, 1)[0][0].startswith(b"HTTP/1.1 200 ")


def connections(crowd):
    return crowd.perimeter.server._server.server_state.connections


def test_who_sends_on_while_waiting_is_not_read_and_loses_nothing(crowd):
    with connect(crowd.perimeter) as raw:
        assert crowd.asks(raw, crowd.bad) == "401"
        crowd.waits(raw, crowd.bad)
        (one,) = connections(crowd)
        raw.sendall(crowd.good)
        wait_for(lambda: one.flow.read_paused)
        held = one._held
        raw.sendall(crowd.bad)
        assert one._held == held == crowd.bad + crowd.good
        crowd.let_in()
        statuses = [head.split(b" ")[1] for head, _ in answers(raw, 3)]
    assert statuses == [b"401", b"200", b"401"]


def test_a_head_in_pieces_gets_its_turn_and_is_read_on(crowd):
    with connect(crowd.perimeter) as raw:
        assert crowd.asks(raw, crowd.bad) == "401"
        crowd.waits(raw, crowd.bad[:20])
        (one,) = connections(crowd)
        raw.sendall(crowd.bad[20:40])
        wait_for(lambda: one.flow.read_paused)
        crowd.let_in()
        wait_for(lambda: not crowd.pace._line)
        crowd.waits(raw, crowd.bad[40:])
        crowd.let_in()
        assert answers(raw, 1)[0][0].startswith(b"HTTP/1.1 401 ")


def test_where_the_line_is_full_the_next_one_is_turned_away_and_counted(crowd, monkeypatch):
    monkeypatch.setattr(pacing, "PLACES", 2)
    crowd.make_noise()
    with connect(crowd.perimeter) as first, connect(crowd.perimeter) as second:
        crowd.waits(first, crowd.bad)
        crowd.waits(second, crowd.bad, behind=1)
        for _ in range(3):
            with connect(crowd.perimeter) as raw:
                raw.sendall(crowd.good)
                assert read(raw) == b""
        wait_for(lambda: len(connections(crowd)) == 2)
        crowd.let_in()
        assert answers(first, 1)[0][0].startswith(b"HTTP/1.1 401 ")
        assert answers(second, 1)[0][0].startswith(b"HTTP/1.1 401 ")
    crowd.perimeter.server.stop()
    facts = crowd.perimeter.world.facts("request.refused")
    counts = {fact.public["reason"]: fact.public["count"] for fact in facts}
    assert counts == {"exhausted": 3, "unidentified": 2}
    assert {fact.body["source"] for fact in facts} == {OURS}


def test_who_hangs_up_leaves_the_line(crowd):
    crowd.make_noise()
    with connect(crowd.perimeter) as raw:
        crowd.waits(raw, crowd.bad)
    wait_for(lambda: not crowd.pace._line and not connections(crowd))
    assert crowd.pace._bytes == 0


def test_a_server_that_stops_waits_for_nobody_in_the_line(crowd):
    crowd.make_noise()
    with connect(crowd.perimeter) as first, connect(crowd.perimeter) as second:
        crowd.waits(first, crowd.bad)
        crowd.waits(second, crowd.good, behind=1)
        second.sendall(crowd.good)
        crowd.perimeter.server._server.config.timeout_graceful_shutdown = 30
        crowd.perimeter.server.stop()
        assert read(first) == read(second) == b""
    assert not [one for one in threading.enumerate() if one.name == "adyton-proxy"]
    assert not crowd.perimeter.world.facts("answer.intended")


def test_who_does_not_read_their_refusals_is_cut_off(crowd):
    with connect(crowd.perimeter) as raw:
        assert crowd.asks(raw, crowd.good) == "200"
        (one,) = connections(crowd)
        one.pause_writing()  # as the transport does where its buffer is full
        raw.sendall(crowd.bad)
        assert read(raw) == b""
    wait_for(lambda: not connections(crowd))
