import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from adyton.adapters import http_client
from adyton.adapters.http_client import LARGEST_ANSWER_BYTES, GatewayModel
from adyton.terms import Misconfigured, Refused, Secret, Unavailable


class Gateway(BaseHTTPRequestHandler):
    """Answers with what the test put into the server; keeps what it was asked."""

    def do_POST(self):
        length = int(self.headers["content-length"])
        self.server.asked.append((self.path, self.headers, json.loads(self.rfile.read(length))))
        self.answer()

    def do_GET(self):
        self.server.asked.append((self.path, self.headers, None))
        self.answer()

    def answer(self):
        status, body, headers = self.server.reply
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Gateway) as made:
        made.asked, made.reply = [], (200, b"", [])
        made.url = f"http://127.0.0.1:{made.server_port}"
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def model(server):
    return GatewayModel(base_url=server.url, key=Secret("adk_mine"), model="small")


def test_a_question_goes_out_under_the_persons_own_credential(server):
    text = {"choices": [{"message": {"content": "because"}}]}
    server.reply = (200, json.dumps(text).encode(), [])
    assert model(server).explain("why?") == "because"
    ((path, headers, body),) = server.asked
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == "Bearer adk_mine"
    assert body["model"] == "small"
    assert body["messages"] == [{"role": "user", "content": "why?"}]
    assert "adk_mine" not in repr(model(server))


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_gateway_that_denies_is_a_refusal(server, status):
    server.reply = (status, b"{}", [])
    with pytest.raises(Refused):
        model(server).explain("why?")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, b""),
        (200, b"not json"),
        (200, b"[]"),
        (200, b'{"choices": []}'),
        (200, b" " * (LARGEST_ANSWER_BYTES + 1)),
    ],
    ids=["503", "no json", "a list", "no choice", "too large"],
)
def test_an_answer_that_is_none_is_unavailable(server, status, body):
    server.reply = (status, body, [])
    with pytest.raises(Unavailable):
        model(server).explain("why?")


def test_redirects_are_not_followed(server):
    server.reply = (302, b"", [("location", f"{server.url}/elsewhere")])
    assert http_client.request("GET", f"{server.url}/a?b=c") == (302, b"")
    assert [path for path, _, _ in server.asked] == ["/a?b=c"]


def test_a_server_that_is_not_there_is_unavailable(server):
    gone = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(Unavailable, match="does not answer"):
        http_client.request("GET", gone, timeout_s=2)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.invalid/",
        "ftp://127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "https:///nowhere",
        "127.0.0.1",
    ],
)
def test_an_unsafe_or_broken_address_is_a_wrong_setting(url):
    with pytest.raises(Misconfigured):
        http_client.request("GET", url)
