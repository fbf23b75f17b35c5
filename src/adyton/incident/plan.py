"""What to do, computed from the likeliest ways out: the smallest set of actions that closes each.

Every action says what it costs whom (dry run, from current state), how it is undone or that it
cannot be, and whether it is within our reach. What is not ours is an instruction: its path stays
on the list of what is left open, until its owner shows otherwise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adyton.incident.pathways import PathwayRanked
from adyton.incident.records import Cite, CopyHeld, Dossier, cited
from adyton.terms import Json, State

ACT_PPM: Final = 200_000
"""Pathways from here on are closed, and the likeliest one in any case."""
SECRETS: Final = frozenset({"credential", "config", "endpoint", "prompt", "source"})
OURS: Final = "ours"
INSTRUCTED: Final = "instructed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One action of a plan. `kind` and `target` say what is done, `closes` which pathway it stops.

    `reach` is `ours` or `instructed`; `affects` the person whose access ends, if there is one;
    `collateral` who loses what, in ids; `undo` how, or "cannot be undone".
    """

    kind: str
    target_kind: str
    target: str
    reach: str
    closes: str
    text: str
    undo: str
    affects: str = ""
    collateral: tuple[Mapping[str, Json], ...] = ()
    cites: tuple[Cite, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """The action as it stands in reports and in its fact."""
        return {
            "kind": self.kind,
            "target_kind": self.target_kind,
            "target": self.target,
            "reach": self.reach,
            "closes": self.closes,
            "text": self.text,
            "undo": self.undo,
            "affects": self.affects,
            "collateral": list(self.collateral),
            **cited(self.cites),
        }


def plan_actions(
    dossier: Dossier, ranked: Sequence[PathwayRanked], state: State
) -> tuple[Planned, ...]:
    """The actions for the leading pathways, each once, the likeliest pathway's first."""
    if not dossier.suspects:
        return ()
    leading = [one for one in ranked if one.ppm >= ACT_PPM] or [ranked[0]]
    actions: dict[tuple[str, str], Planned] = {}
    for pathway in leading:
        for copy in dossier.suspects:
            for action in _actions(pathway.id, copy, dossier, state):
                actions.setdefault((action.kind, action.target), action)
    for copy in dossier.suspects:
        for action in _rotation(copy, state):
            actions.setdefault((action.kind, action.target), action)
    return tuple(actions.values())


def _actions(pathway: str, copy: CopyHeld, dossier: Dossier, state: State) -> Iterator[Planned]:
    match pathway:
        case "compromised_account":
            yield from _end_credentials(copy, state)
            yield _instruct(
                "idp", copy, pathway, "End all sessions of the login and renew its second factor."
            )
        case "contractor":
            yield _lock("person", copy.recipient, copy, pathway, state)
            yield _instruct(
                "org",
                copy,
                pathway,
                "Secure the devices and shares on which the copy lay.",
                target=_org(dossier, copy),
            )
        case "misconfigured_storage":
            text = "Make the place private, end its links, and keep its access log."
            yield _instruct("place", copy, pathway, text)
        case "forwarded_archive":
            # Nothing of ours hands an issued archive out again, so no lock of ours closes this way.
            text = "Recall the archive and say to whom it was passed on; send no other until then."
            yield _instruct("org", copy, pathway, text, target=_org(dossier, copy))
        case "third_party_logging":
            yield _lock("person", copy.recipient, copy, pathway, state)
            text = "Delete what was logged, and hand over who could read it."
            yield _instruct("org", copy, pathway, text, target=_org(dossier, copy))
        case "broad_permissions":
            yield from _end_rights(copy, dossier)
        case _:
            yield from _hold_still(copy, state)


def _org(dossier: Dossier, copy: CopyHeld) -> str:
    holder = dossier.holders.get(copy.recipient)
    return holder.org if holder else copy.recipient


def _lock(kind: str, target: str, copy: CopyHeld, pathway: str, state: State) -> Planned:
    text = {
        "person": "Lock the recipient: every use of theirs ends at once.",
        "version": "Lock the version: no more of it is issued or opened until the way is known.",
        "asset": "Lock the asset: no more answers are given from it until the way is known.",
    }[kind]
    affects = copy.recipient if kind == "person" else ""
    return Planned(
        kind="lock",
        target_kind=kind,
        target=target,
        reach=OURS,
        closes=pathway,
        text=text,
        undo="lift the lock",
        affects=affects,
        collateral=tuple(_loses(kind, target, copy, state)),
        cites=(Cite(entry=copy.entry),),
    )


def _loses(kind: str, target: str, copy: CopyHeld, state: State) -> Iterator[Mapping[str, Json]]:
    """Dry run: the standing rights that a lock puts out of use."""
    for key, row in state.scan("entitlements"):
        if row.get("revoked_at"):
            continue
        if kind == "person":
            hit = row["person"] == target
        else:
            hit = row["compartment"] == copy.compartment and row.get("asset", "") in {
                "",
                copy.asset,
            }
        if hit:
            yield {"person": row["person"], "loses": row["act"], "entitlement": key}


def _end_credentials(copy: CopyHeld, state: State) -> Iterator[Planned]:
    for key, row in state.by_index("credentials", copy.recipient):
        if row.get("revoked_at"):
            continue
        yield Planned(
            kind="revoke_credential",
            target_kind="credential",
            target=key,
            reach=OURS,
            closes="compromised_account",
            text="End the credential that may be in other hands.",
            undo="cannot be undone; issue a new credential once the person is known again",
            affects=copy.recipient,
            collateral=({"person": copy.recipient, "loses": "sign-in", "credential": key},),
            cites=(Cite(entry=copy.entry),),
        )


def _end_rights(copy: CopyHeld, dossier: Dossier) -> Iterator[Planned]:
    for right in dossier.rights:
        ends = right.person == copy.recipient and right.compartment == copy.compartment
        if not ends or not right.broad or not right.holds_at(dossier.now_s):
            continue
        yield Planned(
            kind="revoke_entitlement",
            target_kind="entitlement",
            target=right.entitlement,
            reach=OURS,
            closes="broad_permissions",
            text="End the broad right; grant a narrow one if the work needs it.",
            undo="grant it again",
            affects=copy.recipient,
            collateral=({"person": copy.recipient, "loses": right.act},),
            cites=(Cite(entry=right.entry),),
        )


def _hold_still(copy: CopyHeld, state: State) -> Iterator[Planned]:
    """The way out is not known: nothing more of it leaves until it is."""
    if copy.version is not None:
        yield _lock("version", copy.version, copy, "unknown", state)
    else:
        yield _lock("asset", copy.asset, copy, "unknown", state)


def _instruct(
    target_kind: str, copy: CopyHeld, pathway: str, text: str, *, target: str = ""
) -> Planned:
    return Planned(
        kind=f"instruct_{target_kind}",
        target_kind=target_kind,
        target=target or copy.copy,
        reach=INSTRUCTED,
        closes=pathway,
        text=text,
        undo="nothing of ours changes",
        cites=(Cite(entry=copy.entry),),
    )


def _rotation(copy: CopyHeld, state: State) -> Iterator[Planned]:
    """What was exposed may hold secrets that still open something."""
    asset = state.get("assets", copy.asset) or {}
    if asset.get("kind") in SECRETS:
        text = "Renew every secret and address that stands in the exposed content."
        yield _instruct("owner", copy, "exposed_secrets", text, target=copy.asset)
