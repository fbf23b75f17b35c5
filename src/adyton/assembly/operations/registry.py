"""The table of operations and the one way to carry one out."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from adyton.assembly.operations import (
    cases,
    completeness,
    copies,
    finding,
    people,
    protection,
    questions,
    record,
    rehearsal,
    upkeep,
    work,
)
from adyton.assembly.operations.kinds import Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.terms import AdytonError, Malformed, Missing, Secret, Unidentified

QUOTED_VALUE = re.compile(r"value '.*'(?= - at `|$)", re.DOTALL)  # msgspec quotes enum values
GROUPS = (
    people,
    protection,
    copies,
    record,
    questions,
    completeness,
    upkeep,
    finding,
    cases,
    work,
    rehearsal,
)
OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation for group in GROUPS for operation in group.OPERATIONS
}


def dispatch(
    perimeter: Perimeter, key: Secret[str], name: str, params: Mapping[str, Any]
) -> dict[str, Any]:
    """Carry out the operation `name` as the holder of `key`. Raises one of the eight families.

    1. Authenticate. 2. Check the form of the parameters. 3. Ask the gatekeeper. 4. Run.
    A refusal at any step is offered to the record, or counted, before the caller hears of it.
    """
    # 1
    try:
        principal = perimeter.identity.authenticate(key.reveal())
    except Unidentified:
        perimeter.refusals.unidentified()
        raise
    try:
        # 2
        operation = OPERATIONS.get(name)
        if operation is None:
            raise Missing("there is no such operation", mend="see adyton --help")
        asked = convert(name, operation, params)
        # 3
        if operation.act is not None:
            perimeter.gatekeeper.ask(principal, operation.act)
        # 4
        return dict(operation.run(perimeter, principal, asked))
    except AdytonError as error:
        wanted = str(params.get("asset", params.get("request", "")))
        # a name that is no operation is the caller's text: it has no place in the tree
        known = name if name in OPERATIONS else ""
        perimeter.refusals.note(error, caller=principal, operation=known, asked=wanted)
        raise


def convert(name: str, operation: Operation, params: Mapping[str, Any]) -> Params:
    """The parameters in their form. Raises Malformed with the field, never the value."""
    try:
        return msgspec.convert(params, operation.params)
    except msgspec.ValidationError as error:
        text = QUOTED_VALUE.sub("value", str(error))
        raise Malformed(f"{name}: {text}", mend="see adyton --help") from error
