"""How policy says no. Texts are constant: they name no rule, no asset, no lock."""

from adyton.terms import Missing, Refused


class Locked(Refused):
    """A lock, or an ended credential, stops this. Callers record it apart, and cut live use."""


def nothing_here() -> Missing:
    """The one error for what does not exist and for what the caller may not know of (I2)."""
    return Missing("nothing by that name", mend="check the name, or ask for an entitlement")


def denied() -> Refused:
    """The one error for what nothing permits."""
    return Refused("denied", mend="ask an operator for an entitlement, or stop")


def locked() -> Locked:
    """The one error for whatever a lock stops."""
    return Locked("locked", mend="ask the security team")
