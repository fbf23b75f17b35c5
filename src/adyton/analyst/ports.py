"""What the tasks need from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerFinding:
    """One finding as a scanner reports it."""

    rule: str
    title: str
    severity: str
    cwe: int
    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """All that a scanner said."""

    tool: str
    version: str
    findings: tuple[ScannerFinding, ...]
    errors: Mapping[str, str]  # file to reason


class Scanner(Protocol):
    """A static scanner. Reads, never executes; idempotent; keeps nothing afterwards."""

    def scan(self, files: Mapping[str, bytes]) -> ScanReport:
        """Findings in `files` (path to bytes). Raises Unavailable if the tool cannot run."""


class Explainer(Protocol):
    """A model behind our own gateway. May fail; its words carry no authority."""

    def explain(self, prompt: str) -> str:
        """Prose on what `prompt` quotes, at most a few sentences. Raises any of the families."""
