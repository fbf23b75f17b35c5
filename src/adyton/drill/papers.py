"""Papers of a drill world: masters with author slots and fact slots, written from phrase tables.

A master is Markdown. `{{a|b}}` is an author slot (two equivalent wordings), `{{fact:host}}` and
its kin are filled in for each copy. Papers of different seeds share the template (title,
headings, one handling note) and hardly a phrase more.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from adyton.drill.dice import Dice

SLOT = re.compile(r"\{\{(?!fact:)([^{}|]+)\|([^{}|]+)\}\}")
FACT = re.compile(r"\{\{fact:(host|ticket|number|name)\}\}")
TOKEN = re.compile(r"<(\w+)>")
SENTENCES_PER_SECTION = (7, 9)
ITEMS_PER_LIST = (3, 5)
SENTENCES_PER_PARAGRAPH = 4
FACTS_PER_PAPER = (4, 6)
LISTS_PER_PAPER = 2
NUMBERS = (3, 96)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One protected text. `key` is its kind in the phrase tables; `name` its name as an asset."""

    key: str
    name: str
    kind: str
    compartment: str
    file: str
    master: str

    def slots(self) -> int:
        """How many author slots it has."""
        return len(SLOT.findall(self.master))


@cache
def kinds() -> Mapping[str, Mapping[str, object]]:
    """The kinds of paper, by their key."""
    return {
        key: table for key, table in read_table("kinds.toml").items() if isinstance(table, dict)
    }


@cache
def grammar() -> Mapping[str, Sequence[str]]:
    """The lists that sentences are made of."""
    return string_lists(read_table("grammar.toml"))


def read_table(name: str) -> dict[str, object]:
    """A phrase table of this package."""
    place = resources.files("adyton.drill").joinpath("phrases", name)
    return tomllib.loads(place.read_text(encoding="utf-8"))


def handling_note() -> str:
    """The note that stands at the top of every paper of this template, whoever owns it."""
    return str(read_table("grammar.toml")["handling"])


class Writer:
    """Writes sentences about the nouns of one kind of paper."""

    def __init__(self, kind: str, dice: Dice) -> None:
        self._lists = {**grammar(), **string_lists(kinds()[kind])}
        self._dice = dice

    def text(self, name: str) -> str:
        """One entry of the list `name`, with everything in it filled in."""
        if name == "number":
            return str(self._dice.between(*NUMBERS))
        return TOKEN.sub(
            lambda match: self.text(match[1]), self._dice.draw(name, self._lists[name])
        )

    def numbers_alike(self, name: str) -> str:
        """Like `text`, but both wordings of each slot hold the same numbers."""
        return SLOT.sub(same_numbers, self.text(name))

    def sentence(self) -> str:
        """One sentence."""
        return capital(self.numbers_alike("sentence"))

    def item(self) -> str:
        """One line of a list."""
        return f"- {capital(self.numbers_alike('item'))}."


def string_lists(table: Mapping[str, object]) -> dict[str, list[str]]:
    """The lists of a table."""
    return {name: list(entries) for name, entries in table.items() if isinstance(entries, list)}


def same_numbers(slot: re.Match[str]) -> str:
    """A slot whose second wording has the numbers of the first: only words may differ."""
    numbers = iter(re.findall(r"\d+", slot[1]))
    second = re.sub(r"\d+", lambda match: next(numbers, match[0]), slot[2])
    return f"{{{{{slot[1]}|{second}}}}}"


def plural(text: str) -> str:
    """`text` with the plurals that an added s alone does not make."""
    text = re.sub(r"(?<=[^aeiou])ys\b", "ies", text)
    return re.sub(r"(x|[cs]h|us)s\b", r"\1es", text)


def capital(text: str) -> str:
    """`text` with a capital letter at its start, in both wordings where it starts with a slot."""
    slot = SLOT.match(text)
    if slot:
        first, second = (wording[0].upper() + wording[1:] for wording in slot.groups())
        return f"{{{{{first}|{second}}}}}{text[slot.end() :]}"
    return text[0].upper() + text[1:]


def write_paper(kind: str, dice: Dice) -> Paper:
    """A new paper of the kind `kind`."""
    about = kinds()[kind]
    writer = Writer(kind, dice)
    title = f"{about['title']} {dice.between(2, 40)}"
    headings = string_lists(about)["headings"]
    facts = dice.shuffled(grammar()["facts"])[: dice.between(*FACTS_PER_PAPER)]
    with_list = set(dice.shuffled(headings[1:])[:LISTS_PER_PAPER])
    parts = [f"# {title}", f"*{handling_note()}*"]
    for place, heading in enumerate(headings):
        parts.append(f"## {heading}")
        sentences = [writer.sentence() for _ in range(dice.between(*SENTENCES_PER_SECTION))]
        sentences += facts[place : place + 1]
        parts += paragraphs(dice.shuffled(sentences))
        if heading in with_list:
            parts.append("\n".join(writer.item() for _ in range(dice.between(*ITEMS_PER_LIST))))
    return Paper(
        key=kind,
        name=title,
        kind=str(about["kind"]),
        compartment=str(about["compartment"]),
        file=str(about["file"]),
        master="\n\n".join(parts) + "\n",
    )


def paragraphs(sentences: Sequence[str]) -> list[str]:
    """Sentences, a few to a paragraph."""
    size = SENTENCES_PER_PARAGRAPH
    return [" ".join(sentences[at : at + size]) for at in range(0, len(sentences), size)]


def plain_wording(master: str, dice: Dice) -> str:
    """A text as another owner would have it: each wording by chance, facts of their own."""
    said = SLOT.sub(lambda slot: slot[1 + dice.below(2)], master)
    return FACT.sub(lambda fact: own_fact(fact[1], dice), said)


def own_fact(kind: str, dice: Dice) -> str:
    """An invented host, ticket, number or name."""
    match kind:
        case "host":
            return f"bench-{dice.hexadecimal(4)}.example.invalid"
        case "ticket":
            return f"REF-{dice.between(10_000, 99_999)}"
        case "number":
            return str(dice.between(10_000, 99_999))
        case _:
            return f"Sample Person {dice.between(10, 99)}"
