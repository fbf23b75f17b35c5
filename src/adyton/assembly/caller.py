"""How a program acts on a perimeter: operation name, parameters, answer.

The same operation runs in the process that owns the home, if there is one, or else in this one,
which then owns the home for that call.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from adyton import terms
from adyton.adapters import home_files, owner_socket
from adyton.assembly.home import HomePaths
from adyton.assembly.operations import dispatch
from adyton.assembly.perimeter import Perimeter
from adyton.terms import AdytonError, Misconfigured, Secret, Unavailable

OK = 200
FAMILIES = {
    family.__name__: family
    for family in (
        terms.Refused,
        terms.Unidentified,
        terms.Missing,
        terms.Malformed,
        terms.TooLarge,
        terms.Tampered,
        terms.Conflict,
        terms.Exhausted,
        terms.Unavailable,
        terms.Misconfigured,
    )
}


class Caller(Protocol):
    """Carries out operations as the holder of one credential."""

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of `operation`. Raises one of the eight families."""


class OwnerCaller:
    """Calls the process that owns the home, over its Unix socket."""

    def __init__(self, socket_path: Path, key: Secret[str]) -> None:
        self._socket = socket_path
        self._key = key

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See Caller."""
        status, body = owner_socket.post(
            self._socket,
            target=f"/call/{operation}",
            body=msgspec.json.encode(params),
            bearer=self._key.reveal(),
        )
        try:
            answer = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise Unavailable("the owner of this home gave no readable answer") from error
        if status != OK:
            problem = answer.get("error", {})
            family = FAMILIES.get(problem.get("family", ""), Unavailable)
            raise family(problem.get("message", "internal error"), mend=problem.get("mend", ""))
        return answer


class LocalCaller:
    """Owns the home for the length of each call."""

    def __init__(self, paths: HomePaths, key: Secret[str]) -> None:
        self._paths = paths
        self._key = key

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See Caller. Raises Conflict if an owner appeared meanwhile."""
        with Perimeter.open(self._paths) as perimeter:
            return dispatch(perimeter, self._key, operation, params)


def connect(home: str | Path, key: Secret[str]) -> Caller:
    """A caller for the perimeter at `home`. Raises Misconfigured if there is none."""
    paths = HomePaths.of(home)
    paths.read_config()
    if owner_socket.is_listening(paths.socket):
        return OwnerCaller(paths.socket, key)
    return LocalCaller(paths, key)


def read_key(path: Path) -> Secret[str]:
    """The credential in the file `path`. Raises Missing, Misconfigured."""
    text = home_files.read_small(path, limit_bytes=1024).decode("ascii", "replace").strip()
    if not text.startswith("adk_"):
        raise Misconfigured(f"{path.name} holds no credential", mend="give --key FILE")
    return Secret(text)


def public_error(error: AdytonError) -> dict[str, Any]:
    """The form in which an error crosses the socket."""
    family = type(error).__name__
    return {"error": {"family": family, "message": error.message, "mend": error.mend}}


__all__ = ["Caller", "LocalCaller", "OwnerCaller", "connect", "public_error", "read_key"]
