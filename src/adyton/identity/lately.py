"""Texts that were refused a moment ago: a flood of the same wrong key is not looked at each time.

The second time is quicker than the first, whatever the reason of the refusal was (I2): it tells
a sender no more than that the text was sent before. Only digests are kept, under a salt of this
process. Disposable.
"""

import hashlib

from adyton.identity import facts
from adyton.terms import Clock, Entropy, State

REMEMBERED = 4096
_SALT_BYTES = 32
_MINUTE_S = 60
_TABLES = (facts.CREDENTIALS, facts.PEOPLE, facts.ORGS)


class RefusedLately:
    """Holds for the minute, and only as long as nothing changed that a text is compared with.

    A minute, since a clock that was wrong and was set right makes good keys of expired ones. Safe
    from threads.
    """

    def __init__(self, *, state: State, clock: Clock, entropy: Entropy) -> None:
        self._state = state
        self._clock = clock
        self._salt = entropy.token(_SALT_BYTES)
        self._known: tuple[tuple[int, ...], set[bytes]] = ((), set())

    def digest(self, presented: str) -> bytes:
        """What is remembered of a text."""
        return hashlib.sha256(self._salt + presented.encode("utf-8", "surrogatepass")).digest()

    def holds(self, digest: bytes) -> bool:
        """Whether that text was refused, and nothing changed since."""
        versions, known = self._known
        return digest in known and versions == self.versions()

    def add(self, digest: bytes, versions: tuple[int, ...]) -> None:
        """Remember a refusal; `versions` as they were before the text was looked at."""
        kept, known = self._known
        if kept != versions or len(known) >= REMEMBERED:
            self._known = (versions, {digest})
        else:
            known.add(digest)

    def versions(self) -> tuple[int, ...]:
        """The minute, and how often each table changed that a text is compared with."""
        minute = int(self._clock.now_s()) // _MINUTE_S
        return (minute, *[self._state.version(table) for table in _TABLES])
