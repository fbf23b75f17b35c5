import pytest

from adyton.gateway import RequestHead
from adyton.gateway.heads import check_host, client_traits, credential_of, path_of, retry_of
from adyton.terms import Malformed, Missing, Unidentified
from tests.unit.gateway.dialogue import Dialogue, chat


def head(target=b"/v1/models", *headers):
    return RequestHead(method="GET", target=target, headers=headers, source="192.0.2.1")


@pytest.mark.parametrize(
    "target",
    [
        b"http://127.0.0.1/v1/models",
        b"//v1/models",
        b"/v1//models",
        b"/v1/../v1/models",
        b"/v1/%2e%2e/models",
        b"/v1/models%2fx",
        b"/v1/models%2Fx",
        b"/v1\\models",
        b"/v1/models#@",
        b"*",
        b"",
        b"127.0.0.1:443",
        b"/v1/m\xc3\xb6dels",
    ],
)
def test_a_target_that_is_no_plain_path_is_malformed(target):
    with pytest.raises(Malformed):
        path_of(head(target))


def test_a_query_never_chooses_a_route():
    assert path_of(head(b"/v1/models?x=/v1/files/../..")) == "/v1/models"


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        (b"evil.example",),
        (b"127.0.0.1", b"127.0.0.1"),
        (b"127.0.0.1/#@",),
        (b"127.0.0.1@evil.example",),
        (b"user@127.0.0.1",),
        (b"127.0.0.1:80:80",),
        (b"",),
    ],
)
def test_a_host_that_is_not_ours_is_malformed(hosts):
    with pytest.raises(Malformed):
        check_host(head(b"/", *((b"host", host) for host in hosts)), {"127.0.0.1"})


@pytest.mark.parametrize("host", [b"127.0.0.1", b"127.0.0.1:8080", b"GATEWAY.example"])
def test_a_host_of_ours_passes_with_any_port(host):
    check_host(head(b"/", (b"host", host)), {"127.0.0.1", "gateway.example"})


def test_the_key_is_taken_from_either_header_and_from_both_if_equal():
    bearer, plain = (b"authorization", b"Bearer adk_a"), (b"x-api-key", b"adk_a")
    for headers in ((bearer,), (plain,), (bearer, plain), ((b"authorization", b"bearer  adk_a"),)):
        assert credential_of(head(b"/", *headers)) == "adk_a"


@pytest.mark.parametrize(
    "headers",
    [
        ((b"authorization", b"Bearer adk_a"), (b"x-api-key", b"adk_b")),
        ((b"authorization", b"Bearer adk_a"), (b"authorization", b"Bearer adk_a")),
        ((b"x-api-key", b"adk_a"), (b"x-api-key", b"adk_b")),
    ],
)
def test_two_credentials_are_never_first_wins(headers):
    with pytest.raises(Malformed):
        credential_of(head(b"/", *headers))


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((b"authorization", b"Basic adk_a"),),
        ((b"authorization", b"Bearer"),),
        ((b"x-api-key", b"a" * 201),),
        ((b"x-api-key", b"adk_\xe9"),),
    ],
)
def test_what_is_no_key_is_nobody(headers):
    with pytest.raises(Unidentified):
        credential_of(head(b"/", *headers))


def test_client_traits_tell_programs_apart_and_not_attempts():
    def traits(agent, retry):
        return client_traits(
            head(b"/", (b"user-agent", agent), (b"x-stainless-retry-count", retry))
        )

    assert traits(b"OpenAI/Python 3", b"0") == traits(b"OpenAI/Python 3", b"1")
    assert traits(b"OpenAI/Python 3", b"0") != traits(b"curl/8", b"0")
    assert retry_of(head(b"/", (b"x-stainless-retry-count", b"2"))) == 2
    assert retry_of(head(b"/", (b"x-stainless-retry-count", b"-1"))) == 0


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/v1/chat/completions"),
        ("POST", "/v1/models"),
        ("POST", "/v1/files"),
        ("POST", "/v1/embeddings"),
        ("POST", "/v1/responses"),
        ("POST", "/v1/messages/batches"),
        ("DELETE", "/v1/models/orchard-1"),
        ("POST", "/v1/chat/completions/"),
        ("GET", "/props"),
        ("GET", "/"),
    ],
)
def test_what_is_not_in_the_table_of_routes_does_not_exist(world, method, target):
    dialogue = Dialogue(world).run(world.head(target, method), chat())
    assert isinstance(dialogue.refusal, Missing)
    assert not dialogue.asked_upstream
    assert world.last("request.refused").public["route"] == ""


@pytest.mark.parametrize("header", [{"content_encoding": "gzip"}, {"content_type": "text/plain"}])
def test_a_body_in_another_form_is_malformed(world, header):
    assert isinstance(Dialogue(world).run(world.head(**header), chat()).refusal, Malformed)
