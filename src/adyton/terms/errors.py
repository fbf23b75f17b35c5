"""The eight families of errors, by what the caller should do (docs/errors.md).

A message is one line: what happened, to what. `mend` says what to do next. Neither ever holds a
secret, a prompt or the value of a malformed field.
"""


class AdytonError(Exception):
    """Base of the eight families; never raised itself."""

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


class Refused(AdytonError):
    """Not allowed. Ask for a grant, or stop."""


class Unidentified(Refused):
    """Nobody we know. One constant public text, whatever the reason."""


class Missing(AdytonError):
    """Nothing is there, or nothing that the caller may know of."""


class Malformed(AdytonError):
    """The input breaks its format. Mend the input."""


class TooLarge(Malformed):
    """The input is over a stated limit."""


class Tampered(AdytonError):
    """A proof does not hold. Trust nothing in it, keep it as evidence, raise the alarm."""


class Conflict(AdytonError):
    """Something changed meanwhile. Read again, then repeat."""


class Exhausted(AdytonError):
    """A budget is spent. Wait, or ask for more."""


class Unavailable(AdytonError):
    """Something could not be reached; nothing was done. Try later."""


class Misconfigured(AdytonError):
    """A setting is wrong. The operator mends it."""
