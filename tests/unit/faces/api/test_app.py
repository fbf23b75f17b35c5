import http.client
import json
import logging
import threading
from functools import partial
from urllib.parse import quote

import msgspec
import pytest

from adyton.adapters import owner_socket
from adyton.assembly.config import Record
from adyton.faces.api import ApiServer, app, make_api
from adyton.terms import Fact, Unavailable
from tests.unit.faces.api import reader

MANY = 40  # as many threads as there are for operations


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


def test_a_stranger_cannot_make_us_read_a_body(ask, monkeypatch):
    monkeypatch.setattr("adyton.faces.api.app.LARGEST_CALL_BYTES", 1000)
    for body in (b"x" * 5000, b"{}", b"no JSON"):
        assert problem(ask("POST", "/call/org.list", body)) == (401, "Unidentified")


def same(one, other):
    """Status, body, headers but the date: what somebody without rights can compare."""
    drop = {"date"}
    return [
        (answer[0], answer[2], {k: v for k, v in answer[1].items() if k.lower() not in drop})
        for answer in (one, other)
    ]


def tile_of(owner):
    """The path of a hash tile that is there."""
    owner.perimeter.ledger.publish()
    size = int(owner.perimeter.ledger.checkpoint().split(b"\n")[1])
    return "/ledger/tile/0/000" if size >= 256 else f"/ledger/tile/0/000.p/{size}"


@pytest.mark.parametrize("by", ["auditor", "investigator"])
def test_checkpoint_and_hash_tiles_are_for_those_who_may_see_size(ask, owner, by):
    tile = tile_of(owner)
    status, headers, body = ask("GET", "/ledger/checkpoint", by=by)
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert headers["cache-control"] == "private, max-age=2"
    assert body.startswith(owner.perimeter.config.origin.encode())
    status, headers, body = ask("GET", tile, by=by)
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert len(body) % 32 == 0
    assert ask("GET", "/ledger/tile/9/000", by=by)[0] == 404
    status, headers, nothing = ask("HEAD", tile, by=by)
    assert (status, nothing, headers["content-length"]) == (200, b"", str(len(body)))


@pytest.mark.parametrize("by", ["", "entitled", "operator", "nobody", "approver", "custodian"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_i2_to_everybody_else_no_file_of_the_log_is_there(ask, owner, by, method):
    tile = tile_of(owner)
    nothing = ask(method, "/ledger/tile/9/000", by=by)
    assert nothing[0] == 404
    entries = tile.replace("tile/0", "tile/entries")
    for path in ("/ledger/checkpoint", tile, entries, "/ledger/policy", "/ledger/"):
        one, other = same(nothing, ask(method, path, by=by))
        assert one == other, path
    unknown = ask(method, "/ledger/tile/9/000", by="auditor")
    one, other = same(nothing, unknown)
    assert one == other


def test_i2_a_wrong_credential_is_told_nothing_either(ask, owner):
    tile = tile_of(owner)
    nothing = ask("GET", "/ledger/tile/9/000")
    for presented in ("Bearer adk_x", "Basic abc", "Bearer " + "a" * 5000):
        one, other = same(nothing, ask("GET", tile, authorization=presented))
        assert one == other


def test_entries_are_for_auditors_and_each_reading_is_a_fact_before_it(ask, owner):
    entries = tile_of(owner).replace("tile/0", "tile/entries")
    width = int(entries.partition(".p/")[2] or 256)
    owner.perimeter.reads.end()  # as if a minute had passed
    reads = len(list(owner.perimeter.all_entries("record.read")))
    assert ask("GET", entries, by="investigator")[0] == 404
    assert len(list(owner.perimeter.all_entries("record.read"))) == reads
    status, headers, body = ask("GET", entries, by="auditor")
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert b"organisation.added" in body
    *_, fact = owner.perimeter.all_entries("record.read")
    assert fact.subjects == (owner.ids["auditor"],)
    said = {name: fact.public[name] for name in ("operation", "calls", "first", "last")}
    assert said == {"operation": "ledger.file", "calls": 1, "first": 0, "last": width - 1}


def test_no_entry_leaves_where_its_reading_cannot_be_recorded(ask, owner, monkeypatch):
    entries = tile_of(owner).replace("tile/0", "tile/entries")

    owner.perimeter.reads.end()  # as if a minute had passed

    def full(*_args, **_named):
        raise Unavailable("the disk is full")

    monkeypatch.setattr(owner.perimeter.ledger, "append", full)
    answer = ask("GET", entries, by="auditor")
    assert answer[0] == 503
    assert b"organisation.added" not in answer[2]


def test_a_locked_auditor_sees_no_file(ask, owner):
    person = owner.person("locked auditor", "auditor")
    tile = tile_of(owner)
    assert ask("GET", tile, by="locked auditor")[0] == 200
    owner.call("operator", "lock.set", {"kind": "person", "target": person, "reason": "a test"})
    assert ask("GET", tile, by="locked auditor")[0] == 404


def test_tiles_in_public_are_a_setting_and_entries_never_are(ask, owner, monkeypatch):
    tile = tile_of(owner)
    open_config = msgspec.structs.replace(owner.perimeter.config, ledger=Record(public_tiles=True))
    monkeypatch.setattr(owner.perimeter, "config", open_config)
    for path in ("/ledger/checkpoint", tile):
        status, headers, _ = ask("GET", path)
        assert (status, headers["cache-control"].split(",")[0]) == (200, "public")
    entries = tile.replace("tile/0", "tile/entries")
    one, other = same(ask("GET", "/ledger/tile/9/000"), ask("GET", entries))
    assert one == other


@pytest.mark.parametrize(
    "path",
    [
        "../../format",
        "%2e%2e/%2e%2e/%2e%2e/format",
        "/etc/passwd",
        "policy",
        "tile/0/../entries/000",
        "tile//entries/000",
        "tile/./entries/000",
        "/tile/entries/000",
        "tile%2fentries%2f000/",
        "tile/0/000.p",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/0",
        "tile/0/x00/000",
        "tile/00000/000",
        "tile/entries/000.p/999",
        "tile/entries/\u0660\u0660\u0660",
        "checkpoint/",
        "checkpoint%00",
    ],
)
def test_no_path_leads_out_of_the_tree(ask, path):
    """With every right there is: none of these is a file of the format."""
    assert ask("GET", f"/ledger/{quote(path, safe='%/.')}", by="auditor")[0] == 404


def test_a_foreign_reader_rebuilds_the_root_while_the_log_grows(ask, owner):
    """Written from the specifications alone, it shares no code with us."""
    ledger = owner.perimeter.ledger
    for n in range(300):
        ledger.submit(Fact(type="thing.done", public={"n": n}))

    def get(path):
        status, _, body = ask("GET", f"/ledger/{path}", by="auditor")
        return body if status == 200 else None

    ledger.publish()
    checkpoint = reader.open_checkpoint(get("checkpoint"), ledger.vkey())
    for n in range(300):  # the partial tiles of that checkpoint are gone now
        ledger.submit(Fact(type="thing.done", public={"n": n}))
    ledger.publish()
    leaves = reader.read_leaves(get, checkpoint.size)
    assert reader.root(leaves) == checkpoint.root
    assert reader.root_of_tiles(get, checkpoint.size) == checkpoint.root
    entries = reader.read_entries(get, checkpoint.size)
    assert [reader.leaf(one) for one in entries] == leaves
    assert json.loads(entries[0])["type"] == "organisation.added"


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


def test_who_shuts_somebody_out_does_not_queue_behind_what_waits(ask, monkeypatch):
    """Every thread of the others may be waiting for a witness that hangs."""
    free, waiting = threading.Event(), threading.Barrier(MANY + 1, timeout=20)

    def slow(_perimeter, _key, name, _params):
        if name != "lock.set":
            waiting.wait()
            free.wait(20)
        return {"name": name}

    monkeypatch.setattr(app, "dispatch", slow)
    listing = partial(ask, "POST", "/call/org.list", by="operator")
    asked = [threading.Thread(target=listing) for _ in range(MANY)]
    for one in asked:
        one.start()
    try:
        waiting.wait()
        assert json.loads(ask("POST", "/call/lock.set", by="operator")[2]) == {"name": "lock.set"}
    finally:
        free.set()
        for one in asked:
            one.join()


def test_a_known_caller_s_unreadable_call_is_on_record(ask, owner):
    before = len(list(owner.perimeter.all_entries("request.refused")))
    assert ask("POST", "/call/org.list", b"{", by="operator")[0] == 400
    owner.perimeter.refusals.end()
    owner.perimeter.ledger.append(Fact(type="test.waited"))
    assert len(list(owner.perimeter.all_entries("request.refused"))) > before
