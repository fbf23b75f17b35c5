"""What a dialect needs to build an answer: a closed set, nothing of the upstream's own."""

from dataclasses import dataclass
from enum import StrEnum


class Finish(StrEnum):
    """Why an answer ended, in our own words."""

    STOP = "stop"
    LENGTH = "length"
    WITHHELD = "withheld"  # the output guard ended it


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens read and written."""

    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHead:
    """The frame of an answer. `model` is the name that the caller used."""

    reference: str  # opaque
    model: str
    created_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """A model name that this caller may use."""

    name: str
    since_s: int
