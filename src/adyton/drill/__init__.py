"""Rehearsed leaks with sealed truth and a score.

Enters: a seed, a case, and a perimeter to act on, through the operations that everybody has.
Leaves: a folder with what was found outside and two logs that are not ours; the sealed truth;
after the answer, a score and the document of one story.

Promises:
- the same seed gives the same world: organisations, people, papers, hand-outs, what leaks and
  how; only ids and times are the perimeter's own;
- truth is sealed in the ledger before the folder is handed over, and opened after; whether the
  post holds enough to name a copy is part of it, by a rule table and written conservatively;
- false alarms, framing and odd ordinary traffic are in every mix; what is handed over shows no
  more than reality would;
- the investigation is driven through operations alone; its people sign whatever is proposed.

Never: code shared with whatever solves a drill, beyond `terms` and public inputs; a text
transformed that is not of a drill world; names of real people.

Where what lies: `world` and `papers` (with `phrases/`) make the world, `story` builds it on the
live perimeter (`live`, `clients`), `leak` with `pathways/`, `transforms/`, `posts`, `traffic` and
`notours` makes the case, `budget` and `truth` seal it, `investigation` works, `score` compares,
`demo` plays the whole.
"""

from adyton.drill.actions import Actions, Approving
from adyton.drill.demo import Faces, Played, run
from adyton.drill.leak import Drill, make_drill
from adyton.drill.score import Right, score, wrong
from adyton.drill.truth import Case, Truth
from adyton.drill.world import World, make_world

__all__ = [
    "Actions",
    "Approving",
    "Case",
    "Drill",
    "Faces",
    "Played",
    "Right",
    "Truth",
    "World",
    "make_drill",
    "make_world",
    "run",
    "score",
    "wrong",
]
