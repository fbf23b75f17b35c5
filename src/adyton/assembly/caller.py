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
from adyton.terms import AdytonError, Misconfigured, Secret, Unavailable

OK = 200
OUR_BUG = "Bug"  # the family of an internal error on the wire; its message is the number
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


class OwnerFailed(Exception):
    """The owner of the home met a bug of ours. `number` is in its diary."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class Caller(Protocol):
    """Carries out operations as the holder of one credential."""

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of `operation`. Raises one of the eight families, or OwnerFailed."""


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
            raise error_in(answer)
        return answer


def error_in(answer: Mapping[str, Any]) -> Exception:
    """The error that an owner's answer tells of."""
    problem = answer.get("error", {})
    family, message = str(problem.get("family")), str(problem.get("message"))
    if family == OUR_BUG:
        return OwnerFailed(message)
    if family not in FAMILIES:
        return Unavailable("the owner of this home gave no readable answer")
    return FAMILIES[family](message, mend=str(problem.get("mend", "")))


class LocalCaller:
    """Owns the home for the length of each call."""

    def __init__(self, paths: HomePaths, key: Secret[str]) -> None:
        self._paths = paths
        self._key = key

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See Caller. Raises Conflict if an owner appeared meanwhile.

        What lives in an owner's memory would end with this call: Unavailable, nothing is done.
        """
        # A client of a living owner never loads the server's packages.
        from adyton.assembly.operations import OPERATIONS, dispatch  # noqa: PLC0415
        from adyton.assembly.perimeter import Perimeter  # noqa: PLC0415

        found = OPERATIONS.get(operation)
        if found is not None and found.lives:
            raise Unavailable("nobody owns this home now", mend="start adyton serve")
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
        raise Misconfigured(
            f"{path.name} holds no credential", mend="give the file with your own by --key"
        )
    return Secret(text)


def check_home(home: Path) -> None:
    """Raise Misconfigured unless a perimeter is at `home`."""
    HomePaths.of(home).read_config()


def public_error(error: AdytonError) -> dict[str, Any]:
    """The form in which an error crosses the socket; a subclass goes as its family."""
    family = next(one.__name__ for one in type(error).__mro__ if one.__name__ in FAMILIES)
    return {"error": {"family": family, "message": error.message, "mend": error.mend}}


def internal_error(number: str) -> dict[str, Any]:
    """The form in which a bug of ours crosses it: a number, which is in the diary."""
    return {"error": {"family": OUR_BUG, "message": number, "mend": ""}}


__all__ = [
    "Caller",
    "LocalCaller",
    "OwnerCaller",
    "OwnerFailed",
    "check_home",
    "connect",
    "internal_error",
    "public_error",
    "read_key",
]
