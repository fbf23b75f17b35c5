"""Versions whose appearance outside is no leak: published, rehearsed, or given away rightly."""

from enum import StrEnum

from adyton.marks import Recorder
from adyton.terms import Fact, PersonId, Promise, State, VersionId
from adyton.trace.facts import DISCLOSED, DISCLOSURES, number, text


class Disclosure(StrEnum):
    """Why it is no leak."""

    PUBLISHED = "published"  # by the owner
    DRILL = "drill"  # residue of an earlier rehearsal
    AUTHORISED = "authorised"  # given to a regulator, an evaluator


class Disclosures:
    """Records disclosures; what was disclosed once stays so."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder

    def record(self, version: VersionId, kind: Disclosure, *, by: PersonId, reason: str) -> Promise:
        """From now on traces of this version say `ours_no_leak`. The reason goes to the body."""
        fact = Fact(
            type=DISCLOSED,
            subjects=(version, by),
            public={"version": version, "kind": kind.value},
            body={"reason": reason},
            body_subject=version,
        )
        return self._recorder.append(fact)


def disclosure_of(state: State, version: VersionId, *, posted_s: int = 0) -> Disclosure | None:
    """How a version was disclosed, or None.

    `posted_s`: when it was posted, if that is known; a leak stays one if the disclosure came later.
    """
    row = state.get(DISCLOSURES, version)
    if row is None or 0 < posted_s < number(row, "at"):
        return None
    return Disclosure(text(row, "kind"))
