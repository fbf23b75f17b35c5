"""Places of a master where two wordings mean the same, found without the author's help."""

import functools
import hashlib
import importlib.resources
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from adyton.marks.canonical import canonical
from adyton.marks.regions import Regions

TOUCHED_SHARE_MAX = 3  # percent of words: the quality contract of the reference, section 3.2
_LIST_ITEM = re.compile(r"(?m)^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+(?P<item>[^\n]*\w)(?P<stop>\.?)$")
_SERIAL_HELD = re.compile(r"\b\w+, \w+(?P<comma>,) (?:and|or) \w+\b")
_SERIAL_OPEN = re.compile(r"\b\w+, \w+, \w+(?P<comma>) (?:and|or) \w+\b")
_PERCENT = re.compile(r"(?<![\w.,])\d{1,3}(?P<sign>%| percent\b)(?!\w)")
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """At `start:end` the master reads `here`; `there` would mean the same."""

    start: int
    end: int
    here: str
    there: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    wording: re.Pattern[str]
    partner: dict[str, str]
    number: re.Pattern[str]
    number_partner: dict[str, str]
    approximate: re.Pattern[str]
    approximate_partner: dict[str, str]


@functools.cache
def _table() -> _Table:
    source = importlib.resources.files("adyton.marks") / "carriers-1.toml"
    data = tomllib.loads(source.read_text("utf-8"))
    partner: dict[str, str] = dict([*data["one_way"], *data["both_ways"]])
    for first, second in data["both_ways"]:
        partner.setdefault(second, first)
    words = {word: _DIGITS[2 + at] for at, word in enumerate(data["number_words"])}
    units = "|".join(data["number_units"])
    first, second = data["approximate"]
    return _Table(
        wording=_whole_words(sorted(partner, key=len, reverse=True)),
        partner=partner,
        number=re.compile(rf"(?<![\w.,-])({'|'.join(words)}|[2-9])(?= (?:{units})\b)"),
        number_partner={**words, **{digit: word for word, digit in words.items()}},
        approximate=re.compile(rf"(?<![\w-])({first}|{second})(?= \d)"),
        approximate_partner={first: second, second: first},
    )


def _whole_words(wordings: list[str]) -> re.Pattern[str]:
    """Matches any of `wordings`, small or with a capital, only between spaces and stops."""
    alternatives = "|".join(
        re.escape(form) for word in wordings for form in dict.fromkeys((word, _capital(word)))
    )
    return re.compile(rf"(?<![\w'/.-])(?:{alternatives})(?![\w'/-]|\.\w)")


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _partner(here: str) -> str:
    table = _table().partner
    if here in table:
        return table[here]
    return _capital(table[here[:1].lower() + here[1:]])


def find_swaps(text: str, quiet: Regions) -> list[Swap]:
    """The swaps to use: outside `quiet`, without overlap, at most 3 % of the words touched.

    Which of too many are taken follows from a digest of the text, so that they are spread evenly
    and a reader finds the same ones without any key.
    """
    free = [swap for swap in _candidates(text) if not quiet.touch(swap.start, swap.end)]
    allowed = len(text.split()) * TOUCHED_SHARE_MAX // 100
    seed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    taken: list[Swap] = []
    for swap in sorted(free, key=lambda item: _rank(seed, item)):
        cost = max(len(swap.here.split()), len(swap.there.split()), 1)
        if cost <= allowed and not any(_meet(swap, other) for other in taken):
            taken.append(swap)
            allowed -= cost
    return sorted(taken, key=lambda item: item.start)


def _rank(seed: bytes, swap: Swap) -> bytes:
    return hashlib.sha256(seed + swap.start.to_bytes(8, "big")).digest()


def _meet(first: Swap, second: Swap) -> bool:
    # One character of distance: two swaps that touch would share a word border.
    return first.start <= second.end and second.start <= first.end


def _candidates(text: str) -> Iterator[Swap]:
    table = _table()
    yield from _swaps(text, table.wording, 0, _partner)
    yield from _swaps(text, table.number, 1, table.number_partner.__getitem__)
    yield from _swaps(text, table.approximate, 1, table.approximate_partner.__getitem__)
    yield from _swaps(text, _SERIAL_HELD, "comma", lambda _comma: "")
    yield from _swaps(text, _SERIAL_OPEN, "comma", lambda _nothing: ",")
    yield from _swaps(text, _PERCENT, "sign", lambda sign: " percent" if sign == "%" else "%")
    yield from _swaps(text, _LIST_ITEM, "stop", lambda stop: "" if stop else ".")


def _swaps(
    text: str, pattern: re.Pattern[str], group: int | str, partner: Callable[[str], str]
) -> Iterator[Swap]:
    for found in pattern.finditer(text):
        here = found.group(group)
        there = partner(here)
        # A pair that reads the same once case and quotes are gone carries nothing.
        if canonical(here).strip() != canonical(there).strip():
            yield Swap(start=found.start(group), end=found.end(group), here=here, there=there)
