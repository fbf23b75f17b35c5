"""The child that follows the record: runs alone, reads the fact store, writes the timeline.

Started as `python -I -m adyton.assembly.followers HOME` by the process that owns the home. It ends
when its standard input does. A follower that fails is tried again after a pause; a bug of ours ends
the process, which is then started anew.
"""

import os
import select
import sys
from collections.abc import Sequence
from typing import Final

from adyton.adapters.clock import SystemClock
from adyton.adapters.hardening import no_dumps
from adyton.assembly.following import all_followers
from adyton.assembly.home import HomePaths
from adyton.ledger.following import Following, Step

REST_S: Final = 0.5
AFTER_FAILURE_S: Final = 5.0
NICE: Final = 10


def follow(followers: Sequence[Following], stdin: int) -> None:
    """Step after step, until nothing more can come from `stdin`."""
    pause_s = 0.0
    while not select.select([stdin], [], [], pause_s)[0]:
        came_to = {one.step() for one in followers}
        if Step.FAILED in came_to:
            pause_s = AFTER_FAILURE_S
        else:
            pause_s = 0.0 if Step.MORE in came_to else REST_S


def main(words: Sequence[str]) -> int:
    """Follow the record of the home that is named."""
    no_dumps()
    os.nice(NICE)
    paths = HomePaths.of(words[0])
    paths.read_config()
    with all_followers(paths, SystemClock()) as followers:
        follow(followers, sys.stdin.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
