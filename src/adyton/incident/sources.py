"""Logs that are not ours: read under limits, kept with digest, skew and coverage.

A row keeps the log's own time; `skew_s` (how far that clock runs ahead of ours) is taken off when
the row is laid beside our facts, so that a wrong skew can be mended by looking again, never by
rewriting. Trusted: the body of `source.imported`. Rebuildable: the table `sources`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from adyton.incident.fieldmap import FieldMap
from adyton.incident.records import Cite, Coverage, LogSource, SourceRow, new_id
from adyton.ledger import Ledger
from adyton.terms import (
    Conflict,
    Entropy,
    Fact,
    Json,
    Malformed,
    PersonId,
    ReceiptId,
    SourceId,
    State,
    TooLarge,
)

SOURCE_LIMIT_BYTES: Final = 64 * 1024 * 1024
LINES_LIMIT: Final = 200_000
LINE_LIMIT_BYTES: Final = 64 * 1024
FIELD_LIMIT_CHARS: Final = 2048
MALFORMED_LISTED: Final = 1000
SKEW_LIMIT_S: Final = 7 * 86_400
NUMBER_LIMIT: Final = 2**53 - 1
DIGITS_LIMIT: Final = 15
UNPRINTABLE: Final = "\ufffd"
MS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSource:
    """A log as read: nothing is recorded yet. Times are the log's own, in seconds."""

    digest: str
    lines: int
    rows: tuple[Mapping[str, Json], ...]
    malformed: tuple[int, ...]


def read_source(raw: bytes, field_map: FieldMap) -> ReadSource:
    """Normalised rows of a JSON Lines log; lines that cannot be read are listed by number.

    Raises TooLarge above the limits, and Malformed where not one line could be read.
    """
    if len(raw) > SOURCE_LIMIT_BYTES:
        raise TooLarge("log to import, over 64 MiB", mend="import it in parts")
    lines = raw.split(b"\n")
    if len(lines) > LINES_LIMIT:
        raise TooLarge("log to import, over 200,000 lines", mend="import it in parts")
    rows: list[Mapping[str, Json]] = []
    malformed: list[int] = []
    count = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        count += 1
        row = _row(line, number, field_map)
        if row is None:
            malformed.append(number)
        else:
            rows.append(row)
    if count and not rows:
        raise Malformed("log to import, no line fits the mapping", mend="choose another mapping")
    digest = hashlib.sha256(raw).hexdigest()
    return ReadSource(digest=digest, lines=count, rows=tuple(rows), malformed=tuple(malformed))


def _row(line: bytes, number: int, field_map: FieldMap) -> dict[str, Json] | None:
    """One normal row, or None where the line does not fit."""
    if len(line) > LINE_LIMIT_BYTES:
        return None
    try:
        record = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    time_s = _time_s(record.get(field_map.time_field), field_map.time_form)
    if time_s is None:
        return None
    row: dict[str, Json] = {"n": number, "t": time_s}
    for word, theirs in field_map.fields.items():
        if theirs not in record:
            continue  # absent is unknown, and not "nobody signed in"
        text = _text(record[theirs])
        if text is None:
            return None
        value = _value(word, text, field_map)
        if value:
            row[word] = value
    return row if "action" in row else None


def _text(value: object) -> str | None:
    """A scalar as text, "" for null; None for what no log field should be.

    Whoever acts writes some of these texts (user agents, keys): strange signs are replaced and
    what is too long is cut, as a row must not vanish because the one it is about wished so.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) <= NUMBER_LIMIT else None
    if not isinstance(value, str):
        return None
    cut = value[:FIELD_LIMIT_CHARS]
    return "".join(char if char.isprintable() else UNPRINTABLE for char in cut)


def _value(word: str, text: str, field_map: FieldMap) -> str:
    if word == "action":
        return field_map.values.get("action", {}).get(text, "other") if text else ""
    if word == "actor" and text in field_map.anonymous:
        return "anonymous"
    if word == "result" and field_map.ok_below:
        return _result(text, field_map.ok_below)
    return field_map.values.get(word, {}).get(text, text)


def _result(text: str, ok_below: int) -> str:
    if not text.isascii() or not text.isdigit():
        return "unknown"
    return "ok" if int(text) < ok_below else "denied"


def _time_s(value: object, form: str) -> int | None:
    """Whole seconds since the epoch, or None."""
    if form == "iso8601":
        return iso_time_s(value) if isinstance(value, str) else None
    if (
        isinstance(value, str)
        and value.isascii()
        and value.isdigit()
        and len(value) <= DIGITS_LIMIT
    ):
        value = int(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if not 0 < value < NUMBER_LIMIT:
        return None
    return int(value) // (MS if form == "epoch_ms" else 1)


def iso_time_s(text: str) -> int | None:
    """Seconds of an ISO 8601 time that says its zone; None for any other text."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    try:
        seconds = int(moment.astimezone(UTC).timestamp())
    except (OverflowError, ValueError):
        return None
    return seconds if seconds > 0 else None


class Sources:
    """Imported logs of one perimeter."""

    def __init__(self, *, ledger: Ledger, entropy: Entropy) -> None:
        self._ledger = ledger
        self._entropy = entropy

    def import_source(
        self,
        raw: bytes,
        *,
        field_map: FieldMap,
        name: str,
        by: PersonId,
        skew_s: int = 0,
        coverage_from_s: int = 0,
        coverage_to_s: int = 0,
    ) -> SourceId:
        """Record a log and its rows; the same bytes of one kind twice are a Conflict.

        `coverage_*_s` say, in our time, which stretch the log claims to hold whole; 0 means not
        stated, and then the stretch from its first to its last row is kept as merely observed.
        """
        if abs(skew_s) > SKEW_LIMIT_S:
            raise Malformed("skew of a source, over a week", mend="give seconds")
        if bool(coverage_from_s) != bool(coverage_to_s) or coverage_from_s > coverage_to_s:
            raise Malformed("coverage of a source", mend="give both ends, the earlier first")
        read = read_source(raw, field_map)
        basis = "stated" if coverage_to_s else "observed"
        times = [cast("int", row["t"]) - skew_s for row in read.rows]
        start, end = (coverage_from_s, coverage_to_s) if coverage_to_s else _span(times)
        source = SourceId(new_id("src", self._entropy))
        fact = Fact(
            type="source.imported",
            subjects=(source,),
            public={
                "source": source,
                "kind": field_map.kind,
                "digest": read.digest,
                "size_bytes": len(raw),
                "lines": read.lines,
                "rows": len(read.rows),
                "malformed": len(read.malformed),
                "skew_s": skew_s,
                "coverage_from_s": start,
                "coverage_to_s": end,
                "coverage_basis": basis,
            },
            body={
                "name": name,
                "mapping": field_map.name,
                "by": by,
                "malformed_lines": list(read.malformed[:MALFORMED_LISTED]),
                "rows": list(read.rows),
            },
            body_subject=source,
        )

        def only_once(state: State) -> None:
            known = {(row["digest"], row["kind"]) for _, row in state.scan("sources")}
            if (read.digest, field_map.kind) in known:
                raise Conflict("this log is imported already", mend="see `adyton sources list`")

        self._ledger.append(fact, guard=only_once)
        return source

    def listed(self) -> tuple[Mapping[str, Json], ...]:
        """What was imported, without the rows."""
        return tuple({"source": key, **row} for key, row in self._ledger.state.scan("sources"))

    def loaded(self) -> tuple[LogSource, ...]:
        """Every imported log with its rows, skew taken off; bodies that are gone give no rows."""
        return tuple(
            log_source(key, row, self._ledger) for key, row in self._ledger.state.scan("sources")
        )


def _span(times: list[int]) -> tuple[int, int]:
    return (min(times), max(times)) if times else (0, 0)


def log_source(source: str, row: Mapping[str, Json], ledger: Ledger) -> LogSource:
    """One imported log as the investigation reads it."""
    entry = ledger.entry(ReceiptId(str(row["receipt"])))
    skew_s = cast("int", row["skew_s"])
    body = entry.body or {}
    rows = cast("list[Mapping[str, Json]]", body.get("rows", []))
    return LogSource(
        source=SourceId(source),
        kind=str(row["kind"]),
        entry=entry.index,
        digest=str(row["digest"]),
        coverage=Coverage(
            start_s=cast("int", row["coverage_from_s"]),
            # what was still to come when it was imported is not in it
            end_s=min(cast("int", row["coverage_to_s"]), entry.recorded_at_s),
            stated=row["coverage_basis"] == "stated",
        ),
        skew_s=skew_s,
        malformed=cast("int", row["malformed"]),
        readable=entry.body is not None,
        rows=tuple(_source_row(item, source, entry.index, skew_s) for item in rows),
    )


def _source_row(item: Mapping[str, Json], source: str, entry: int, skew_s: int) -> SourceRow:
    def text(word: str) -> str:
        return str(item.get(word, ""))

    return SourceRow(
        cite=Cite(entry=entry, line=cast("int", item["n"])),
        source=SourceId(source),
        time_s=cast("int", item["t"]) - skew_s,
        action=text("action"),
        actor=text("actor").casefold(),  # our logins are in small letters
        object=text("object"),
        place=text("place"),
        result=text("result"),
        address=text("address"),
        asn=text("asn"),
        country=text("country"),
        device=text("device"),
        agent=text("agent"),
        mfa=text("mfa"),
        acl=text("acl"),
    )
