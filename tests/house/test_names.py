"""Names of files, and words that no file may hold."""

import re

from tests.house import tree

BANNED = frozenset(
    [
        "base",
        "common",
        "commons",
        "helper",
        "helpers",
        "manager",
        "managers",
        "misc",
        "util",
        "utils",
    ]
)

# Written backwards, so that this file does not hold them.
PLACES = [f"/{name[::-1]}/" for name in ("krow", "mraf", "toor")]
REGISTRIES = [
    name[::-1]
    for name in (
        "ipyp",
        "detsohnohtyp",
        "sjmpn",
        "oi.setarc",
        "gnalog.yxorp",
        "smegybur",
        "naibed.bed",
        "oi.rekcod",
        "oi.rchg",
    )
]
FORBIDDEN = re.compile(
    "|".join(
        [rf"(?<![\w.}}]){re.escape(place)}" for place in PLACES]
        + [rf"(?<![a-z]){re.escape(name)}(?![a-z])" for name in REGISTRIES]
    ),
    re.IGNORECASE,
)
UNKEPT = re.compile("|".join(name[::-1] for name in ("ODOT", "EMXIF", "rorrEdetnemelpmItoN")))


def lines_with(pattern: re.Pattern[str], paths) -> list[str]:
    return [
        f"{tree.name_of(path)}:{number}: {line.strip()[:80]}"
        for path in paths
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), 1
        )
        if pattern.search(line)
    ]


def test_no_file_is_named_for_nothing():
    named = (tree.name_of(path) for path in tree.files() if path.stem.strip("_") in BANNED)
    assert tree.settle("files", named) == []


def test_no_file_names_a_workplace_or_a_package_registry():
    assert lines_with(FORBIDDEN, tree.files()) == []


def test_the_package_holds_no_promise_to_keep_later():
    assert lines_with(UNKEPT, tree.sources()) == []


def test_a_word_that_must_not_stand_is_seen():
    place, registry = PLACES[0] + "main", "see " + REGISTRIES[0] + ".org"
    assert [bool(FORBIDDEN.search(text)) for text in (place, registry)] == [True, True]
    assert FORBIDDEN.search("ledger" + PLACES[2]) is None
