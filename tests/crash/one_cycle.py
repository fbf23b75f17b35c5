"""Append, publish, erase, append, publish, close: once, saying what it was promised.

`python -m tests.crash.one_cycle FOLDER`. In one thread and with fixed chance, so that the k-th call
of a kind is always the same one. Words go out by `writev`, which nothing below uses: every other
call is the ledger's. Ends with 3 where the ledger refused or stopped, after saying of which family
the error was.
"""

import os
import sys
from pathlib import Path

from adyton.adapters.memory_ledger import InlineThreads, SeededEntropy
from adyton.terms import AdytonError, Fact
from tests.crash.ledger_home import open_home

REFUSED = 3
SUBJECT = "per_erased"


def say(*words):
    os.writev(1, [" ".join(map(str, words)).encode() + b"\n"])


def append(ledger, number):
    fact = Fact(
        type="a.done",
        subjects=(SUBJECT,),
        public={"n": number},
        body={"text": "to be erased"},
        body_subject=SUBJECT,
    )
    promise = ledger.append(fact)
    say("promised", promise.index, promise.receipt, promise.leaf.hex())


def publish(ledger):
    ledger.publish()
    say("published", ledger.checkpoint().split(b"\n")[1].decode())


def cycle(folder):
    home = open_home(folder, publish_every_s=None, threads=InlineThreads(), entropy=SeededEntropy())
    ledger = home.ledger
    say("opened")
    append(ledger, 0)
    publish(ledger)
    append(ledger, 1)
    append(ledger, 2)
    month = home.body_keys.get(home.facts.read(0, 1)[0].body.key_id).month
    say("erased", ledger.erase(SUBJECT, month).index)
    append(ledger, 3)
    publish(ledger)
    append(ledger, 4)
    home.close()
    say("closed")


def main():
    try:
        cycle(Path(sys.argv[1]))
    except AdytonError as error:
        say("refused", type(error).__name__, error.message)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
