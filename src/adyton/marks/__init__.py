"""Content and recipient to marked copy; leaked text and registry to a ranking with its bound.

Enters: a master (Markdown or plain text with the author's slots, docs/formats/masters.md), the
mark key of its version, a recipient; later a leaked text and the registered copies. Leaves: a
marked copy whose fact is durable; a blind reading; a ranking in which a copy is named only if
the chance that *any* innocent copy is named is at most ε.

Promises:
- the registry's fact is durable before the first byte of a copy is returned (`issue`);
- a copy means the same as its master: only wordings that its author or the curated table holds
  equal are exchanged, and the table touches at most 3 % of the words; code, quotations, links
  and headings stay byte for byte, but for slots that the author put there;
- the wrong-copy bound is a proof if the mark key is secret and the registry true: symbols are
  read with the master alone (`read_symbols` gets neither key nor registry), tails are exact and
  rounded up, times the number of suspects and of readings tried;
- ε is spent in the ledger before anything is named (`EpsilonAccount`);
- copies written today can be read for ever: layout, code version and key name stand in the
  registry, the tables are frozen per code version (docs/formats/marks.md).

The bound excludes chance, not crime: another holder *of the same copy*, a thief of key or master,
a copy from before marking are beyond it.

Never: a person; a guess (ties and unclear slots are erased); I/O or clocks of its own.
"""

from adyton.marks.budget import EpsilonAccount, EpsilonLimits
from adyton.marks.code import key_id, nuida, pilot_values, slot_biases
from adyton.marks.facts import project
from adyton.marks.layout import CODE_VERSION, Capacity, capacity, read_master
from adyton.marks.ports import Recorder
from adyton.marks.ranking import Ranking, Standing, rank_copies
from adyton.marks.reader import LEAK_CHARS_MAX, Reading, read_symbols
from adyton.marks.registry import (
    CopyTerms,
    Marked,
    Registry,
    copies_written_with,
    issue,
    registered_copies,
)
from adyton.marks.tails import chernoff_tail, log10_milli_up, score_tail
from adyton.marks.visible import Seal, VisibleLine, check_line, claimed_copies, find_lines
from adyton.marks.writing import mark_text, render_master

__all__ = [
    "CODE_VERSION",
    "LEAK_CHARS_MAX",
    "Capacity",
    "CopyTerms",
    "EpsilonAccount",
    "EpsilonLimits",
    "Marked",
    "Ranking",
    "Reading",
    "Recorder",
    "Registry",
    "Seal",
    "Standing",
    "VisibleLine",
    "capacity",
    "check_line",
    "chernoff_tail",
    "claimed_copies",
    "copies_written_with",
    "find_lines",
    "issue",
    "key_id",
    "log10_milli_up",
    "mark_text",
    "nuida",
    "pilot_values",
    "project",
    "rank_copies",
    "read_master",
    "read_symbols",
    "registered_copies",
    "render_master",
    "score_tail",
    "slot_biases",
]
