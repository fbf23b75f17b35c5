"""What intake needs from outside: a place to read hostile bytes in."""

from collections.abc import Sequence
from typing import Protocol

from adyton.intake.exhibits import Claim, Intake, RawFile


class Jail(Protocol):
    """Runs `open_exhibits` where a broken parser can do no harm.

    Nothing durable; one call may use several children, one after another; safe from threads;
    the same files with the same salt give the same intake. A file whose child dies or overruns its
    time is an exhibit that is listed unread; other files of the call are read all the same.
    """

    def open(
        self, files: Sequence[RawFile], *, salt: bytes, claims: Sequence[Claim] = ()
    ) -> Intake:
        """The intake of `files`. Raises Unavailable if no child can be started at all."""
