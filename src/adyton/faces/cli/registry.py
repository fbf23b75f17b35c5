"""All commands, in the order of the help text."""

from adyton.faces.cli import (
    assets,
    cases,
    completeness,
    finding,
    people,
    questions,
    record,
    system,
    upkeep,
    witness,
)

COMMANDS = (
    *system.COMMANDS,
    *people.COMMANDS,
    *assets.COMMANDS,
    *record.COMMANDS,
    *questions.COMMANDS,
    *completeness.COMMANDS,
    *upkeep.COMMANDS,
    *finding.COMMANDS,
    *cases.COMMANDS,
    *witness.COMMANDS,
)
GROUP_HELP = {
    "model": "model servers that the perimeter starts",
    "org": "organisations",
    "person": "people and services",
    "key": "credentials and approvers' keys",
    "compartment": "need-to-know labels",
    "entitle": "entitlements",
    "lock": "stops",
    "asset": "protected assets",
    "ledger": "the record",
    "receipt": "your own receipts",
    "backup": "copies of the data, and of the keys apart",
    "hold": "legal holds",
    "sources": "logs that are not ours",
    "incident": "cases",
    "witness": "a second machine that remembers the checkpoints of others",
    "analyst": "defenders' tasks on the protected model",
}
