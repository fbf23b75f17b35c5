"""What this process can do for the secrets in its memory: no core dumps, no reading by others.

It cannot hide anything from root, or from whoever reads this machine's memory.
"""

import ctypes
import resource

_PR_SET_DUMPABLE = 4


def no_dumps() -> None:
    """Leave no core file, and refuse reading by other processes of the same user (`prctl(2)`)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
