"""The settings of a perimeter: one frozen tree, read once from `config.toml` in the home.

Every setting has a safe default, so that an old file starts new code. `docs/operate/settings.md`
lists them; a test holds that page to this module.
"""

import tomllib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from adyton.terms import Misconfigured

Port = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
AtLeast30 = Annotated[int, Meta(ge=30)]
Url = Annotated[str, Meta(pattern=r"^https?://[^/\s?#]+[^\s?#]*$")]


class Listen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the two network listeners stand. The third is the Unix socket in the home."""

    proxy_host: str = "127.0.0.1"
    proxy_port: Port = 8460
    api_host: str = "127.0.0.1"
    api_port: Port = 8461
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")  # accepted Host names, without port


class Paths(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trusted places beside the home; empty means `<home>-head` and `<home>-witness`."""

    head: str = ""
    witness: str = ""


class Gateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of the model proxy."""

    hold_bytes: Positive = 2048  # what a stream holds back before it is checked and released
    hold_ms: Positive = 250
    requests_per_day: Positive = 5000  # per person
    egress_bytes_per_day: Positive = 50 << 20  # per person
    max_request_bytes: Positive = 1 << 20


class Reserve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Room kept on the disk of the record; at most an eighth and a sixty-fourth of the disk."""

    refusals_mib: Positive = 1024  # with less free, refused requests are counted, not recorded
    uses_mib: Positive = 128  # with less free, only what closes and contains is recorded


class Trace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Error probability that may be spent on naming copies; fractions as text, such as 1/1000."""

    epsilon_finding: str = "1/1000"
    epsilon_case: str = "1/100"
    epsilon_year: str = "1/10"
    questions_per_hour: Positive = 60  # per person


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ledger towards outsiders, and whose word makes it believed.

    `quorum` are the `group` and `quorum` lines of a tlog-policy over `local` (the witness beside
    the home) and the names of `[witnesses.NAME]`. Left out, all of them must cosign.
    """

    public_tiles: bool = False  # true: checkpoint and hash tiles to anybody, index and size with it
    promise_due_s: AtLeast30 = 60  # seconds within which a checkpoint is promised for each fact
    quorum: str = ""  # see above
    without_quorum: Literal["go on", "refuse"] = "go on"  # model requests while it is lost or late


Months = Annotated[int, Meta(ge=0, le=1200)]


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many months bodies of facts are kept by class; 0: until somebody erases them."""

    use_months: Months = 24  # what people asked of models, and their answers
    access_months: Months = 0  # people, organisations, credentials, entitlements, locks
    case_months: Months = 0  # cases and what was found
    source_months: Months = 24  # imported logs of others
    other_months: Months = 0  # assets, copies, everything else


class Upstream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model server that we did not start: its address and the file that holds its key."""

    url: Url  # without the /v1; plain http on loopback only
    key_file: str = ""


class Witness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A witness on another machine, one key each; two with one url are one with two keys."""

    vkey: str  # as `adyton witness vkey` shows it there
    url: Url  # its submission prefix; plain http on loopback only
    ca_file: str = ""  # who signed its certificate, where this system does not know them


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole tree."""

    origin: str = ""  # the ledger's origin line; written by `init`
    listen: Listen = Listen()
    paths: Paths = Paths()
    gateway: Gateway = Gateway()
    reserve: Reserve = Reserve()
    trace: Trace = Trace()
    ledger: Record = Record()
    retention: Retention = Retention()
    upstreams: dict[str, Upstream] = {}
    witnesses: dict[str, Witness] = {}


def read_config(text: str) -> Config:
    """The settings in `text` (TOML). Raises Misconfigured with the key and what is allowed."""
    try:
        return msgspec.convert(tomllib.loads(text), Config)
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"config.toml is not TOML: {error}", mend="mend the file") from error
    except msgspec.ValidationError as error:
        raise Misconfigured(
            f"config.toml: {error}", mend="see docs/operate/settings.md for what is allowed"
        ) from error


def first_config(origin: str) -> str:
    """The text of a new home's `config.toml`."""
    return (
        "# Settings of this perimeter; docs/operate/settings.md lists all of them.\n"
        f'origin = "{origin}"\n\n'
        "[listen]\nproxy_port = 8460\napi_port = 8461\n"
    )
