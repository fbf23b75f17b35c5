"""Collects the transcripts `*.txt` beside this file: commands and what they print, as text.

    # a remark
    $ adyton org list              a line for /bin/sh, in a folder of its own; `adyton` is ours
    org_…  Example Lab             standard output; … stands for anything within the line
    ! adyton: nothing there        standard error
    [4]                            the exit code, where it is not 0

`{name}` is bound where it first stands in output, to what stands there without a space, and is the
same from then on, in commands too. `{dir}` is the folder, `{master}` a paper with places for marks,
`{port1}` and `{port2}` are free ports.
A command that ends in `&` goes on until `$ kill -SIGNAL`; it is up once it speaks of Ctrl-C.
"""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

MASTER = Path(__file__).parents[1] / "unit" / "marks" / "runbook.md"
UP, LIMIT_S = "stop with Ctrl-C", 60
TOKEN = re.compile(r"\{([a-z0-9_]+)\}|…")


def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".txt":
        return TranscriptFile.from_parent(parent, path=file_path)
    return None


class Differs(Exception):
    """A command did not do what its transcript says."""


class TranscriptFile(pytest.File):
    def collect(self):
        yield Transcript.from_parent(self, name=self.path.stem)


class Transcript(pytest.Item):
    def __init__(self, **given):
        super().__init__(**given)
        self.add_marker(pytest.mark.timeout(300))

    def runtest(self):
        folder = self.config._tmp_path_factory.mktemp(self.name)
        shell = Shell(folder)
        try:
            for command, expected in steps(self.path.read_text(encoding="utf-8")):
                actual = shell.run(fill(command, shell.names))
                if not fits(expected, actual, shell.names):
                    wanted = "\n".join(fill(line, shell.names) for line in expected)
                    raise Differs(
                        f"$ {command}\n-- expected\n{wanted}\n-- was\n" + "\n".join(actual)
                    )
        finally:
            shell.end()

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, Differs):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, f"transcript {self.name}"


def steps(text):
    """Each command with the lines that follow it."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip() and not line.startswith("#"):
            found[-1][1].append(line)
    return found


def fill(text, names):
    """`text` with the bound names put in."""
    return TOKEN.sub(lambda hit: names.get(hit[1], hit[0]), text)


def fits(expected, actual, names):
    """Whether the lines fit; binds what they bind."""
    if len(expected) != len(actual):
        return False
    for wanted, line in zip(expected, actual, strict=True):
        known, pattern, end = fill(wanted, names), "", 0
        for hit in TOKEN.finditer(known):
            part = f"(?P<{hit[1]}>\\S+)" if hit[1] and f"<{hit[1]}>" not in pattern else ".*"
            pattern, end = pattern + re.escape(known[end : hit.start()]) + part, hit.end()
        match = re.fullmatch(pattern + re.escape(known[end:]), line)
        if match is None:
            return False
        names.update(match.groupdict())
    return True


class Shell:
    """Runs lines in a folder with an empty environment of its own."""

    def __init__(self, folder: Path):
        (folder / ".bin").mkdir()
        program = folder / ".bin" / "adyton"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m adyton "$@"\n', encoding="utf-8")
        program.chmod(0o700)
        self.folder, self.child = folder, None
        self.env = {
            "PATH": f"{program.parent}:/usr/bin:/bin",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "OPENBLAS_NUM_THREADS": "1",
            # under a limit on file sizes Python would leave half of a compiled file behind
            "PYTHONDONTWRITEBYTECODE": "1",
            "ADYTON_PASSPHRASE": "a phrase that is long enough",
        }
        self.names = {"dir": str(folder), "master": str(MASTER), **free_ports()}

    def run(self, command):
        """The lines of one command: output, errors, exit code."""
        if command.startswith("kill -"):
            return self.kill(signal.Signals["SIG" + command.removeprefix("kill -")])
        if command.endswith(" &"):
            return self.start(command.removesuffix(" &"))
        done = subprocess.run(  # noqa: S602
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.env,
            timeout=LIMIT_S,
            check=False,
        )
        return lines(done.stdout, done.stderr, done.returncode)

    def start(self, command):
        """Begin what goes on until `kill`; the lines until it is up."""
        self.child = subprocess.Popen(  # noqa: S602
            f"exec {command}",
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.env,
        )
        seen = []
        for line in self.child.stderr:
            seen.append(line)
            if UP in line:
                return lines("", "".join(seen), 0)
        out, _ = self.child.communicate()
        return lines(out, "".join(seen), self.child.returncode)

    def kill(self, number):
        """End it; what it still said, and its exit code."""
        self.child.send_signal(number)
        out, err = self.child.communicate(timeout=LIMIT_S)
        return lines(out, err, self.child.returncode)

    def end(self):
        """Leave nothing running."""
        if self.child is not None and self.child.poll() is None:
            self.child.kill()
            self.child.communicate()


def lines(out, err, code):
    return [
        *out.splitlines(),
        *(f"! {line}" for line in err.splitlines()),
        *([f"[{code}]"] if code else []),
    ]


def free_ports():
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        return {"port1": str(one.getsockname()[1]), "port2": str(two.getsockname()[1])}
