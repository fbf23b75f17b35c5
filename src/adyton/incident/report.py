"""A case as a document of sentences, each with the ledger indexes that bear it out.

Enters: the standing assessment, the case's row, its exhibits and actions. Leaves: JSON without
floats, which `faces/render` shows and which the evidence bundle carries. What software cannot do is
part of every report; such sentences rest on the assessment itself.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, cast

from adyton.incident.records import Cite, cited, cites_of
from adyton.terms import Json, Tier, Verdict

FORMAT: Final = 1
Document = Mapping[str, Json]
RATES: Final = (("1e-3", -3000), ("1e-6", -6000))
"""Rates at which every named copy is shown, with their log10 in milli."""
TEN_THOUSAND: Final = 10_000
VERDICTS: Final = {
    Verdict.LEAK: "Protected content of ours was found where it should not be.",
    Verdict.FORGED: "What was found is a forgery: it passes itself off as ours.",
    Verdict.OURS_NO_LEAK: "The content is ours, and its being there is no leak.",
    Verdict.NOT_OURS: "The content is not ours.",
    Verdict.UNSUBSTANTIATED: "Something is claimed, and nothing of ours was shown.",
    Verdict.UNSURE: "It could not be settled whether the content is ours.",
}
LIMITS: Final = (
    "A mark names a copy, never a person: accounts are used by others, and copies are stolen.",
    "Photographs, memory and speech leave nothing that could be traced here.",
    "What happens inside another organisation is in its logs, not in ours.",
    "A log shows what its owner lets it show; a gap in it is not innocence.",
    "Closing a path does not call back what has left.",
)
CEILING: Final = (
    "However small the bound on the copy, a mark alone has named the wrong person in about one "
    "of six known incidents: it is never enough to accuse."
)


def report_of(
    document: Document,
    *,
    case: Document,
    items: Iterable[Document],
    actions: Sequence[Document],
    made_at_s: int,
    epsilon: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> dict[str, Json]:
    """The report of a case.

    `epsilon` gives the three budgets as text (`finding`, `case`, `year`); `labels` what people
    call ids; only those that stand in the report are kept.
    """
    listed = list(items)
    report: dict[str, Json] = {
        "format": FORMAT,
        "kind": "adyton.incident.report",
        "case": document["case"],
        "status": case["status"],
        "purpose": case["purpose"],
        "people": {"by": case["by"], "second": case["second"]},
        "opened_at_s": case["opened_at"],
        "posted_at_s": document["posted_at_s"],
        "made_at_s": made_at_s,
        "assessment": document["entry"],
        "verdict": document["verdict"],
        "epsilon": dict(epsilon or {}),
        "copies": [_copy(copy) for copy in _rows(document, "copies")],
        **{
            key: document[key]
            for key in ("pathways", "scope", "persons", "timeline", "coverage", "unseen")
        },
        "exhibits": [
            {
                "exhibit": item["exhibit"],
                "digest": item["digest"],
                "size_bytes": item["size_bytes"],
                "parent": item["parent"],
                "cites": [item["entry"]],
                "entry": item["entry"],
            }
            for item in listed
            if item["kind"] == "exhibit.preserved"
        ],
        "actions": [_action(action) for action in actions],
        "sections": _sections(document, case, listed, actions),
    }
    shown = json.dumps(report)
    named: dict[str, Json] = {key: name for key, name in (labels or {}).items() if key in shown}
    return {**report, "labels": named, "cited": list(cited_indexes(report))}


def cited_indexes(report: Json) -> tuple[int, ...]:
    """Every ledger index that a document cites anywhere, once, ascending."""
    return tuple(sorted(set(_cited(report))))


def _cited(value: Json) -> Iterator[int]:
    if isinstance(value, Mapping):
        yield from cast("Sequence[int]", value.get("cites", ()))
        for inner in value.values():
            yield from _cited(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _cited(inner)


def _rows(document: Json, key: str) -> Sequence[Document]:
    return cast("Sequence[Document]", cast("Document", document)[key])


def _copy(copy: Document) -> dict[str, Json]:
    """A copy with its bound, and whether it would be named at the two printed rates."""
    bound = cast("int", copy["log10_bound_milli"])
    at = {rate: bound <= milli for rate, milli in RATES}
    return {**copy, "bound": bound_text(bound), "named_at": at}


def bound_text(log10_milli: int) -> str:
    """A bound as people write it: `3.2e-9`."""
    if log10_milli >= 0:
        return "1"
    whole, part = divmod(log10_milli, 1000)
    return f"{10 ** (part / 1000):.1f}e{whole}"


def _action(action: Document) -> dict[str, Json]:
    kept = (
        "action", "kind", "target_kind", "target", "reach", "closes", "text", "undo", "collateral",
        "status", "by", "approvals", "retry", "entry", "done_entry", "verified_entry",
    )  # fmt: skip
    return {key: action[key] for key in kept}


def _say(text: str, *cites: Cite) -> dict[str, Json]:
    return {"text": text, **cited(cites)}


def _at(entry: Json) -> Cite:
    return Cite(entry=cast("int", entry))


def _sections(
    document: Document, case: Document, items: Sequence[Document], actions: Sequence[Document]
) -> list[Json]:
    parts = (
        ("summary", "Summary", _summary(document, case)),
        ("evidence", "What was found", _found(document, items)),
        ("copies", "Whose copy", _copies(document)),
        ("pathways", "Which way out", _pathways(document)),
        ("scope", "How far it goes", _scope(document)),
        ("persons", "People", _persons(document, items)),
        ("closure", "What was done, and whether it holds", _closure(document, actions)),
        ("coverage", "What could not be seen", _unseen(document)),
        ("limits", "What software cannot do", _limits(document)),
    )
    return [{"id": key, "title": title, "sentences": list(said)} for key, title, said in parts]


def _summary(document: Document, case: Document) -> Iterator[Json]:
    self_cite = _at(document["entry"])
    found = [cite for one in _rows(document, "findings") for cite in cites_of(one)]
    yield _say(VERDICTS[Verdict(str(document["verdict"]))], *(found or [self_cite]))
    named = [copy for copy in _rows(document, "copies") if copy["named"]]
    if named:
        cites = [cite for copy in named for cite in cites_of(copy)]
        yield _say(f"Copies of ours that it names: {len(named)}.", *cites)
    elif document["verdict"] == Verdict.LEAK.value:
        yield _say("It names no copy of ours; none is guessed.", self_cite)
    top = _rows(document, "pathways")[0]
    share = round(cast("int", top["p_ppm"]) / TEN_THOUSAND)
    if document["verdict"] == Verdict.LEAK.value:
        text = f"Likeliest way out: {str(top['name']).lower()} ({share} %)."
        yield _say(text, self_cite)
    accused = [p for p in _rows(document, "persons") if p["tier"] == Tier.ACCUSE.value]
    text = "Nobody is accused." if not accused else f"People accused: {len(accused)}."
    yield _say(text, self_cite)
    opened = datetime.fromtimestamp(cast("int", case["opened_at"]), UTC)
    yield _say(f"The case was opened on {opened:%Y-%m-%d %H:%M} UTC.", _at(case["entry"]))


def _found(document: Document, items: Sequence[Document]) -> Iterator[Json]:
    kept = [item for item in items if item["kind"] == "exhibit.preserved"]
    text = f"Preserved before they were read: {len(kept)} exhibits and members of exhibits."
    yield _say(text, *(_at(item["entry"]) for item in kept))
    for one in _rows(document, "findings"):
        reasons = "; ".join(str(reason) for reason in cast("Sequence[str]", one["reasons"]))
        text = f"Exhibit {one['exhibit']}: {one['verdict']}{f' ({reasons})' if reasons else ''}."
        yield _say(text, *cites_of(one))
        for unread in cast("Sequence[str]", one["unread"]):
            yield _say(f"Not read: {unread}.", *cites_of(one))


def _copies(document: Document) -> Iterator[Json]:
    copies = _rows(document, "copies")
    if not copies:
        yield _say("No copy is named or listed.", _at(document["entry"]))
    for copy in copies:
        bound = cast("int", copy["log10_bound_milli"])
        verb = "is named" if copy["named"] else "is listed, not named"
        rates = ", ".join(
            f"at {rate}: {'named' if bound <= milli else 'not named'}" for rate, milli in RATES
        )
        assumed = " and ".join(cast("Sequence[str]", copy["assumptions"]))
        text = (
            f"Copy {copy['id']} {verb}: the probability that a copy is named which was no source "
            f"is at most {bound_text(bound)} over {copy['suspects']} suspects and "
            f"{copy.get('exhibits_read', 1)} exhibits read, if {assumed}; "
            f"{rates}."
        )
        yield _say(text, *cites_of(copy))


def _pathways(document: Document) -> Iterator[Json]:
    for pathway in _rows(document, "pathways"):
        share = cast("int", pathway["p_ppm"])
        evidence = cast("Mapping[str, Sequence[Document]]", pathway["evidence"])
        percent = f"{share / TEN_THOUSAND:.1f} %"
        counts = ", ".join(
            f"{len(evidence[side])} {side}" for side in ("for", "against", "missing")
        )
        text = f"{pathway['name']}: {percent} (evidence: {counts})."
        cites = [cite for pieces in evidence.values() for one in pieces for cite in cites_of(one)]
        yield _say(text, *(cites or [_at(document["entry"])]))


def _scope(document: Document) -> Iterator[Json]:
    scope = cast("Mapping[str, Sequence[Document]]", document["scope"])
    words = {
        "affirmed": "affirmed: it stands in the exhibits",
        "possible": "possible: the same way could have taken it",
        "excluded": "excluded by our own record",
    }
    for name, what in words.items():
        things = scope[name]
        cites = [cite for item in things for cite in cites_of(item)]
        yield _say(f"{len(things)} {what}.", *(cites or [_at(document["entry"])]))
    text = "What is in none of these sets was not looked at, and is not clean."
    yield _say(text, _at(document["entry"]))


def _persons(document: Document, items: Sequence[Document]) -> Iterator[Json]:
    persons = _rows(document, "persons")
    if not persons:
        yield _say("No copy is named, so nobody is looked for.", _at(document["entry"]))
    for person in persons:
        for side, word in (("grounds", "For"), ("doubts", "Against")):
            for sign in _rows(person, side):
                yield _say(f"{word} naming {person['id']}: {sign['text']}", *cites_of(sign))
        proposed = (
            "an accusation is proposed" if person["proposed"] else "no accusation is proposed"
        )
        text = f"{person['id']}: {person['tier']}; {proposed}."
        said = [
            _at(item["entry"])
            for item in items
            if item["kind"] in {"reply.recorded", "tier.signed"} and item["person"] == person["id"]
        ]
        yield _say(text, _at(document["entry"]), *said)
    yield _say(CEILING, _at(document["entry"]))


CLOSED_WORDS: Final = {
    "planned": "planned, not approved yet",
    "approved": "approved, not done yet",
    "done": "done, but the attack could not be tried again: it does not count as closed",
    "verified": "closed: the attack was tried again and was blocked",
    "still_open": "still open: the attack was tried again and succeeded",
    "instructed": "instructed, not verifiable by us: the path stays on the list of what is open",
    "undone": "undone",
}


def _closure(document: Document, actions: Sequence[Document]) -> Iterator[Json]:
    if not actions:
        yield _say("No action is planned.", _at(document["entry"]))
    for action in actions:
        entries = [
            _at(action[key])
            for key in ("entry", "done_entry", "verified_entry")
            if cast("int", action[key]) >= 0
        ]
        lost = len(cast("Sequence[Json]", action["collateral"]))
        text = (
            f"{action['text']} {CLOSED_WORDS[str(action['status'])].capitalize()}. "
            f"Collateral: {lost} standing rights; undo: {action['undo']}."
        )
        yield _say(text, *entries)
        if action["retry"]:
            yield _say(f"Tried again: {action['retry']}", *entries[-1:])


def _unseen(document: Document) -> Iterator[Json]:
    for one in _rows(document, "coverage"):
        share = cast("int", one["covered_ppm"]) // TEN_THOUSAND
        if not one["imported"]:
            text = f"No log of {one['name']} was imported."
        else:
            basis = "stated" if one["stated"] else "merely observed, from first to last row"
            text = (
                f"Logs of {one['name']} cover {share} % of the time from issue to post ({basis}); "
                f"{one['malformed_lines']} lines could not be read."
            )
        yield _say(text, *cites_of(one))
    for one in _rows(document, "unseen"):
        yield _say(f"In no log of ours: {one['text']!s}", _at(document["entry"]))


def _limits(document: Document) -> Iterator[Json]:
    for text in LIMITS:
        yield _say(text, _at(document["entry"]))
