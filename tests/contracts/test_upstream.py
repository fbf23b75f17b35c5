"""What every adapter of `gateway.ports.Upstream` promises: HTTP over loopback, and in memory."""

import asyncio
import threading
import time
from contextlib import aclosing, contextmanager

import pytest
import uvicorn

from adyton.adapters.simulated_model import SimulatedModel
from adyton.adapters.upstream import HttpUpstream, Target
from adyton.gateway import Limits
from adyton.gateway.frames import FrameReader
from adyton.terms import AdytonError, Misconfigured, Secret, Unavailable

QUESTION = {"messages": [{"role": "user", "content": "Which valve?"}], "stream": True}


class _Server(uvicorn.Server):
    """A simulated model on a loopback port, on a thread."""

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self.run, daemon=True)
        thread.start()
        end = time.monotonic() + 10  # noqa: TID251 - a real server, real time
        while not self.started:
            assert time.monotonic() < end  # noqa: TID251 - see above
            time.sleep(0.01)  # noqa: TID251 - see above
        try:
            yield self.servers[0].sockets[0].getsockname()[1]
        finally:
            self.should_exit = True
            thread.join(10)


@contextmanager
def over_http(model):
    config = uvicorn.Config(model, port=0, log_config=None, lifespan="off", ws="none")
    with _Server(config).running() as port:
        base_url = f"http://127.0.0.1:{port}/"
        yield HttpUpstream({"local": Target(base_url=base_url, key=Secret("k"), model="m")})


@contextmanager
def in_memory(model):
    yield model


@pytest.fixture(params=[over_http, in_memory])
def pair(request):
    model = SimulatedModel(answer=lambda _: "Fine words. " * 50)
    with request.param(model) as upstream:
        yield model, upstream


def read(upstream, name="local", *, most=10_000):
    """(text, pieces, whether the answer ended), of at most so many pieces."""

    async def run():
        reader, text, pieces = FrameReader(Limits()), "", 0
        try:
            async with aclosing(upstream.ask(name, QUESTION)) as chunks:
                async for data in chunks:
                    text += "".join(reader.feed(data))
                    pieces += 1
                    if pieces >= most:
                        break
        finally:
            await upstream.close()
        return text, pieces, reader.done

    return asyncio.run(run())


def test_the_answer_comes_whole_and_in_order(pair):
    model, upstream = pair
    text, _, done = read(upstream)
    assert text == "Fine words. " * 50
    assert done
    assert model.ended == 1


def test_pieces_come_as_they_are_made_and_not_at_the_end(pair):
    model, upstream = pair

    async def pause():
        await asyncio.sleep(0.001)

    model.pause = pause
    _, pieces, _ = read(upstream)
    assert pieces > 10


def test_closing_early_is_no_error(pair):
    model, upstream = pair
    model.answer = lambda _: "Fine words. " * 40_000  # more than one read can bring
    text, _, done = read(upstream, most=1)
    assert text
    assert not done


def test_a_server_that_refuses_is_unavailable(pair):
    model, upstream = pair
    model.status = 500
    with pytest.raises(Unavailable):
        read(upstream)


def test_an_answer_that_breaks_off_is_unavailable(pair):
    model, upstream = pair
    model.breaks_after = 5
    with pytest.raises(Unavailable):
        read(upstream)


def test_a_name_that_leads_nowhere_raises_one_of_our_errors(pair):
    _, upstream = pair
    with pytest.raises(AdytonError):
        read(upstream, "")


def test_what_is_asked_arrives(pair):
    model, upstream = pair
    read(upstream)
    assert model.questions[0]["messages"] == QUESTION["messages"]


def test_closing_twice_is_fine_and_a_later_question_opens_again(pair):
    _, upstream = pair
    read(upstream)
    asyncio.run(upstream.close())
    assert read(upstream)[2]


def test_an_unconfigured_server_is_misconfigured_until_it_is_named():
    model = SimulatedModel()
    with over_http(model) as configured:
        upstream = HttpUpstream()
        with pytest.raises(Misconfigured):
            read(upstream)
        upstream.use("local", configured._targets["local"])
        assert read(upstream)[2]


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-type", b"text/html")],
        [(b"content-type", b"text/event-stream"), (b"content-encoding", b"gzip")],
    ],
)
def test_an_answer_that_is_no_plain_event_stream_is_not_read(headers):
    model = SimulatedModel(headers=headers)
    with over_http(model) as upstream, pytest.raises(Unavailable):
        read(upstream)


def test_a_redirect_is_not_followed():
    model, elsewhere = SimulatedModel(status=307), SimulatedModel()
    with over_http(model) as upstream, over_http(elsewhere) as other:
        there = other._targets["local"].base_url + "v1/chat/completions"
        model.headers = [(b"location", there.encode())]
        with pytest.raises(Unavailable):
            read(upstream)
        assert elsewhere.questions == []
