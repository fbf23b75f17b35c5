"""A new epoch by two people: proposed by an operator, approved by somebody else who may approve.

The record cannot be opened when this is needed, so both acts look at the facts themselves
(`standing`), and what was proposed lies in a file of the home until it is approved. The file is
bound to this home by a key of its key service; the fact that begins the epoch names both people.
"""

import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from adyton.adapters import home_files
from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.threads import SystemThreads
from adyton.assembly import storage
from adyton.assembly.home import LOG_NAME, HomePaths
from adyton.assembly.standing import Standing, standing
from adyton.crypto.canonical import canonical_json
from adyton.crypto.epochlink import EpochLink, Reason, parse_link
from adyton.ledger.erasing import erased_keys
from adyton.ledger.renewing import renew, survey
from adyton.terms import Act, Malformed, Missing, Promise, Refused, Secret, Tampered

KEY_NAME = "adyton/new-epoch/v1"


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """The body keys of a subject and month that were destroyed."""

    subject: str
    month: str
    keys: tuple[str, ...]


class Erasures(msgspec.Struct, frozen=True, kw_only=True):
    """A list of them, as the command gives it."""

    erasures: tuple[Erasure, ...]


class _Waiting(msgspec.Struct, frozen=True, kw_only=True):
    proposal: str
    mac: str


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    by: str
    link: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is proposed, by whom."""

    link: EpochLink
    by: str


def proposal_file(paths: HomePaths) -> Path:
    """Where a proposal waits. Disposable."""
    return paths.state / "new-epoch.json"


def vkeys_file(paths: HomePaths) -> Path:
    """The log's verifier keys of the epoch to come, for witnesses' keepers. Disposable."""
    return paths.state / "new-epoch.vkeys"


def erasures_file(paths: HomePaths) -> Path:
    """Erasures that a restored record does not know yet; carried out when its epoch begins."""
    return paths.state / "erasures.json"


def propose(home: Path, key: Secret[str], *, reason: Reason) -> Proposal:
    """Say what a new epoch would continue and what is lost, and keep that as a proposal.

    Raises Refused unless the holder of `key` may administer, Conflict where somebody owns the
    home, Tampered where there is nothing whole to go on from.
    """
    paths = HomePaths.of(home)
    with standing(paths) as here:
        who = here.ask(here.rebuilt(), key, Act.ADMINISTER)
        made = Proposal(link=_survey(here, reason), by=who.person)
        text = _text(made)
        document = {"proposal": text.decode(), "mac": _mac(here, text)}
        home_files.write_private(proposal_file(paths), json.dumps(document).encode() + b"\n")
        return made


def approve(home: Path, key: Secret[str]) -> tuple[Proposal, Promise]:
    """Approve the proposal that waits, and begin the epoch.

    Raises Refused unless the holder of `key` may approve and is not the proposer, Missing where
    nothing is proposed, Tampered where things moved since, Unavailable where no quorum of witnesses
    knows the new origin: their keepers trust the keys in `vkeys_file`, then approve again.
    """
    paths = HomePaths.of(home)
    with standing(paths) as here:
        state = here.rebuilt()
        who = here.ask(state, key, Act.APPROVE)
        made = _waiting(here)
        if who.person == made.by:
            raise Refused("the proposer does not approve a new epoch", mend="ask somebody else")
        if here.check(state):  # what is committed next must stand on rows that facts explain
            here.replace(state)
        if made.link.reason is Reason.REKEYED:
            _make_keys(here, made.link.epoch)
        signers = storage.log_signers(paths, here.config, made.link.epoch)
        keys = "".join(f"{one.key}\n" for one in signers)
        home_files.write_private(vkeys_file(paths), keys.encode())
        promise = renew(
            made.link,
            by=(made.by, who.person),
            store=here.store,
            places=storage.HomePlaces(paths, here.config),
            body_keys=here.body_keys,
            witnesses=storage.HomeWitnesses(paths, here.config),
            clock=SystemClock(),
            entropy=SystemEntropy(),
            threads=SystemThreads(),
            projections=here.projections,
            log=LOG_NAME,
        )
        home_files.remove(proposal_file(paths))
        home_files.remove(vkeys_file(paths))
    _begin(paths)
    return made, promise


def described(made: Proposal) -> list[str]:
    """What two people decide on, in words."""
    link, before = made.link, made.link.before
    lines = [
        f"new epoch {link.epoch} ({link.reason.value}), proposed by {made.by}",
        f"continues epoch {before.epoch} at its checkpoint of {before.size} entries",
        f"of which {before.held} entries are held here",
    ]
    if before.held > before.size:
        lines.append(f"{before.held - before.size} of them no checkpoint covers: no proof of them")
    lines.append(
        f"origin {link.origin}: new to every witness; the local one trusts it with this,"
        " any other must be told by its keeper"
    )
    if link.lost is None:
        lines.append(
            "lost: nothing that head or witness know of; more may be, if they are new here"
        )
    else:
        gone = link.lost.end - link.lost.start
        lines.append(f"LOST: {gone} entries, {link.lost.start} to {link.lost.end - 1}")
        if link.lost.epochs:
            lines.append(f"LOST: {link.lost.epochs} whole epochs after epoch {before.epoch}")
    lines += [
        f"DISPUTED: somebody remembers another history of {one.size} entries"
        for one in link.disputed
    ]
    return lines


def _survey(here: Standing, reason: Reason) -> EpochLink:
    return survey(
        store=here.store,
        places=storage.HomePlaces(here.paths, here.config),
        memories=storage.HomeWitnesses(here.paths, here.config).memories(),
        reason=reason,
        log=LOG_NAME,
    )


def _text(made: Proposal) -> bytes:
    return canonical_json({"by": made.by, "link": made.link.to_public()})


def _mac(here: Standing, text: bytes) -> str:
    key = storage.open_kms(here.paths, here.config).named(KEY_NAME)
    return hmac.new(key.reveal(), text, "sha256").hexdigest()


def _waiting(here: Standing) -> Proposal:
    try:
        data = home_files.read_small(proposal_file(here.paths))
    except Missing as error:
        raise Missing(
            "no new epoch is proposed", mend="an operator runs: adyton ledger new-epoch"
        ) from error
    try:
        document = msgspec.json.decode(data, type=_Waiting)
        text = document.proposal.encode()
        content = msgspec.json.decode(text, type=_Content)
        made = Proposal(link=parse_link(content.link), by=content.by)
    except (msgspec.DecodeError, UnicodeEncodeError, Malformed) as error:
        raise Tampered("the proposal of a new epoch is not readable") from error
    if not hmac.compare_digest(_mac(here, text), document.mac):
        raise Tampered("the proposal of a new epoch was not made by this perimeter")
    return made


def _make_keys(here: Standing, epoch: int) -> None:
    """New log keys for the epoch; what an approval left half way serves again."""
    for name in (f"log-mldsa-{epoch}.key", f"log-{epoch}.key"):  # who finds the second has both
        path = here.paths.keys / name
        if not path.exists():
            seed = SystemEntropy().token(storage.SEED_BYTES).hex().encode()
            home_files.write_private(path, seed + b"\n")


def _begin(paths: HomePaths) -> None:
    """Open the record in its new epoch, carry out what was erased meanwhile, publish."""
    from adyton.assembly.perimeter import Perimeter  # noqa: PLC0415  (loads every part)

    with Perimeter.open(paths) as perimeter:
        known = set(erased_keys(perimeter.ledger.state))
        for one in read_erasures(erasures_file(paths)):
            if not known.issuperset(one.keys):
                perimeter.ledger.erase(one.subject, one.month, further=one.keys)
        perimeter.ledger.publish()
    home_files.remove(erasures_file(paths))


def read_erasures(path: Path) -> tuple[Erasure, ...]:
    """Erasures as `adyton ledger erasures --json` lists them; none where there is no file."""
    if not path.exists():
        return ()
    try:
        return msgspec.json.decode(home_files.read_small(path), type=Erasures).erasures
    except msgspec.DecodeError as error:
        raise Malformed(
            f"{path.name} is no list of erasures", mend="give adyton ledger erasures --json"
        ) from error
