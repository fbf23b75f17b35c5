"""What a drill does to a perimeter, as ports: the story and the investigation know no more.

The live perimeter keeps these promises over child processes; a test may keep them in memory.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

Answer = dict[str, Any]


class Actions(Protocol):
    """The people of a world act on a perimeter, each with their own credential.

    Calls are durable once they return, and ordered; one thread at a time.
    """

    def call(self, login: str, operation: str, params: Mapping[str, Any]) -> Answer:
        """The operation's answer. Raises one of the eight families."""

    def admit(self, login: str, key: str) -> None:
        """From now on `login` acts with this credential."""

    def key(self, login: str) -> str:
        """The credential of `login`, for a client of the model proxy."""

    def make_approver(self, login: str) -> Mapping[str, str]:
        """The public half, `hpke_public` and `sign_public` in hex, of a new approver's key."""

    def approve(self, login: str, pending: Mapping[str, Any]) -> Mapping[str, str]:
        """The approval of a pending request, made on the approver's side."""


class Approving(Protocol):
    """What happens on an approver's own side; `adyton.assembly.client` has these names."""

    def make_approver(self, path: Path, passphrase: str, *, home: Path) -> Mapping[str, str]:
        """A new key file outside the home; its public half in hex."""

    def open_approver(self, path: Path, passphrase: str, *, home: Path) -> Any:  # noqa: ANN401
        """The key in the file, opaque to a drill."""

    def approve(self, pending: Mapping[str, Any], key: Any) -> Mapping[str, str]:  # noqa: ANN401
        """The approval of a pending request."""
