"""The misuse guard's port: asked once for each question, on every route, per compartment.

A compartment without a guard is "off", and every intent fact says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from adyton.terms import CompartmentId, Refused

OFF = "off"
PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Passed:
    """Looked at, nothing against it."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Against the rules of the compartment. `reason` is for the record, not for the caller."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Could not look. Never a pass."""

    reason: str


Judgement: TypeAlias = Passed | Stopped | Unchecked


class MisuseGuard(Protocol):
    """Judges a question before it reaches the model. Stores nothing; safe from threads."""

    def judge(self, question: str) -> Judgement:
        """The judgement of the whole text of a question."""


class Misuse(Refused):
    """The guard said no, or could not say yes."""

    def __init__(self, reason: str) -> None:
        super().__init__("the question is not answered here")
        self.reason = reason


def guard_question(
    guards: Mapping[CompartmentId, MisuseGuard], compartment: CompartmentId, question: str
) -> str:
    """`off` or `passed`, for the record. Raises Misuse, also where the guard itself breaks."""
    guard = guards.get(compartment)
    if guard is None:
        return OFF
    try:
        judgement = guard.judge(question)
    except Exception as error:
        raise Misuse(f"the guard broke: {type(error).__name__}") from error
    if isinstance(judgement, Passed):
        return PASSED
    raise Misuse(judgement.reason)
