"""What an operation is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from adyton.assembly.perimeter import Perimeter
from adyton.identity import Principal
from adyton.terms import Act

Answer = Mapping[str, Any]


class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every operation's parameters."""


class NoParams(Params, frozen=True, kw_only=True):
    """An operation without parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row of the table of operations.

    `act` is asked of the gatekeeper before `run`; None means that `run` asks for itself, because
    the answer depends on the asset. `lives` means that it works with what only the owner process
    keeps in memory: requests, sessions, model servers. `contains` means that it shuts somebody or
    something out: it must not queue behind operations that wait for witnesses.
    """

    name: str
    params: type[Params]
    run: Callable[[Perimeter, Principal, Any], Answer]
    act: Act | None
    gives: str
    lives: bool = False
    contains: bool = False
