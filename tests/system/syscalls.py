"""What strace wrote about a run: processes, and the calls they made, each in one piece.

Reads the output of `strace -f -yy -o FILE`. Lines may be fed while the run goes on.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

CALLS = (
    *("openat", "open", "openat2", "creat", "rename", "renameat", "renameat2", "link", "linkat"),
    *("memfd_create", "write", "pwrite64", "writev", "pwritev", "sendfile", "copy_file_range"),
    *("splice", "ftruncate", "connect", "sendto", "sendmsg", "sendmmsg", "bind", "listen"),
    *("execve", "clone", "clone3", "fork", "vfork"),
)
SHOWN_BYTES = 256
FORKS = frozenset({"clone", "clone3", "fork", "vfork"})
WRITES = frozenset({"write", "pwrite64", "writev", "pwritev", "sendfile", "copy_file_range"})
OPENS = frozenset({"openat", "open", "openat2", "creat"})
LINE = re.compile(r"(\d+) +(.*)")
BEGUN = re.compile(r"(\w+)\((.*)", re.DOTALL)
RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)", re.DOTALL)
ENDED = re.compile(r"(.*)\) += (.*)", re.DOTALL)
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
PLACE = re.compile(r"<(.*)>(?:\(deleted\))?$")
HANDLE = re.compile(r"\d+<((?:[^<>]|->|<->)*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One system call that has returned. `thread` is the kernel's thread id."""

    thread: int
    name: str
    given: str
    result: str

    @property
    def failed(self) -> bool:
        """Whether it ended in an error."""
        return self.result.startswith("-1")

    def texts(self) -> list[bytes]:
        """The quoted strings among what was given, cut after SHOWN_BYTES."""
        return [ast.literal_eval(f"b{one}") for one in QUOTED.findall(self.given)]

    def handle(self) -> str:
        """What the descriptor that was given first stands for."""
        match = HANDLE.match(self.given)
        return match[1] if match else ""

    def opened(self) -> str:
        """The path behind the descriptor that came back."""
        match = PLACE.search(self.result)
        return match[1] if match else ""

    @property
    def for_writing(self) -> bool:
        """Whether an opening call asks for more than reading."""
        flags = QUOTED.sub("", self.given)
        return self.name == "creat" or bool(re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", flags))


@dataclass(slots=True)
class Trace:
    """All that is known of a run so far."""

    calls: list[Call] = field(default_factory=list)
    ended: set[int] = field(default_factory=set)
    _begun: dict[int, str] = field(default_factory=dict)
    _parents: dict[int, int] = field(default_factory=dict)
    _words: dict[int, list[bytes]] = field(default_factory=dict)

    def feed(self, lines: Iterable[str]) -> None:
        """Read on."""
        for line in lines:
            match = LINE.match(line)
            if match:
                self._read(int(match[1]), match[2])

    def process(self, thread: int) -> int:
        """The process that a thread belongs to."""
        while thread in self._parents:
            thread = self._parents[thread]
        return thread

    def named(self, word: bytes) -> set[int]:
        """The processes that have run a program with this word in its command line."""
        return {pid for pid, words in self._words.items() if any(word in one for one in words)}

    def processes(self) -> set[int]:
        """Every process of the run."""
        return {self.process(call.thread) for call in self.calls}

    def of(self, *names: str, processes: set[int] | None = None) -> Iterator[Call]:
        """The calls with these names, of all processes or of some."""
        for call in self.calls:
            if call.name in names and (processes is None or self.process(call.thread) in processes):
                yield call

    def _read(self, thread: int, text: str) -> None:
        if text.startswith("+++"):
            self.ended.add(thread)
            return
        if resumed := RESUMED.match(text):
            text = f"{self._begun.pop(thread, resumed[1] + '(')}{resumed[2]}"
        elif text.endswith("<unfinished ...>"):
            self._begun[thread] = text.removesuffix("<unfinished ...>").rstrip()
            return
        begun = BEGUN.match(text)
        ended = ENDED.match(begun[2]) if begun else None
        if begun and ended:
            call = Call(thread=thread, name=begun[1], given=ended[1], result=ended[2].strip())
            self.calls.append(call)
            self._learn(call)

    def _learn(self, call: Call) -> None:
        if call.name in FORKS and "CLONE_THREAD" in call.given and call.result.isdigit():
            self._parents[int(call.result)] = call.thread
        elif call.name == "execve" and not call.failed:
            self._words[self.process(call.thread)] = call.texts()


def read_trace(path: Path) -> Trace:
    """The trace in a file."""
    trace = Trace()
    with path.open(encoding="utf-8", errors="replace") as lines:
        trace.feed(lines)
    return trace
