"""Public text, known to everybody: the documentation of the standard library.

Real text that nobody in a drill world owns, to mix into a leak and to post as a false alarm.
"""

import argparse
import decimal
import email.message
import fractions
import heapq
import logging
import re
import statistics
import string
import textwrap
import unittest
from functools import cache

from adyton.drill.dice import Dice

SOURCES = (argparse, decimal, email.message, fractions, heapq, logging, statistics, string)
CLASSES = (
    textwrap.TextWrapper,
    unittest.TestCase,
    decimal.Decimal,
    email.message.Message,
    logging.Logger,
    logging.Handler,
    logging.Formatter,
    argparse.ArgumentParser,
)
SHORTEST_WORDS = 12


@cache
def paragraphs() -> tuple[str, ...]:
    """All paragraphs of prose, in a fixed order."""
    docs = [heapq.__about__, *((one.__doc__ or "") for one in (*SOURCES, *CLASSES))]
    found = [
        " ".join(part.split())
        for doc in docs
        for part in re.split(r"\n\s*\n", doc)
        if ">>>" not in part and len(part.split()) >= SHORTEST_WORDS
    ]
    return tuple(dict.fromkeys(found))


def public_paragraphs(dice: Dice, count: int) -> list[str]:
    """`count` paragraphs by chance; some come twice if more are asked for than there are."""
    return [dice.draw("public", paragraphs()) for _ in range(count)]
