import http.client
import json
import logging

import pytest

from adyton.adapters import owner_socket
from adyton.faces.api import ApiServer, make_api


@pytest.fixture(scope="module")
def port(owner):
    listener = owner_socket.listen_network("127.0.0.1", 0)
    with ApiServer(make_api(owner.perimeter), [listener]):
        yield listener.getsockname()[1]


@pytest.fixture
def ask(port, owner):
    def send(method, path, body=b"", *, by="", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        if by:
            headers["authorization"] = f"Bearer {owner.keys[by].reveal()}"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    return send


def problem(answer):
    return answer[0], json.loads(answer[2])["error"]["family"]


def test_an_operation_is_called_with_ones_own_credential(ask):
    status, headers, body = ask("POST", "/call/org.list", b"{}", by="operator")
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert "server" not in headers
    assert "owner" in {org["kind"] for org in json.loads(body)["orgs"]}
    assert ask("POST", "/call/org.list", by="operator")[2] == body


@pytest.mark.parametrize(
    ("path", "body", "by", "expected"),
    [
        ("/call/org.list", b"{}", "", (401, "Unidentified")),
        ("/call/org.list", b"{}", "nobody", (403, "Refused")),
        ("/call/no.such", b"{}", "operator", (404, "Missing")),
        ("/call/org.list", b"[1]", "operator", (400, "Malformed")),
        ("/call/org.list", b"{", "operator", (400, "Malformed")),
        ("/call/org.add", b'{"name": 7}', "operator", (400, "Malformed")),
        ("/call/asset.show", b'{"asset": "none"}', "operator", (404, "Missing")),
    ],
)
def test_each_problem_has_its_status_and_family(ask, path, body, by, expected):
    assert problem(ask("POST", path, body, by=by)) == expected


@pytest.mark.parametrize(
    "presented", ["", "Basic abc", "Bearer ", "Bearer adk_x", "Bearer adk_" + "a" * 5000]
)
def test_a_malformed_token_looks_like_any_unknown_one(ask, presented):
    unknown = ask("POST", "/call/org.list", b"{}", authorization="Bearer nothing")
    answer = ask("POST", "/call/org.list", b"{}", authorization=presented)
    assert (answer[0], answer[2]) == (unknown[0], unknown[2])


def test_a_bug_of_ours_shows_a_number_and_no_value(ask, monkeypatch, caplog):
    monkeypatch.setattr("adyton.faces.api.app.dispatch", lambda *_: {}["adk_secret"])
    with caplog.at_level(logging.ERROR, logger="adyton.api"):
        answer = ask("POST", "/call/org.list", b"{}", by="operator")
    assert problem(answer) == (500, "Bug")
    number = json.loads(answer[2])["error"]["message"]
    (line,) = [one.getMessage() for one in caplog.records if one.name == "adyton.api"]
    assert f"internal error {number}: KeyError at " in line
    assert b"adk_secret" not in answer[2]
    assert "adk_secret" not in caplog.text


def test_a_call_over_the_limit_is_refused_before_it_is_read_whole(ask, monkeypatch):
    monkeypatch.setattr("adyton.faces.api.app.LARGEST_CALL_BYTES", 100)
    body = b'{"a": "' + b"x" * 200 + b'"}'
    assert problem(ask("POST", "/call/org.list", body, by="operator")) == (413, "TooLarge")


def test_anybody_may_read_checkpoint_and_tiles_but_no_entry(ask, owner):
    owner.call("auditor", "ledger.checkpoint", {})
    status, headers, body = ask("GET", "/ledger/checkpoint")
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert body.startswith(owner.perimeter.config.origin.encode())
    size = int(body.split(b"\n")[1])
    tile = f"/ledger/tile/0/000.p/{size}" if size < 256 else "/ledger/tile/0/000"
    assert ask("GET", tile)[0] == 200
    nothing = ask("GET", "/ledger/tile/9/000")
    assert nothing[0] == 404
    for way in (
        "tile/entries",
        "tile//entries",
        "tile/./entries",
        "/tile/entries",
        "tile%2fentries",
    ):
        entries = ask("GET", tile.replace("tile/0", way))
        assert (entries[0], entries[2]) == (nothing[0], nothing[2]), way


@pytest.mark.parametrize(
    "path",
    ["../../format", "%2e%2e/%2e%2e/%2e%2e/format", "/etc/passwd", "tile/0/../entries/000"],
)
def test_no_path_leads_out_of_the_tree(ask, path):
    assert ask("GET", f"/ledger/{path}")[0] == 404


def test_what_is_not_served_is_not_found(ask):
    assert ask("GET", "/call/org.list")[0] == 405
    assert ask("GET", "/")[0] == 404
    assert ask("GET", "/health")[::2] == (200, b'{"ok":true}')


def test_no_other_origin_is_let_in(ask):
    status, headers, _ = ask(
        "OPTIONS",
        "/call/org.list",
        origin="http://example.invalid",
        **{"access-control-request-method": "POST"},
    )
    assert status == 405
    assert not [name for name in headers if name.lower().startswith("access-control")]
