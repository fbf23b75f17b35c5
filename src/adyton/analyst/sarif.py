"""A result as SARIF 2.1.0 (OASIS), as a JSON-able mapping."""

from collections.abc import Mapping
from typing import Any

from adyton.analyst.frame import Claim, Result

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"low": "note", "medium": "warning", "high": "error"}


def rule_of(claim: Claim) -> Mapping[str, Any]:
    """The rule behind a claim."""
    rule: dict[str, Any] = {"id": claim.rule, "shortDescription": {"text": claim.title}}
    if claim.cwe:
        rule["properties"] = {"tags": [f"external/cwe/cwe-{claim.cwe}"]}
    return rule


def result_of(claim: Claim) -> Mapping[str, Any]:
    """One claim; a rejected one goes out as `pass` with its justification."""
    text = f"{claim.text}\n{claim.explanation}".strip()
    result: dict[str, Any] = {
        "ruleId": claim.rule,
        "kind": "pass" if claim.rejected else "fail",
        "level": "none" if claim.rejected else LEVELS.get(claim.severity, "warning"),
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": claim.file},
                    "region": {"startLine": max(claim.line, 1)},
                }
            }
        ],
        "partialFingerprints": {"adytonClaim/v1": claim.key},
        "properties": {
            "claimLevel": f"L{int(claim.level)}",
            "history": list(claim.history),
            "evidence": [f"{one.id} {one.tool} {one.file}:{one.line}" for one in claim.cites],
        },
    }
    if claim.rejected:
        result["suppressions"] = [{"kind": "external", "justification": claim.rejected}]
    return result


def to_sarif(result: Result) -> dict[str, Any]:
    """The whole result."""
    rules = {claim.rule: rule_of(claim) for claim in result.claims}
    unread = [
        {
            "level": "warning",
            "message": {"text": f"not analysed: {why}"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": file}}}],
        }
        for file, why in result.coverage.skipped
    ]
    tools = [{"name": name, "version": version} for name, version in result.coverage.tools.items()]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "adyton-review", "rules": list(rules.values())},
                    "extensions": tools,
                },
                "invocations": [
                    {"executionSuccessful": True, "toolExecutionNotifications": unread}
                ],
                "results": [result_of(claim) for claim in result.claims],
                "properties": {"model": result.model, "inputSha256": result.input_sha256},
            }
        ],
    }
