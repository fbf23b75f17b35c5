"""All witnesses of one log: who is asked, what they answered, whether they are a quorum.

Each is asked by itself, all at once: one that is slow, dead or lying takes nothing from the
others' answers. Who did not answer lately is asked again only after a pause, or at once where
the others are no quorum. Who let us wait is not asked again for some seconds even then: whoever
needs it fails at once, and one try after those seconds tells whether it is back. One alone that
knows another history, or forgot, stops the log (Tampered): whatever the quorum, two histories are
two.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from adyton.crypto.checkpoints import parse_checkpoint
from adyton.crypto.notes import Signature, VerifierKey, parse_note
from adyton.crypto.tlogpolicy import TlogPolicy, parse_policy, render_policy
from adyton.ledger.ports import EpochPlaces, Witness
from adyton.ledger.witness import (
    CONFLICT,
    NOT_FOUND,
    OK,
    LocalWitness,
    WitnessRequest,
    ask_witness,
)
from adyton.terms.errors import AdytonError, Misconfigured, Tampered, Unavailable
from adyton.terms.ports import Clock

THIS_HOST = "this host"
PAUSE_S = 30.0
SLOW_S = 1.0  # who took so long and failed hangs
REST_S = 5.0  # for so long nobody waits for it again
ASK_S = 5.0  # after so long no further request of one ask is begun
LOCAL = "local"
Together = Callable[[Sequence[Callable[[], None]]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A witness, the names of its keys in the policy, and where it stands (for people).

    `machine`: what else stands at the same address bears the same; "" for one that is alone.
    """

    witness: Witness
    names: tuple[str, ...]
    where: str
    machine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessState:
    """What we know of a witness. `size` is what it cosigned last, as far as we saw.

    `answered_at_s` is 0 where it never cosigned while this process ran; `error` is why it did not
    the last time it was asked.
    """

    names: tuple[str, ...]
    where: str
    size: int = 0
    answered_at_s: int = 0
    error: str = ""


class _Member:
    """One witness with what we remember of it."""

    def __init__(self, asked: Asked, keys: tuple[VerifierKey, ...]) -> None:
        self.asked = asked
        self.keys = keys
        self.size = 0
        self.answered_at_s = 0
        self.error = ""
        self.again_at_s = 0.0
        self.rests_until_s = 0.0

    def ask(
        self,
        checkpoint: bytes,
        size: int,
        prove: Callable[[int], list[bytes]],
        in_time: Callable[[], bool],
    ) -> Mapping[VerifierKey, Signature]:
        lines = ask_witness(
            self.asked.witness,
            self.keys,
            checkpoint,
            size,
            prove,
            old=min(self.size, size),
            in_time=in_time,
        )
        by = {(key.name, key.key_id): key for key in self.keys}
        return {by[one.name, one.key_id]: one for one in lines}

    def answered(self, size: int, *, at_s: int) -> None:
        self.size, self.answered_at_s, self.error = size, at_s, ""
        self.again_at_s = self.rests_until_s = 0.0

    def failed(self, error: AdytonError, *, begun_s: float, now_s: float) -> None:
        self.error, self.again_at_s = error.message, now_s + PAUSE_S
        self.rests_until_s = now_s + REST_S if now_s - begun_s >= SLOW_S else 0.0

    def state(self) -> WitnessState:
        return WitnessState(
            names=self.asked.names,
            where=self.asked.where,
            size=self.size,
            answered_at_s=self.answered_at_s,
            error=self.error,
        )


class Memories:
    """What the witnesses remember of a log's trees, whatever keys sign them.

    Each is asked once about an origin, and no more once it did not answer.
    """

    def __init__(
        self, asked: Sequence[Asked], *, keys: Mapping[str, VerifierKey], together: Together
    ) -> None:
        """`keys` by the names that stand in `asked`."""
        self._asked = tuple(asked)
        self._keys = keys
        self._together = together
        self._silent: set[tuple[str, ...]] = set()
        self._found: dict[str, Mapping[tuple[str, ...], bytes | None]] = {}

    def of(self, origin: str) -> Mapping[tuple[str, ...], bytes | None]:
        """The last checkpoint of each, by its names; who cannot be asked is left out."""
        if origin not in self._found:
            found: dict[tuple[str, ...], bytes | None] = {}

            def ask(one: Asked) -> None:
                try:
                    found[one.names] = one.witness.latest(origin)
                except Unavailable:
                    self._silent.add(one.names)

            heard = [one for one in self._asked if one.names not in self._silent]
            self._together([partial(ask, one) for one in heard])
            self._found[origin] = found
        return self._found[origin]

    def kept(self, origin: str) -> Mapping[str, bytes]:
        """The last checkpoint of each that has one, by what it is called in messages."""
        kept = self.of(origin)
        return {whose(names): note for names, note in kept.items() if note is not None}

    def keys(self, names: Sequence[str]) -> tuple[VerifierKey, ...]:
        """The keys of a witness."""
        return tuple(self._keys[name] for name in names)


class WitnessesOf(Protocol):
    """The witnesses of each epoch of a log: those of one have a policy with its keys."""

    def epoch(self, epoch: int) -> "Witnesses":
        """The witnesses of an epoch. Raises Misconfigured where a key of it is gone."""

    def memories(self) -> Memories:
        """What they remember, of any epoch; asked anew."""


class Witnesses:
    """The witnesses of one tree under a policy. The caller lets one thread in at a time."""

    def __init__(
        self, *, policy: TlogPolicy, asked: Sequence[Asked], clock: Clock, together: Together
    ) -> None:
        """Raises Misconfigured for a policy that names others than those asked, or asks nobody."""
        named = [name for one in asked for name in one.names]
        if not policy.tree.root or sorted(named) != sorted(policy.witnesses):
            raise Misconfigured(
                "the quorum asks for no witness, or for others than there are",
                mend="see [ledger] quorum and [witnesses.NAME] in docs/operate/settings.md",
            )
        self.policy = policy
        self.lost: bool | None = None  # whether those who answered last were no quorum
        self._clock = clock
        self._together = together
        self._reached_at_s: float | None = None
        self._members = [
            _Member(one, tuple(policy.witnesses[name] for name in one.names)) for one in asked
        ]

    @classmethod
    def only(
        cls, witness: LocalWitness, *, log: Sequence[VerifierKey], clock: Clock
    ) -> "Witnesses":
        """One local witness, which alone is the quorum."""
        (key,) = witness.keys()
        text = render_policy(logs=log, witnesses={LOCAL: key}, urls={}, quorum=f"quorum {LOCAL}")
        return cls(
            policy=parse_policy(text),
            asked=(Asked(witness=witness, names=(LOCAL,), where=THIS_HOST),),
            clock=clock,
            together=_in_turn,
        )

    @property
    def trusted(self) -> tuple[VerifierKey, ...]:
        """Every key that may sign besides the log's first: its further keys, the witnesses'."""
        return (*self.policy.logs[1:], *self.policy.witnesses.values())

    def log_vkeys(self) -> tuple[str, ...]:
        """All verifier keys of the log; whoever has them all demands the signature of each."""
        return tuple(str(key) for key in self.policy.logs)

    def vkeys(self) -> tuple[str, ...]:
        """The verifier keys of the witnesses."""
        return tuple(str(key) for key in self.policy.witnesses.values())

    def local_suffices(self) -> bool:
        """Whether the witness on our own host alone is a quorum."""
        return self.policy.tree.satisfied((LOCAL,))

    def sufficient(self) -> tuple[str, ...]:
        """The machines each of which is a quorum by itself, whatever the others say."""
        keys: dict[str, list[str]] = {}
        for one in self._members:
            keys.setdefault(one.asked.machine or one.asked.where, []).extend(one.asked.names)
        return tuple(name for name, held in keys.items() if self.policy.tree.satisfied(held))

    def states(self) -> tuple[WitnessState, ...]:
        """What we know of each."""
        return tuple(one.state() for one in self._members)

    def reached_within(self, seconds: float) -> bool:
        """Whether a quorum answered us in the last so many seconds."""
        return (
            not self.lost
            and self._reached_at_s is not None
            and self._clock.monotonic_s() - self._reached_at_s < seconds
        )

    def memories(self) -> Memories:
        """What each remembers, asked anew."""
        return Memories(
            [one.asked for one in self._members],
            keys=self.policy.witnesses,
            together=self._together,
        )

    def start(self, *, seen: Mapping[tuple[str, ...], int], cosigned: Mapping[str, int]) -> None:
        """Take over, at the start, the sizes that they showed us or had cosigned for us."""
        for member in self._members:
            sizes = [cosigned.get(name, 0) for name in member.asked.names]
            member.size = seen.get(member.asked.names, max(sizes))

    def quorum_size(self) -> int:
        """The largest size up to which a quorum has cosigned, as far as they showed us."""
        sizes = sorted({one.size for one in self._members}, reverse=True)
        for size in sizes:
            keys = [key for one in self._members if one.size >= size for key in one.keys]
            if self.policy.satisfied(keys):
                return size
        return 0

    def cosign(
        self,
        checkpoint: bytes,
        prove: Callable[[int], list[bytes]],
        *,
        having: Sequence[VerifierKey] = (),
    ) -> tuple[Signature, ...]:
        """Cosignatures by those that did not sign already (`having`).

        `lost` says afterwards whether a quorum lacks. Raises Tampered.
        """
        size = parse_checkpoint(parse_note(checkpoint).text).size
        lines: dict[VerifierKey, Signature] = {}
        alarms: list[Tampered] = []

        def ask(member: _Member) -> None:
            begun_s = self._clock.monotonic_s()
            try:
                answered = member.ask(
                    checkpoint, size, prove, lambda: self._clock.monotonic_s() - begun_s < ASK_S
                )
            except AdytonError as error:
                if isinstance(error, Tampered):
                    alarms.append(error)
                member.failed(error, begun_s=begun_s, now_s=self._clock.monotonic_s())
            else:
                member.answered(size, at_s=int(self._clock.now_s()))
                lines.update(answered)

        first, then = self._whom(having)
        self._together([partial(ask, one) for one in first])
        if not alarms and not self.policy.satisfied((*having, *lines)):
            self._together([partial(ask, one) for one in then])
        if alarms:
            self.lost = True  # nothing more will be signed, so nothing more is cosigned
            raise alarms[0]
        self.lost = not self.policy.satisfied((*having, *lines))
        if self.policy.satisfied(lines):
            self._reached_at_s = self._clock.monotonic_s()
        return tuple(lines[key] for key in self.policy.witnesses.values() if key in lines)

    def _whom(self, having: Sequence[VerifierKey]) -> tuple[list[_Member], list[_Member]]:
        """Who is asked now, and who only if these are no quorum; those that hang are neither."""
        now_s = self._clock.monotonic_s()
        wanting = [
            one
            for one in self._members
            if not set(one.keys) <= set(having) and one.rests_until_s <= now_s
        ]
        awake = [one for one in wanting if one.again_at_s <= now_s]
        keys = [key for one in awake for key in one.keys]
        if not self.policy.satisfied((*having, *keys)):
            return wanting, []
        return awake, [one for one in wanting if one not in awake]

    def introduce(self, origin: str, checkpoint: bytes) -> None:
        """Have them cosign the empty tree of an origin that is to come; `checkpoint` is of that.

        Raises Unavailable unless a quorum knows the origin then. Trust in it is given by each
        witness's keeper; nothing here gives it.
        """
        known: list[VerifierKey] = []
        refused: list[str] = []

        def ask(member: _Member) -> None:
            what = _refusal(member.asked.witness, checkpoint)
            if what:
                refused.append(f"{whose(member.asked.names)} {what}")
            else:
                known.extend(member.keys)

        self._together([partial(ask, one) for one in self._members])
        if not self.policy.satisfied(known):
            raise Unavailable(
                f"no quorum of witnesses knows {origin}: {'; '.join(sorted(refused))}",
                mend="their keepers trust it first: adyton ledger vkey --next gives the keys",
            )

    def lacking(self) -> str:
        """Who did not answer and why, in one line for people."""
        failed = [f"{one.asked.names[0]}: {one.error}" for one in self._members if one.error]
        return "; ".join(failed) or "no witness answered"


class OnlyLocal:
    """`WitnessesOf` with one local witness, which alone is the quorum of every epoch."""

    def __init__(self, witness: LocalWitness, places: EpochPlaces, clock: Clock) -> None:
        self._witness = witness
        self._places = places
        self._clock = clock

    def epoch(self, epoch: int) -> Witnesses:
        """Under the log's keys of an epoch."""
        keys = tuple(one.key for one in self._places.signers(epoch))
        return Witnesses.only(self._witness, log=keys, clock=self._clock)

    def memories(self) -> Memories:
        """What it remembers."""
        (key,) = self._witness.keys()
        asked = Asked(witness=self._witness, names=(LOCAL,), where=THIS_HOST)
        return Memories((asked,), keys={LOCAL: key}, together=_in_turn)


def _refusal(witness: Witness, checkpoint: bytes) -> str:
    """Why a witness does not cosign the empty tree of an origin; "" if it does, again or not."""
    request = WitnessRequest(old=0, proof=(), checkpoint=checkpoint).to_bytes()
    try:
        status = witness.add_checkpoint(request).status
    except AdytonError as error:
        return f"did not answer ({error.message})"
    if status in {NOT_FOUND, CONFLICT}:
        return "does not know it" if status == NOT_FOUND else "remembers entries of it"
    return "" if status == OK else f"refused it (status {status})"


def _in_turn(tasks: Sequence[Callable[[], None]]) -> None:
    for task in tasks:
        task()


def whose(names: Sequence[str]) -> str:
    """How a witness is called in messages."""
    return "the witness" if tuple(names) == (LOCAL,) else f"the witness {names[0]}"
