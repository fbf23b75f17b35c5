from pathlib import Path

import msgspec
import pytest

from adyton.assembly import read_config
from adyton.assembly.config import Config, first_config
from adyton.terms import Misconfigured

PAGE = Path(__file__).parents[3] / "docs" / "operate" / "settings.md"


def settings(kind):
    for field in msgspec.structs.fields(kind):
        inner = [*getattr(field.type, "__args__", ()), field.type]
        below = [one for one in inner if isinstance(one, type) and issubclass(one, msgspec.Struct)]
        yield field.name, bool(below)
        for one in below:
            yield from settings(one)


def test_every_setting_is_documented():
    page = PAGE.read_text(encoding="utf-8")
    for name, is_section in settings(Config):
        assert (f"[{name}" if is_section else f"| `{name}` |") in page, name


def test_a_new_home_and_an_empty_file_have_the_defaults():
    made = read_config(first_config("adyton.invalid/x"))
    assert made.origin == "adyton.invalid/x"
    assert msgspec.structs.replace(made, origin="") == read_config("") == Config()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[listen]\nproxy_port = 70000", "$.listen.proxy_port"),
        ("[listen]\napi_port = 0", "$.listen.api_port"),
        ("[listen]\nhosts = 'all'", "$.listen.hosts"),
        ("[gateway]\nhold_bytes = 0", "$.gateway.hold_bytes"),
        ("[gateway]\nspeed = 1", "$.gateway"),
        ("[upstreams.m]\nurl = 'file:///x'", "$.upstreams"),
        ("[upstreams.m]\nkey_file = 'k'", "$.upstreams"),
        ("orgin = 'x'", "orgin"),
        ("listen = ", "not TOML"),
    ],
)
def test_a_wrong_setting_is_named(text, key):
    with pytest.raises(Misconfigured) as raised:
        read_config(text)
    assert key in raised.value.message
    assert raised.value.mend
