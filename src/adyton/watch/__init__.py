"""Facts to signals: somebody may be trying to carry something out.

Enters: recorded facts in order (`Entry`), and the time at which they are looked at.

Leaves: `Signal`s, each with the entries that are its evidence, its base rate and a severity;
what could not be judged, with the reason (`Unjudged`); by `record`, the fact `signal.raised`,
and by `project` the table `signals`.

Promises:
- Pure: the same facts and time give the same signals.
- The base rate is measured on the quiet history of this very perimeter, outside the window: how
  many of a thousand earlier windows the detector would have called. Too few: "no history".
- Single accounts and populations: probing of names, a person against their own history, a
  credential used from several clients, groups of accounts that act alike.
- What has too little history is listed as unjudged; it is not called clean (I6).
- The same finding is on record once.

Never: a block (whoever reads a signal asks `policy` for a lock); the content of a prompt or an
answer; an accusation: a signal names accounts and entries to look at.

The table is rebuildable. Detectors stand one per file, listed in `registry`.
"""

from adyton.watch.projection import project
from adyton.watch.recording import record
from adyton.watch.registry import DETECTORS
from adyton.watch.signals import BaseRate, Severity, Signal, Unjudged, Watched
from adyton.watch.watching import look, watch

__all__ = [
    "DETECTORS",
    "BaseRate",
    "Severity",
    "Signal",
    "Unjudged",
    "Watched",
    "look",
    "project",
    "record",
    "watch",
]
