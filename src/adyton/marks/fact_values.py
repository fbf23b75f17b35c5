"""Invented details of 16 bits: written into a copy, and read back from a leak with its errors."""

import functools
import importlib.resources
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adyton.marks.canonical import canonical

VALUES = 1 << 16
FACT_KINDS = ("host", "ticket", "number", "name")
ERRORS_MAX = 2  # edits forgiven in a value of words; beyond it the slot counts as unread
CANDIDATES_MAX = 64  # a reading that fits more values than this says too little
_DIGITS_BASE = 10_000
_DIGITS_WIDTH = 7
_CHECK = 97  # ISO 7064 MOD 97-10
_LOOKS_LIKE = str.maketrans("oqdilzsbg", "000112589")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactShape:
    """How values of one kind are written. No `tables` means digits with a check."""

    prefix: str
    suffix: str
    neutral: str
    tables: tuple[tuple[str, ...], ...]
    separators: tuple[str, ...]

    @property
    def widths(self) -> tuple[int, int]:
        """The least and greatest length, in canonical characters, to look for in a leak."""
        if not self.tables:
            return _DIGITS_WIDTH - 1, _DIGITS_WIDTH + 1
        between = sum(map(len, self.separators))
        least = sum(min(map(len, table)) for table in self.tables)
        most = sum(max(map(len, table)) for table in self.tables)
        return least + between - 1, most + between + 1


@functools.cache
def shapes() -> Mapping[str, FactShape]:
    """The shape of each kind of fact slot."""
    source = importlib.resources.files("adyton.marks") / "facts-1.toml"
    data = tomllib.loads(source.read_text("utf-8"))
    return {
        kind: FactShape(
            prefix=entry["prefix"],
            suffix=entry["suffix"],
            neutral=entry["neutral"],
            tables=tuple(tuple(table) for table in entry.get("tables", ())),
            separators=tuple(entry.get("separators", ())),
        )
        for kind, entry in data.items()
    }


def write_value(kind: str, value: int) -> str:
    """The detail that stands for `value` (0..65535), with its prefix and suffix."""
    shape = shapes()[kind]
    return shape.prefix + _core(shape, value) + shape.suffix


def _core(shape: FactShape, value: int) -> str:
    if not shape.tables:
        number = value + _DIGITS_BASE
        return f"{number}{_check_digits(number):02d}"
    words: list[str] = []
    rest = value
    for table in reversed(shape.tables):
        rest, at = divmod(rest, len(table))
        words.append(table[at])
    words.reverse()
    joined = words[0]
    for separator, word in zip(shape.separators, words[1:], strict=True):
        joined += separator + word
    return joined


def _check_digits(number: int) -> int:
    return _CHECK + 1 - number * 100 % _CHECK


def read_value(kind: str, observed: str) -> tuple[int, ...]:
    """All values that fit `observed` (canonical, without prefix and suffix) with fewest errors.

    Empty when nothing fits. It depends on `observed` alone: for a copy that was not the source
    the chance to be among k values is exactly k / 65536.
    """
    shape = shapes()[kind]
    seen = observed.strip()
    found = _read_words(shape, seen) if shape.tables else _read_digits(seen)
    return tuple(sorted(found)) if len(found) <= CANDIDATES_MAX else ()


def is_neutral(kind: str, observed: str) -> bool:
    """Whether the master's own neutral detail stands here, which no copy has."""
    shape = shapes()[kind]
    neutral = canonical(shape.neutral.removeprefix(shape.prefix).removesuffix(shape.suffix))
    return observed.strip() == neutral


def _read_digits(observed: str) -> set[int]:
    digits = observed.replace(" ", "").translate(_LOOKS_LIKE)
    if len(digits) != _DIGITS_WIDTH or not digits.isascii() or not digits.isdigit():
        return set()
    exact = _checked(digits)
    if exact is not None:
        return {exact}
    near = (_checked(form) for form in _one_digit_off(digits))
    return {value for value in near if value is not None}


def _one_digit_off(digits: str) -> Iterator[str]:
    for at in range(len(digits)):
        for other in "0123456789":
            yield digits[:at] + other + digits[at + 1 :]


def _checked(digits: str) -> int | None:
    number = int(digits[:-2])
    value = number - _DIGITS_BASE
    fits = int(digits[-2:]) == _check_digits(number)
    return value if fits and 0 <= value < VALUES else None


def _read_words(shape: FactShape, observed: str) -> set[int]:
    """Walks the tables along `observed`; keeps, per position, the cheapest way to each value."""
    ways: dict[tuple[int, int], int] = {(0, 0): 0}  # (position, value so far) -> errors
    for at, table in enumerate(shape.tables):
        lead = shape.separators[at - 1] if at else ""
        ways = _walk(ways, [canonical(lead + word) for word in table], observed)
    ends: dict[int, int] = {}
    for (position, value), errors in ways.items():
        total = errors + len(observed) - position
        if total <= min(ERRORS_MAX, ends.get(value, ERRORS_MAX)):
            ends[value] = total
    best = min(ends.values(), default=0)
    return {value for value, errors in ends.items() if errors == best}


def _walk(
    ways: Mapping[tuple[int, int], int], words: Sequence[str], observed: str
) -> dict[tuple[int, int], int]:
    positions = {position for position, _ in ways}
    steps = {
        (position, at): _prefix_errors(word, observed[position : position + len(word) + ERRORS_MAX])
        for position in positions
        for at, word in enumerate(words)
    }
    reached: dict[tuple[int, int], int] = {}
    for (position, value), errors in ways.items():
        for at in range(len(words)):
            for length, more in steps[position, at]:
                key = (position + length, value * len(words) + at)
                total = errors + more
                if total <= reached.get(key, ERRORS_MAX):
                    reached[key] = total
    return reached


def _prefix_errors(word: str, text: str) -> list[tuple[int, int]]:
    """(length, edit distance) of the prefixes of `text` within the forgiven distance of `word`."""
    row = list(range(len(text) + 1))
    for at, char in enumerate(word, 1):
        before, row = row, [at]
        for column, other in enumerate(text, 1):
            row.append(min(before[column] + 1, row[-1] + 1, before[column - 1] + (char != other)))
        if min(row) > ERRORS_MAX:
            return []
    return [(length, errors) for length, errors in enumerate(row) if errors <= ERRORS_MAX]
