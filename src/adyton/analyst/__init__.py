"""Typed tasks for defenders on top of any model server; now: the review of a Python tree.

Enters: source files, a scanner's findings, perhaps a model that may explain. Leaves: claims with
evidence and a level, what was and was not analysed, SARIF 2.1.0.

Promises: tools find, code verifies, the model explains. A level (L0 stated, L1 located, L2 a
second, different tool agrees) is set by rules only; no schema that a model fills has a level in
it. A claim that fails its check stays in the result, with the reason. With no model the result is
the same but for the explanations. Files that were not analysed are listed.

Never: execution of what is reviewed, exploits, a tool or the network for the model.
"""

from adyton.analyst.frame import Claim, Coverage, Evidence, Level, Result
from adyton.analyst.ports import Explainer, Scanner
from adyton.analyst.review import SourceFile, review
from adyton.analyst.sarif import to_sarif

__all__ = [
    "Claim",
    "Coverage",
    "Evidence",
    "Explainer",
    "Level",
    "Result",
    "Scanner",
    "SourceFile",
    "review",
    "to_sarif",
]
