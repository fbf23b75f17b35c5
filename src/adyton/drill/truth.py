"""What really happened: sealed before anybody looks, opened after.

The seal is the SHA-256 of the truth's own JSON text, which holds a nonce, so that nobody can
guess it from the digest.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Case(StrEnum):
    """The cases of the demo."""

    LEAK = "leak"
    FRAMED = "framed"
    NOT_OURS = "not-ours"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The truth of one drill.

    `copies` are the copies that the post was made from; `persons` those of our people who let it
    out; `framed` those on whom blame was planted; `also_right` other verdicts that are not wrong.
    `nameable` says whether the post holds enough to name a copy, by the rule table; `surviving`
    and `suspects` are what the rule was applied to.
    """

    seed: int
    case: Case
    variant: str
    verdict: str
    also_right: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    framed: tuple[str, ...] = ()
    pathway: str = ""
    paper: str = ""
    transform: str = ""
    form: str = ""
    surviving: int = 0
    suspects: int = 0
    nameable: bool = False
    nonce: str

    def text(self) -> str:
        """The JSON text that is sealed and later opened."""
        return json.dumps(asdict(self), sort_keys=True)

    def digest(self) -> str:
        """The seal."""
        return hashlib.sha256(self.text().encode()).hexdigest()
