"""Exhibits to findings: what is it, is it a leak, and of which copy.

Enters: what `intake` read of things found outside; the index of prints; versions whose session
two people have opened for trace. Leaves: one `Finding` per exhibit with a verdict (`leak`,
`ours_no_leak`, `not_ours`, `forged`, `unsubstantiated`, `unsure`), copies with their wrong-copy
bounds, reasons as plain sentences, and a list of what could not be looked at.

Promises:
- the question is a fact before anything is looked at, and the finding before it is told; questions
  are limited per person and hour, so that trace is no oracle for whoever removes marks;
- authenticity first: a copy line, a name, an id is a claim until content and mark bear it out;
  layers that contradict each other are reported (`layers_disagree`, `tampered`);
- symbols are read blind and recorded before any codeword is made; suspects are all registered
  copies of the version; every version read counts as a try; ε is spent before copies are named;
- unknown is not clean: what was not read gives `unsure`, never `not_ours`; without an open
  session the verdict stands on prints alone and says that copies could not be read;
- answers of the model are matched by online prints: listed as weak evidence, never named.

Never: a person, a holder, a guess; opening a version.
"""

from adyton.trace.disclosures import Disclosure, Disclosures, disclosure_of
from adyton.trace.facts import project
from adyton.trace.ports import Masters, OpenVersion, Prints
from adyton.trace.tracer import Traced, TraceLimits, Tracer
from adyton.trace.verdicts import overall

__all__ = [
    "Disclosure",
    "Disclosures",
    "Masters",
    "OpenVersion",
    "Prints",
    "TraceLimits",
    "Traced",
    "Tracer",
    "disclosure_of",
    "overall",
    "project",
]
