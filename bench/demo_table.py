"""The table of demo stories: seeds 1 to 20, four cases, failures included.

    python bench/demo_table.py [--seeds 1-20] [--cases leak,framed] [--out docs/demo-table.md]

Each story is `adyton demo --json` in a child process. A story's document is kept as one JSON file
below `--kept`; a second run plays only what is missing there. The table is printed and written.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

CASES = ("leak", "framed", "not-ours", "none")
TIME_LIMIT_S = 300
COLUMNS = (
    "case",
    "seed",
    "variant",
    "paper",
    "transform",
    "form",
    "nameable",
    "verdict",
    "copy",
    "pathway",
    "accused",
    "innocent accused",
    "seconds",
    "result",
)
Story = dict[str, Any]


def play(seed: int, case: str) -> Story:
    """One story; `error` says why there is no document."""
    words = [sys.executable, "-m", "adyton", "demo", "--json", "--seed", str(seed), "--case", case]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            words, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return {"seed": seed, "case": case, "error": f"no end within {TIME_LIMIT_S} s"}
    try:
        return {**json.loads(done.stdout), "exit": done.returncode}
    except json.JSONDecodeError:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"seed": seed, "case": case, "error": f"exit {done.returncode}: {last}"}


def remembered(kept: Path, seed: int, case: str) -> Story:
    """A story from an earlier run, or a new one. One that did not run to its end plays again."""
    file = kept / f"{case}-{seed}.json"
    if file.exists():
        return dict(json.loads(file.read_text(encoding="utf-8")))
    story = play(seed, case)
    if "error" not in story:
        file.write_text(json.dumps(story, indent=1), encoding="utf-8")
    return story


def row(story: Story) -> list[str]:
    """One line of the table."""
    if "error" in story:
        gaps = [""] * (len(COLUMNS) - 3)
        return [story["case"], str(story["seed"]), *gaps, f"**{story['error']}**"]
    truth, answer, right = story["truth"], story["answer"], story["right"]
    words = {True: "right", False: "**wrong**", None: "-"}
    return [
        story["case"],
        str(story["seed"]),
        truth["variant"],
        truth["paper"] or "-",
        truth["transform"] or "-",
        truth["form"] or "-",
        "yes" if truth["nameable"] else "no",
        answer["verdict"] if right["verdict"] else f"**{answer['verdict']}**",
        words[right["copy"]],
        words[right["pathway"]],
        str(right["accused"]),
        "**yes**" if right["accused_innocent"] else "no",
        str(story["figures"]["seconds"]["whole"]),
        "**wrong**" if story["wrong"] else "right",
    ]


def summary(stories: Sequence[Story]) -> Iterator[str]:
    """What must be shown, as counts."""
    told = [one for one in stories if "error" not in one]
    named = [one for one in told if one["case"] == "leak" and one["truth"]["nameable"]]
    calm = [one for one in told if one["case"] != "leak"]
    yield f"- stories that ran to their end: {len(told)} of {len(stories)}"
    yield f"- leaks whose sealed rule says that a copy can be named: {len(named)}"
    yield f"- of them, the right copy named: {count(named, 'copy')}"
    yield f"- of them, the right pathway first: {count(named, 'pathway')}"
    innocent = sum(bool(one["right"]["accused_innocent"]) for one in told)
    yield f"- stories in which an innocent person was accused: {innocent} of {len(told)}"
    anybody = sum(bool(one["right"]["accused"]) for one in calm)
    yield f"- framed, not-ours and none in which anybody was accused: {anybody} of {len(calm)}"
    for case in CASES:
        of_case = [one for one in told if one["case"] == case]
        good = sum(not one["wrong"] for one in of_case)
        yield f"- {case}: {good} of {len(of_case)} answers right"


def count(stories: Sequence[Mapping[str, Any]], name: str) -> str:
    """How many of `stories` have `name` right."""
    return f"{sum(one['right'][name] is True for one in stories)} of {len(stories)}"


def page(stories: Sequence[Story]) -> str:
    """The whole page."""
    head = [
        "# Demo stories",
        "Written by `bench/demo_table.py`; each line is one `adyton demo --json` of that",
        "seed and case. Failures are in it. `nameable` was sealed before the story was solved.",
        "",
        *summary(stories),
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
    ]
    return "\n".join(head + [f"| {' | '.join(row(one))} |" for one in stories]) + "\n"


def numbers(text: str) -> list[int]:
    """`3` or `1-20` as a list."""
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def main() -> int:
    """Play what is missing, print and write the table; 1 if an answer was wrong or missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=numbers, default=numbers("1-20"))
    parser.add_argument("--cases", type=lambda text: text.split(","), default=list(CASES))
    parser.add_argument("--out", type=Path, default=Path("docs/demo-table.md"))
    parser.add_argument("--kept", type=Path, default=Path("build/demo-table"))
    given = parser.parse_args()
    given.kept.mkdir(parents=True, exist_ok=True)
    stories = []
    for case in given.cases:
        for seed in given.seeds:
            story = remembered(given.kept, seed, case)
            stories.append(story)
            sys.stderr.write(" ".join(row(story)) + "\n")
    text = page(stories)
    given.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return int(any("error" in one or one["wrong"] for one in stories))


if __name__ == "__main__":
    sys.exit(main())
