"""The model server's own process: runs by path, alone, and imports nothing of the package.

Started as `python -I model_child.py` with the weights as a sealed memory file on an inherited
descriptor. Standard input brings one JSON line: `descriptor`, `key`, `alias`, `context_tokens`,
`slots`. Standard output gives one JSON line, `port` and `locked`, or `error`, and is then closed.
Standard input stays open as the line to whoever started this: when it breaks, because they ended
in whatever way, this process ends too and the weights leave memory.

What it does for its memory: no core dumps, not dumpable (no reading by other processes of the
same user), the weights' pages locked where the system allows it (`locked` says whether). What it
cannot do: hide from root, or from whoever reads this machine's memory.
"""

import ctypes
import json
import os
import resource
import sys

_PR_SET_DUMPABLE = 4
_PROT_READ = 1
_MAP_SHARED = 1
_MADV_DONTDUMP = 16
_MAP_FAILED = ctypes.c_void_p(-1).value
_NO_ORIGIN = "https://adyton.invalid"
"""The one origin that browsers are told of: it belongs to nobody."""
_QUIET = -1


def harden() -> None:
    """No core dump, no reading by other processes of the same user."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def lock_pages(descriptor: int) -> bool:
    """Whether the weights' pages could be locked in memory; kept out of dumps in any case."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_long,
    ]
    size = ctypes.c_size_t(os.fstat(descriptor).st_size)
    address = libc.mmap(None, size, _PROT_READ, _MAP_SHARED, descriptor, 0)
    if address == _MAP_FAILED:
        return False
    libc.madvise(ctypes.c_void_p(address), size, _MADV_DONTDUMP)
    return bool(libc.mlock(ctypes.c_void_p(address), size) == 0)


def serve(order: dict[str, int | str]) -> dict[str, int | str | bool]:
    """Start the server and say where it listens."""
    try:
        import xllamacpp  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra: may be absent
    except ImportError:
        return {"error": "missing"}
    descriptor = int(order["descriptor"])
    locked = lock_pages(descriptor)
    params = xllamacpp.CommonParams()
    params.model.path = f"/proc/self/fd/{descriptor}"
    params.model_alias = {str(order["alias"])}
    params.api_keys = [str(order["key"])]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.cors_origins = _NO_ORIGIN
    params.cors_origins_explicit = True
    params.endpoint_slots = False
    params.endpoint_metrics = True  # for the holder of the key alone, as all else
    params.ui = False
    params.offline = True
    params.verbosity = _QUIET
    params.n_ctx = int(order["context_tokens"])
    params.n_parallel = int(order["slots"])
    # llama.cpp's threads spin: more than one on shared processors is slower, not faster
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    try:
        server = xllamacpp.Server(params)
    except RuntimeError:
        return {"error": "load"}
    _KEPT.append(server)
    return {"port": int(server.listening_address.rpartition(":")[2]), "locked": locked}


_KEPT: list[object] = []


def main() -> None:
    """One order in, one answer out, then serve until a signal."""
    harden()
    answer = serve(json.loads(sys.stdin.readline()))
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, sys.stdout.fileno())
    if "error" in answer:
        sys.exit(1)
    # Nothing more comes: reading ends when the other side is gone.
    sys.stdin.read()
    os._exit(0)  # the server's threads know no other end


if __name__ == "__main__":
    main()
