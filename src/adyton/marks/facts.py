"""The facts of marks, and the rows that follow from them.

    copy.issued        {copy, asset, version, recipient, channel, digest, size_bytes}
    copy.acknowledged  {copy}
    epsilon.spent      {question, case, year, ppb}

Tables (rebuildable): `copies` by copy id, indexed by version; `epsilon` by `case:<id>` and
`year:<yyyy>`.
"""

from collections.abc import Iterable, Mapping

from adyton.terms import Entry, Json, Row, State

ISSUED = "copy.issued"
ACKNOWLEDGED = "copy.acknowledged"
SPENT = "epsilon.spent"
COPIES = "copies"
EPSILON = "epsilon"


def project(entry: Entry, state: State) -> Iterable[Row]:
    """The rows of one fact; none for facts of other parts."""
    match entry.type:
        case "copy.issued":
            yield _issued(entry)
        case "copy.acknowledged":
            yield from _acknowledged(entry, state)
        case "epsilon.spent":
            yield from _spent(entry.public, state)
        case _:
            return


def spent_ppb(state: State, account: str) -> int:
    """What an account (`case:<id>`, `year:<yyyy>`) has spent, in parts per billion."""
    row = state.get(EPSILON, account)
    return number(row, "ppb") if row else 0


def number(data: Mapping[str, Json], field: str) -> int:
    """An integer field of a fact or row that this part wrote; 0 where it is absent or erased."""
    value = data.get(field, 0)
    return value if isinstance(value, int) else 0


def text(data: Mapping[str, Json], field: str) -> str:
    """A text field of a fact or row that this part wrote; empty where it is absent or erased."""
    value = data.get(field, "")
    return value if isinstance(value, str) else ""


def _issued(entry: Entry) -> Row:
    body = entry.body or {}
    public = ("asset", "version", "recipient", "channel", "digest")
    sealed = ("place", "key_id", "layout")
    data: dict[str, Json] = {
        **{field: text(entry.public, field) for field in public},
        **{field: text(body, field) for field in sealed},
        "size_bytes": number(entry.public, "size_bytes"),
        "code_version": number(body, "code_version"),
        "issued_at": entry.recorded_at_s,
        "receipt": entry.receipt,
        "acknowledged_at": 0,
    }
    return Row(
        table=COPIES,
        key=text(entry.public, "copy"),
        data=data,
        index=text(entry.public, "version"),
    )


def _acknowledged(entry: Entry, state: State) -> Iterable[Row]:
    copy = text(entry.public, "copy")
    row = state.get(COPIES, copy)
    if row is not None:
        data = {**row, "acknowledged_at": entry.recorded_at_s}
        yield Row(table=COPIES, key=copy, data=data, index=text(row, "version"))


def _spent(public: Mapping[str, Json], state: State) -> Iterable[Row]:
    for account in accounts(text(public, "case"), number(public, "year")):
        total = spent_ppb(state, account) + number(public, "ppb")
        yield Row(table=EPSILON, key=account, data={"ppb": total})


def accounts(case: str, year: int) -> tuple[str, ...]:
    """The accounts that a finding draws on; a finding without a case draws on the year alone."""
    yearly = f"year:{year}"
    return (f"case:{case}", yearly) if case else (yearly,)
