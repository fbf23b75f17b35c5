"""A world for mark tests: a real master, copies, and what happens to a text on its way out."""

import base64
import hashlib
import random  # noqa: TID251 - seeded transforms of tests
import re
import textwrap
import unicodedata
from pathlib import Path

from adyton.terms import CopyId, Secret, VersionId

MASTER = (Path(__file__).parent / "runbook.md").read_text("utf-8")
VERSION = VersionId("ver_" + "a" * 26)


def seeded(seed: object) -> random.Random:
    return random.Random(str(seed))  # noqa: S311 - a transform that is the same every time


def key(seed: int) -> Secret[bytes]:
    return Secret(hashlib.sha256(f"key {seed}".encode()).digest())


def copies(count: int, seed: int = 0) -> list[CopyId]:
    raw = (hashlib.sha256(f"{seed}/{at}".encode()).digest()[:16] for at in range(count))
    return [CopyId("cpy_" + base64.b32encode(one).decode().rstrip("=").lower()) for one in raw]


def strip_markdown(text: str) -> str:
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"(?m)^#+ |^> |^- |^```\w*$", "", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return text.replace("`", "").replace("*", "")


def reflow(text: str, width: int = 61) -> str:
    return "\n\n".join(textwrap.fill(part, width) for part in re.split(r"\n\s*\n", text))


def lower(text: str) -> str:
    return text.lower()


def nfkc(text: str) -> str:
    return "".join(
        char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf"
    )


def crop(text: str, words: int, rng: random.Random) -> str:
    parts = re.findall(r"\S+\s*", text)
    start = rng.randrange(max(1, len(parts) - words))
    return "".join(parts[start : start + words])


def noise(text: str, rate: float, rng: random.Random) -> str:
    """Misread characters: a third replaced, a third lost, a third doubled."""
    out = []
    for char in text:
        if rng.random() < rate:
            out.append(
                rng.choice([rng.choice("abcdefghijklmnopqrstuvwxyz,.0123456789"), "", char * 2])
            )
        else:
            out.append(char)
    return "".join(out)


def retype(text: str, rng: random.Random) -> str:
    """By hand: straight quotes, no dashes, lower-case slips, one typing error in a hundred."""
    plain = strip_markdown(text).replace("\u2019", "'").replace(" - ", ", ")
    return noise(reflow(plain, 70), 0.01, rng)


def edit(text: str, share: float, rng: random.Random) -> str:
    """Words put in, left out, exchanged."""
    out = []
    for word in re.findall(r"\S+\s*", text):
        roll = rng.random()
        if roll < share / 3:
            continue
        out.append(rng.choice(["really ", "thing ", "some "]) if roll < share * 2 / 3 else word)
        if share * 2 / 3 <= roll < share:
            out.append(rng.choice(["indeed ", "then "]))
    return "".join(out)


FOREIGN = (
    "I found this on a shared drive last week and thought it should be public. The people who run "
    "this place say one thing and do another, and everybody who has worked there knows it. Read it "
    "for yourself before it disappears, and post mirrors if you can. More will follow when I have "
    "the time to go through the rest of what I was given.\n\n"
)
