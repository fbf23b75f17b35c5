"""The task `review`: a Python tree in, claims with evidence out.

1. Collect: the scanner's findings; files that nobody could read are listed.
2. Verify: each finding becomes a claim at L0; a quote check raises it to L1; a second opinion of
   another kind on the same line raises it to L2. A claim that fails stays, with the reason.
3. Explain: a model may explain claims that stand at L1 or above; its words change no level.

The caller records the task and passes only files that its grant covers.
"""

import ast
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from string import Template

from adyton.analyst.frame import Claim, Coverage, Evidence, Level, Result, claim_key
from adyton.analyst.opinions import Check, agrees, enclosing_function, load_checks
from adyton.analyst.ports import Explainer, Scanner, ScannerFinding, ScanReport
from adyton.terms import AdytonError

MOST_EXPLAINED = 5  # one question each: small models answer slowly
LONGEST_QUOTE = 300
LONGEST_EXPLANATION = 1200
OWN_TOOL = "adyton-syntax-tree"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of the tree under review; `path` is relative to its top."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that could be read as Python."""

    lines: Sequence[str]
    tree: ast.AST


def parse_all(
    files: Sequence[SourceFile],
) -> tuple[dict[str, Parsed], dict[str, str]]:
    """Files that parse, and those that do not with the reason."""
    parsed: dict[str, Parsed] = {}
    skipped: dict[str, str] = {}
    for file in files:
        if not file.path.endswith(".py"):
            skipped[file.path] = "not Python"
            continue
        try:
            text = file.content.decode("utf-8")
            parsed[file.path] = Parsed(text.splitlines(), ast.parse(text))
        except UnicodeDecodeError:
            skipped[file.path] = "not UTF-8 text"
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            skipped[file.path] = "not parsed by this Python"
    return parsed, skipped


def digest_of(files: Sequence[SourceFile]) -> str:
    """SHA-256 over names and contents, in order of names."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda one: one.path):
        digest.update(f"{file.path}\x00{len(file.content)}\x00".encode())
        digest.update(file.content)
    return digest.hexdigest()


def verify(
    finding: ScannerFinding, *, tool: str, parsed: Mapping[str, Parsed], checks: Sequence[Check]
) -> Claim:
    """The claim that a finding makes, at the level that its evidence carries."""
    source = parsed.get(finding.file)
    inside = source is not None and 1 <= finding.line <= len(source.lines)
    quote = source.lines[finding.line - 1] if source is not None and inside else ""
    function = enclosing_function(source.tree, finding.line) if source is not None else None
    word = Evidence(
        id="E1",
        kind="tool",
        tool=tool,
        file=finding.file,
        line=finding.line,
        quote_sha256=hashlib.sha256(quote.encode()).hexdigest(),
    )
    claim = Claim(
        key=claim_key(rule=finding.rule, file=finding.file, function=function, sink=quote),
        rule=finding.rule,
        title=finding.title,
        severity=finding.severity,
        cwe=finding.cwe,
        file=finding.file,
        line=finding.line,
        text=finding.text,
        cites=(word,),
        level=Level.STATED,
        history=("L0: stated by the scanner",),
    )
    if source is None or not inside or not quote.strip():
        return replace(claim, rejected="the place it names is not in the input")
    claim = replace(
        claim,
        level=Level.LOCATED,
        history=(*claim.history, "L1: file, line and quoted bytes are there"),
    )
    if not agrees(source.tree, line=finding.line, checks=checks):
        return claim
    return replace(
        claim,
        level=Level.AGREED,
        cites=(*claim.cites, replace(word, id="E2", kind="loc", tool=OWN_TOOL)),
        history=(*claim.history, "L2: the syntax tree shows it too"),
    )


def explain(
    claims: Sequence[Claim], parsed: Mapping[str, Parsed], model: Explainer
) -> tuple[list[Claim], str]:
    """Claims with the model's prose, and why it was silent; then a claim stays as it was."""
    template = Template(
        resources.files("adyton.analyst").joinpath("explain-prompt.txt").read_text()
    )
    worth = sorted(
        (one for one in claims if one.level >= Level.LOCATED and not one.rejected),
        key=lambda one: (-one.level, one.file, one.line),
    )[:MOST_EXPLAINED]
    told: dict[str, str] = {}
    silence = ""
    for claim in worth:
        quote = parsed[claim.file].lines[claim.line - 1].strip()[:LONGEST_QUOTE]
        try:
            prose = model.explain(template.substitute(title=claim.title, quote=quote))
        except AdytonError as error:
            silence = f"{error.message}: {error.mend}" if error.mend else error.message
            continue
        told[claim.key] = prose[:LONGEST_EXPLANATION]
    return [replace(one, explanation=told.get(one.key, "")) for one in claims], silence


def coverage_of(
    parsed: Mapping[str, Parsed], skipped: Mapping[str, str], report: ScanReport
) -> Coverage:
    """What both tools read."""
    gone = {**skipped, **{file: f"{report.tool}: {why}" for file, why in report.errors.items()}}
    return Coverage(
        analysed=tuple(sorted(file for file in parsed if file not in gone)),
        skipped=tuple(sorted(gone.items())),
        tools={report.tool: report.version, OWN_TOOL: "1"},
    )


def review(
    files: Sequence[SourceFile],
    *,
    scanner: Scanner,
    explainer: Explainer | None = None,
    model: str = "",
) -> Result:
    """Review a Python tree; see the steps above. Raises Unavailable if the scanner cannot run."""
    # 1
    parsed, skipped = parse_all(files)
    report = scanner.scan({file.path: file.content for file in files if file.path in parsed})
    # 2
    checks = load_checks()
    claims = [
        verify(finding, tool=report.tool, parsed=parsed, checks=checks.get(finding.rule, ()))
        for finding in report.findings
    ]
    unique = list({claim.key: claim for claim in reversed(claims)}.values())[::-1]
    # 3
    silence = ""
    if explainer is not None:
        unique, silence = explain(unique, parsed, explainer)
    ordered = sorted(unique, key=lambda one: (-one.level, one.file, one.line, one.rule))
    return Result(
        claims=tuple(ordered),
        coverage=coverage_of(parsed, skipped, report),
        model=model if explainer is not None else "",
        silence=silence,
        input_sha256=digest_of(files),
    )
