"""A value that never shows itself."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Secret(Generic[T]):
    """Wraps a secret: `repr`, `str` and formatting hide it; `reveal()` is easy to search for."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The secret itself. The caller keeps it out of logs, errors and the ledger tree."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        message = "a Secret is never serialised"
        raise TypeError(message)
