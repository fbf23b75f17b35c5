"""A signal goes on record, once."""

import hashlib
from base64 import b32encode

from adyton.ledger import Ledger
from adyton.terms import Conflict, Fact, Promise, State
from adyton.watch.projection import RAISED, SIGNALS
from adyton.watch.signals import Signal

_NO_RATE = -1
_ID_BYTES = 16


def record(ledger: Ledger, signal: Signal) -> Promise | None:
    """Writes `signal.raised`; None if the same finding is on record already.

    The same: one detector, the same subjects, the same first entry of evidence. A second look at
    a day that goes on therefore adds nothing.
    """
    identifier = _identifier(signal)

    def unknown(state: State) -> None:
        if state.get(SIGNALS, identifier) is not None:
            raise Conflict("the signal is on record", mend="nothing to do")

    rate = signal.base_rate.per_thousand
    fact = Fact(
        type=RAISED,
        subjects=(identifier, *signal.subjects),
        public={
            "signal": identifier,
            "detector": signal.detector,
            "severity": signal.severity.value,
            "window_start": signal.window[0],
            "window_end": signal.window[1],
            "evidence": list(signal.evidence),
            "base_rate_per_thousand": _NO_RATE if rate is None else rate,
            "base_rate_windows": signal.base_rate.windows,
        },
        body={"summary": signal.summary, "base_rate": signal.base_rate.text},
        body_subject=identifier,
    )
    try:
        return ledger.append(fact, guard=unknown)
    except Conflict:
        return None


def _identifier(signal: Signal) -> str:
    """An id that the same finding has again: a digest of opaque ids and a position."""
    first = min(signal.evidence, default=-1)
    text = "\n".join((signal.detector, str(first), *signal.subjects))
    digest = hashlib.sha256(text.encode()).digest()[:_ID_BYTES]
    return "sig_" + b32encode(digest).decode("ascii").rstrip("=").lower()
