"""The real SDKs, unmodified, over loopback, through the proxy to a simulated model server."""

import asyncio
import http.client
import json
import socket
import threading
import time

import anthropic
import openai
import pytest
import uvicorn

from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.simulated_model import SimulatedModel
from adyton.adapters.upstream import HttpUpstream, Target
from adyton.crypto.notes import parse_vkey
from adyton.faces.proxy import ProxyApplication, ProxyServer
from adyton.gateway import Limits
from adyton.gateway.commands import BodyRead
from adyton.ledger.kept import Given, examine_file
from adyton.ledger.promise import open_promise
from adyton.terms import Secret, Unavailable
from tests.unit.gateway.world import CANARY, World

LONG = "One plain sentence after another, none of them of interest. " * 60
ASKED = [{"role": "user", "content": "Which valve?"}]


PLAIN = json.dumps({"model": "orchard-1", "messages": ASKED}).encode()


class GatedLedger:
    """The world's ledger, which a test can take down."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.down = False

    def submit(self, fact, *, guard=None):
        if self.down:
            raise Unavailable("disk full")
        return self.ledger.submit(fact, guard=guard)

    def promise(self, promise):
        return self.ledger.promise(promise)

    def offer(self, fact):
        if self.down:
            raise Unavailable("disk full")
        return self.ledger.offer(fact)


def watched(model):
    """The simulated model as a server that notices when its caller hangs up."""

    async def application(scope, receive, send):
        asked = asyncio.Event()

        async def body():
            message = await receive()
            if not message.get("more_body", False):
                asked.set()
            return message

        async def hung_up():
            await asked.wait()
            while (await receive())["type"] != "http.disconnect":
                pass

        tasks = [asyncio.ensure_future(model(scope, body, send)), asyncio.ensure_future(hung_up())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        answered, _ = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(answered, Exception):
            raise answered

    return application


class ModelServer:
    """The simulated model on a loopback port."""

    def __init__(self, model):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        config = uvicorn.Config(
            watched(model), log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True
        )
        self.thread.start()
        wait_for(lambda: self.server.started)

    def stop(self):
        self.server.should_exit = True
        self.thread.join(10)
        self.socket.close()


def wait_for(condition, seconds=10.0):
    """Poll; a test that waits in vain fails."""
    end = time.monotonic() + seconds  # noqa: TID251 - real processes, real time
    while not condition():
        assert time.monotonic() < end, "waited in vain"  # noqa: TID251 - see above
        time.sleep(0.01)  # noqa: TID251 - see above


class Perimeter:
    def __init__(self, **given):
        self.world = World(clock=SystemClock(), entropy=SystemEntropy(), **given)
        self.model = SimulatedModel()
        self.model_server = ModelServer(self.model)
        target = Target(
            base_url=f"http://127.0.0.1:{self.model_server.port}",
            key=Secret("central-key"),
            model="real-name",
        )
        self.ledger = GatedLedger(self.world.ledger)
        self.server = ProxyServer(
            ProxyApplication(
                gateway=self.world.gateway,
                ledger=self.ledger,
                upstream=HttpUpstream({"local": target}),
            ),
            host="127.0.0.1",
            port=0,
        )
        self.server.start()
        self.base = f"http://127.0.0.1:{self.server.port}"
        self.clients = []

    def stop(self):
        for client in self.clients:
            client.close()
        self.server.stop()
        self.model_server.stop()

    def openai(self, key=None, **given):
        client = openai.OpenAI(
            api_key=key or self.world.key, base_url=f"{self.base}/v1", max_retries=0, **given
        )
        self.clients.append(client)
        return client

    def anthropic(self, key=None, **given):
        client = anthropic.Anthropic(
            api_key=key or self.world.key, base_url=self.base, max_retries=0, **given
        )
        self.clients.append(client)
        return client

    def chat(self, key=None, **given):
        asked = {"model": "orchard-1", "messages": ASKED} | given
        return self.openai(key).chat.completions.create(**asked)

    def message(self, key=None, **given):
        asked = {"model": "orchard-1", "messages": ASKED, "max_tokens": 1000} | given
        return self.anthropic(key).messages.create(**asked)

    def raw(self, method="POST", target="/v1/chat/completions", body=PLAIN, headers=None):
        """One request by hand; (status, headers, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        given = {"authorization": f"Bearer {self.world.key}", "content-type": "application/json"}
        connection.putrequest(method, target, skip_host=True)
        for name, value in ({"host": "127.0.0.1"} | given | (headers or {})).items():
            for one in value if isinstance(value, list) else [value]:
                connection.putheader(name, one)
        connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        answer = (response.status, dict(response.getheaders()), response.read())
        connection.close()
        return answer

    def closed(self):
        """The close fact of the last answer, once it is there."""
        wait_for(lambda: all(row["closed"] for _, row in self.world.ledger.state.scan("answers")))
        return self.world.last("answer.closed")


@pytest.fixture
def perimeter():
    made = Perimeter()
    yield made
    made.stop()


def slowly():
    async def pause():
        await asyncio.sleep(0.01)

    return pause


def test_openai_whole_and_streamed(perimeter):
    whole = perimeter.chat()
    assert whole.choices[0].message.content == "You said: Which valve?"
    assert whole.choices[0].finish_reason == "stop"
    assert whole.model == "orchard-1"
    assert whole.usage.total_tokens > 0
    assert perimeter.world.ledger.entry(whole._request_id).type == "answer.intended"
    perimeter.model.answer = lambda _: LONG
    chunks = list(perimeter.chat(stream=True, stream_options={"include_usage": True}))
    text = "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
    assert text == LONG
    assert chunks[-1].usage.completion_tokens > 0
    assert perimeter.closed().body["answer"] == LONG


def test_anthropic_whole_and_streamed(perimeter):
    whole = perimeter.message(system="Be brief.")
    assert whole.content[0].text == "You said: Which valve?"
    assert whole.stop_reason == "end_turn"
    assert perimeter.model.questions[-1]["messages"][0]["role"] == "system"
    perimeter.model.answer = lambda _: LONG
    client = perimeter.anthropic()
    with client.messages.stream(model="orchard-1", max_tokens=9000, messages=ASKED) as stream:
        assert "".join(stream.text_stream) == LONG
        assert stream.get_final_message().usage.output_tokens > 0
    assert perimeter.closed().body["answer"] == LONG


def test_model_lists_in_both_dialects(perimeter):
    assert [one.id for one in perimeter.openai().models.list()] == ["orchard-1"]
    assert [one.id for one in perimeter.anthropic().models.list()] == ["orchard-1"]
    assert perimeter.openai().models.retrieve("orchard-1").id == "orchard-1"
    assert perimeter.anthropic().models.retrieve("orchard-1").display_name == "orchard-1"
    with pytest.raises(openai.NotFoundError):
        perimeter.openai().models.retrieve("harbour-1")


def stream_of(fields):
    return json.dumps(json.loads(PLAIN) | fields).encode()


@pytest.mark.parametrize(
    ("target", "method", "fields", "kind"),
    [
        ("/v1/chat/completions", "POST", {}, "answer.intended"),
        ("/v1/chat/completions", "POST", {"stream": True}, "answer.intended"),
        ("/v1/messages", "POST", {"max_tokens": 99}, "answer.intended"),
        ("/v1/messages", "POST", {"max_tokens": 99, "stream": True}, "answer.intended"),
        ("/v1/models", "GET", None, "models.listed"),
        ("/v1/models/orchard-1", "GET", None, "models.listed"),
    ],
)
def test_every_answer_carries_the_logs_promise_of_its_fact(perimeter, target, method, fields, kind):
    body = b"" if fields is None else stream_of(fields)
    dialect = {"anthropic-version": "2023-06-01"} if target == "/v1/messages" else {}
    status, headers, _ = perimeter.raw(method, target, body, headers=dialect)
    assert status == 200
    ledger = perimeter.world.ledger
    said = open_promise(headers["adyton-promise"].encode(), parse_vkey(ledger.vkey()))
    assert said.receipt == headers["x-request-id"]
    entry = ledger.entry(said.receipt)
    assert (entry.type, entry.recorded_at_s) == (kind, said.recorded_at_s)
    assert len(headers["adyton-promise"]) < 1024
    ledger.publish()
    proof = ledger.proof(said.receipt)
    given = Given(log=parse_vkey(ledger.vkey()), proof=proof)
    assert examine_file(headers["adyton-promise"].encode(), given).failures == []


def test_no_refusal_carries_a_promise(perimeter):
    refused = [
        perimeter.raw(headers={"authorization": "Bearer adk_nobody"}),
        perimeter.raw(body=stream_of({"model": "nowhere-1"})),
        perimeter.raw(body=b"{"),
        perimeter.raw(target="/v1/embeddings"),
    ]
    perimeter.model.answer = lambda _: CANARY
    refused.append(perimeter.raw())  # the upstream's answer is withheld: its head is a promise
    perimeter.ledger.down = True
    refused.append(perimeter.raw())
    assert [answer[0] for answer in refused] == [401, 404, 400, 404, 200, 503]
    assert ["adyton-promise" in answer[1] for answer in refused] == [False] * 4 + [True, False]


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("AuthenticationError", {"key": "adk_nobody"}, "unidentified"),
        ("PermissionDeniedError", {"key": "operator"}, "denied"),
        ("NotFoundError", {"model": "nowhere-1"}, "not_found"),
        ("BadRequestError", {"stream": "yes"}, "malformed"),
    ],
)
def test_errors_are_the_sdk_s_own_classes(perimeter, name, given, code):
    keys = {"operator": perimeter.world.operator_key}
    given = given | {"key": keys.get(given.get("key"), given.get("key"))}
    with pytest.raises(getattr(openai, name)) as chat_error:
        perimeter.chat(**given)
    assert chat_error.value.code == code
    with pytest.raises(getattr(anthropic, name)) as message_error:
        perimeter.message(**given)
    assert message_error.value.body["error"]["code"] == code
    for error in (chat_error, message_error):
        assert error.value.response.headers["x-should-retry"] == "false"
        assert error.value.request_id.startswith("rct_")


def test_logprobs_are_refused_by_name(perimeter):
    with pytest.raises(openai.BadRequestError, match="logprobs"):
        perimeter.chat(logprobs=True)
    assert perimeter.model.questions == []


def test_i2_hidden_unknown_decoy_and_unlisted_are_the_same_bytes(perimeter):
    def body(model):
        return json.dumps({"model": model, "messages": ASKED}).encode()

    answers = [
        perimeter.raw(body=body("harbour-1")),
        perimeter.raw(body=body("nowhere-1")),
        perimeter.raw(body=body("orchard-omega")),
        perimeter.raw(target="/v1/files"),
        perimeter.raw("GET", "/v1/models/harbour-1", b""),
        perimeter.raw("GET", "/v1/models/nowhere-1", b""),
    ]
    assert {status for status, _, _ in answers} == {404}
    assert len({bytes_ for _, _, bytes_ in answers}) == 1
    headers = [
        {name: len(value) if "request-id" in name else value for name, value in one.items()}
        for _, one, _ in answers
    ]
    assert all(one == headers[0] for one in headers)


@pytest.mark.parametrize("stream", [False, True])
def test_i1_with_the_ledger_down_nothing_is_forwarded_and_nothing_leaves(perimeter, stream):
    perimeter.ledger.down = True
    with pytest.raises(openai.InternalServerError) as error:
        perimeter.chat(stream=stream)
    assert error.value.status_code == 503
    assert "x-should-retry" not in error.value.response.headers
    with pytest.raises(anthropic.APIStatusError) as error:
        perimeter.message(stream=stream)
    assert error.value.status_code == 503
    assert perimeter.model.questions == []


def lock_after(perimeter, stream, text_of):
    text, start = "", None
    for event in stream:
        text += text_of(event)
        if text and start is None:
            perimeter.world.lock("asset", perimeter.world.asset)
            start = time.monotonic()  # noqa: TID251 - real time
    return text, start


def test_a_lock_kills_an_openai_stream_within_a_block(perimeter):
    perimeter.model.answer, perimeter.model.pause = (lambda _: LONG), slowly()
    with pytest.raises(openai.APIError) as error:
        lock_after(
            perimeter, perimeter.chat(stream=True), lambda one: one.choices[0].delta.content or ""
        )
    assert error.value.code == "session_locked"
    close = perimeter.closed()
    assert close.public["status"] == "cut"
    assert close.public["bytes_out"] < 1000
    wait_for(lambda: perimeter.model.dropped == 1)


def test_a_lock_kills_an_anthropic_stream_within_a_block(perimeter):
    perimeter.model.answer, perimeter.model.pause = (lambda _: LONG), slowly()
    with pytest.raises(anthropic.APIStatusError) as error:
        lock_after(
            perimeter,
            perimeter.message(stream=True),
            lambda one: one.delta.text if one.type == "content_block_delta" else "",
        )
    assert error.value.body["error"]["code"] == "session_locked"
    assert perimeter.closed().public["status"] == "cut"


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_a_caller_who_hangs_up_ends_the_upstream_request_too(perimeter, dialect):
    perimeter.model.answer, perimeter.model.pause = (lambda _: LONG), slowly()
    ask = perimeter.chat if dialect == "openai" else perimeter.message
    stream = ask(stream=True)
    for number, _ in enumerate(stream):
        if number == 2:
            break
    stream.close()
    close = perimeter.closed()
    assert close.public["status"] == "gone"
    assert 0 < close.public["bytes_out"] < len(LONG)
    assert close.body["answer"] == LONG[: close.public["bytes_out"]]
    wait_for(lambda: perimeter.model.dropped == 1)


@pytest.mark.parametrize(
    "misbehaviour",
    [
        {"status": 500},
        {"status": 302, "headers": ((b"location", b"http://127.0.0.1:1/v1/steal"),)},
        {"headers": ((b"content-type", b"text/html"),)},
        {"headers": ((b"content-type", b"text/event-stream"), (b"content-encoding", b"gzip"))},
    ],
)
def test_an_upstream_that_gives_no_stream_is_unavailable(perimeter, misbehaviour):
    for name, value in misbehaviour.items():
        setattr(perimeter.model, name, value)
    for stream in (False, True):
        with pytest.raises(openai.InternalServerError) as error:
            perimeter.chat(stream=stream)
        assert error.value.status_code == 503
        assert perimeter.closed().public["status"] == "failed"


def test_an_upstream_that_is_not_there_is_unavailable(perimeter):
    perimeter.model_server.stop()
    with pytest.raises(anthropic.APIStatusError) as error:
        perimeter.message()
    assert error.value.status_code == 503
    assert perimeter.closed().public["status"] == "failed"


def test_an_upstream_that_breaks_off_raises_in_the_client(perimeter, caplog):
    perimeter.model.answer, perimeter.model.breaks_after = (lambda _: LONG), 700
    with pytest.raises(openai.APIError) as error:
        list(perimeter.chat(stream=True))
    assert error.value.code == "unavailable"
    assert perimeter.closed().public["status"] == "failed"
    caplog.clear()  # the simulated server complains of its own end


def test_a_canary_split_over_chunks_never_leaves(perimeter):
    perimeter.model.answer, perimeter.model.piece_chars = (lambda _: LONG + CANARY + LONG), 1
    chunks = list(perimeter.chat(stream=True))
    text = "".join(one.choices[0].delta.content or "" for one in chunks)
    assert text
    assert CANARY[:4] not in text
    assert chunks[-1].choices[0].finish_reason == "content_filter"
    answer = perimeter.message()
    assert (answer.stop_reason, answer.content) == ("refusal", [])


def test_the_caller_s_key_stays_here_and_the_upstream_s_words_stay_there(perimeter):
    status, headers, body = perimeter.raw(
        body=json.dumps({"model": "orchard-1", "messages": ASKED}).encode(),
        headers={"x-forwarded-host": "evil.example", "x-upstream": "http://evil.example"},
    )
    assert status == 200
    assert perimeter.model.credentials == ["Bearer central-key"]
    assert perimeter.model.questions[0]["model"] == "real-name"
    seen = (repr(headers) + body.decode()).lower()
    for word in ("secret-code-name", "real-name", "simulated", "timings", "fingerprint", "uvicorn"):
        assert word not in seen


def test_i8_planted_secrets_reach_no_error_and_no_log(perimeter, caplog):
    planted = "planted-4711"
    answers = [
        perimeter.raw(headers={"authorization": f"Bearer {planted}"}),
        perimeter.raw(target=f"/v1/{planted}"),
        perimeter.raw(body=f'{{"{planted}": 1, "model": "{planted}"}}'.encode()),
        perimeter.raw(body=json.dumps({"model": planted, "messages": ASKED}).encode()),
        perimeter.raw(headers={"host": f"{planted}.example"}),
    ]
    assert {status for status, _, _ in answers} == {400, 401, 404}
    seen = repr([(headers, body) for _, headers, body in answers]) + caplog.text
    assert planted not in seen
    assert planted not in perimeter.world.tree()


def test_a_plain_request_by_hand_passes(perimeter):
    assert perimeter.raw()[0] == 200


def test_a_head_without_end_is_cut_off(perimeter):
    with socket.create_connection(("127.0.0.1", perimeter.server.port), timeout=10) as raw:
        raw.sendall(b"GET /v1/models HTTP/1.1\r\nx-long: ")
        answer = b""
        try:
            for _ in range(400):
                raw.sendall(b"a" * 10_000)
            answer = raw.recv(100)
        except ConnectionError:  # the listener closed before all was sent
            answer = b"HTTP/1.1 400 "
        assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "request_",
    [
        {"target": "http://127.0.0.1/v1/chat/completions"},
        {"target": "http://evil.example/v1/chat/completions"},
        {"target": "/v1/../v1/chat/completions"},
        {"target": "//v1/chat/completions"},
        {"target": "/v1/models%2fx"},
        {"headers": {"host": "evil.example"}},
        {"headers": {"x-api-key": "adk_other"}},
        {"headers": {"authorization": ["Bearer a", "Bearer b"]}},
        {"headers": {"content-encoding": "gzip"}},
    ],
)
def test_confusing_requests_are_malformed(perimeter, request_):
    status, _, body = perimeter.raw(**request_)
    assert status == 400
    assert json.loads(body)["error"]["type"] == "invalid_request_error"


def test_a_body_over_the_limit_is_too_large_and_both_sdks_say_so():
    perimeter = Perimeter(limits=Limits(body_bytes=2000))
    try:
        with pytest.raises(openai.APIStatusError) as error:
            perimeter.chat(messages=[{"role": "user", "content": "x" * 3000}])
        assert error.value.status_code == 413
        with pytest.raises(anthropic.APIStatusError) as error:
            perimeter.message(messages=[{"role": "user", "content": "x" * 3000}])
        assert error.value.status_code == 413
    finally:
        perimeter.stop()


def test_a_detector_that_raises_lets_nothing_out_and_drops_the_connection(caplog):
    calls = []

    def breaks_later(text):
        calls.append(text)
        if len(calls) > 1:
            raise RuntimeError("planted-4711")
        return ()

    perimeter = Perimeter(egress=breaks_later)
    try:
        perimeter.model.answer = lambda _: LONG + LONG
        with pytest.raises(openai.APIConnectionError):
            list(perimeter.chat(stream=True))
        assert perimeter.closed().public["status"] == "failed"
        with pytest.raises(openai.InternalServerError) as error:
            perimeter.chat()
        assert error.value.code == "internal"
        assert "planted-4711" not in caplog.text
    finally:
        perimeter.stop()
        caplog.clear()


def test_counted_refusals_are_on_record_after_a_stop(perimeter):
    for _ in range(3):
        perimeter.raw(headers={"authorization": "Bearer adk_nobody"})
    perimeter.server.stop()
    (fact,) = perimeter.world.facts("request.refused")
    assert fact.public["count"] == 3


def test_an_answer_left_open_by_a_crash_is_closed_at_the_next_start():
    world = World()
    steps = world.gateway.exchange(world.head())
    next(steps)
    intent = steps.send(
        BodyRead(body=json.dumps({"model": "orchard-1", "messages": ASKED}).encode())
    )
    world.ledger.append(intent.fact)
    steps.close()
    application = ProxyApplication(
        gateway=world.gateway, ledger=world.ledger, upstream=SimulatedModel()
    )
    server = ProxyServer(application, host="127.0.0.1", port=0)
    server.start()
    server.stop()
    assert world.last("answer.closed").public["status"] == "crashed"


def test_a_taken_address_is_said_in_one_line(perimeter):
    with pytest.raises(Unavailable):
        ProxyServer(None, host="127.0.0.1", port=perimeter.server.port)


def test_a_stopping_server_still_writes_the_close_fact(perimeter):
    perimeter.model.answer, perimeter.model.pause = (lambda _: LONG * 5), slowly()
    stream = iter(perimeter.chat(stream=True))
    next(stream)
    perimeter.server._server.config.timeout_graceful_shutdown = 1
    perimeter.server.stop()
    assert perimeter.closed().public["status"] in {"failed", "gone"}
