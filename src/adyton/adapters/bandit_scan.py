"""The scanner bandit, as a child process over a private folder that is removed afterwards.

The child reads files and writes its report to a pipe; it gets no network names and no settings
of ours. Nothing that is reviewed is executed.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from adyton.analyst.ports import ScannerFinding, ScanReport
from adyton.terms import Malformed, Unavailable

TIME_LIMIT_S = 300
FINDINGS_EXIT = 1
NO_TREE = frozenset({errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG})


class BanditScanner:
    """Runs the installed bandit."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def scan(self, files: Mapping[str, bytes]) -> ScanReport:
        """See Scanner."""
        try:
            folder = Path(tempfile.mkdtemp(prefix="review-", dir=self._scratch))
        except OSError as error:
            raise Unavailable("there is no room for a review", mend="free space") from error
        try:
            lay_out(folder, files)
            return read_report(run_bandit(folder), folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the tree. Raises Malformed for paths that no tree can hold, Unavailable."""
    for name, content in files.items():
        target = folder / safe(name)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except OSError as error:
            if error.errno in NO_TREE:
                raise Malformed(
                    "the files' paths make no tree", mend="give them as they lie"
                ) from error
            raise Unavailable("there is no room for a review", mend="free space") from error


def safe(name: str) -> PurePosixPath:
    """A relative path that stays below its folder. Raises Malformed."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\x00" in name:
        raise Malformed("a file's path leads out of the tree")
    return path


def run_bandit(folder: Path) -> bytes:
    """The scanner's JSON report."""
    # No settings file: the reviewed tree may hold one that silences the scanner.
    command = [sys.executable, "-I", "-m", "bandit", "-q", "-r", "-f", "json", "--ignore-nosec"]
    command += ["--ini", os.devnull, "."]
    try:
        done = subprocess.run(  # noqa: S603  (a fixed command)
            command,
            cwd=folder,
            capture_output=True,
            timeout=TIME_LIMIT_S,
            check=False,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("bandit could not be run") from error
    if done.returncode not in (0, FINDINGS_EXIT):
        raise Unavailable("bandit failed", mend="is it installed? pip install adyton[demo]")
    return done.stdout


def read_report(content: bytes, folder: Path) -> ScanReport:
    """Bandit's JSON as our values."""
    from importlib.metadata import version  # noqa: PLC0415  (only where the tool is installed)

    try:
        report = json.loads(content)
        findings = tuple(
            ScannerFinding(
                rule=str(one["test_id"]),
                title=str(one["test_name"]).replace("_", " "),
                severity=str(one["issue_severity"]).lower(),
                cwe=int((one.get("issue_cwe") or {}).get("id") or 0),
                file=relative(str(one["filename"]), folder),
                line=int(one["line_number"]),
                text=str(one["issue_text"]),
            )
            for one in report["results"]
        )
        errors = {relative(str(e["filename"]), folder): "not parsed" for e in report["errors"]}
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable("bandit gave no readable report") from error
    return ScanReport(tool="bandit", version=version("bandit"), findings=findings, errors=errors)


def relative(name: str, folder: Path) -> str:
    """A reported path relative to the tree's top."""
    path = Path(name)
    if path.is_absolute():
        path = path.relative_to(folder)
    return str(PurePosixPath(path))
