"""A perimeter with every part in place."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from adyton import gateway, identity, incident, marks, policy, sweep, trace, vault, watch
from adyton.adapters import home_files
from adyton.adapters.bandit_scan import BanditScanner
from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.home_files import HomeLock
from adyton.adapters.jail import ChildJail
from adyton.adapters.localfs import LocalFiles
from adyton.adapters.places import LocalPlaces, temporary_folder
from adyton.adapters.shelf import LocalShelf
from adyton.assembly import storage
from adyton.assembly.config import Config
from adyton.assembly.config import Gateway as GatewayConfig
from adyton.assembly.config import Trace as TraceConfig
from adyton.assembly.containment import Hands, Tries
from adyton.assembly.counting import Counting
from adyton.assembly.heartbeat import Heart, refused_on_record
from adyton.assembly.home import HomePaths, Initialised
from adyton.assembly.models import Models
from adyton.assembly.questions import Questions
from adyton.assembly.reading import RecordReads
from adyton.assembly.recognition import Recognition
from adyton.assembly.refusals import OperationRefusals
from adyton.assembly.sessions import SessionCheck, SessionMasters
from adyton.assembly.year_turning import YearTurning
from adyton.identity import Identity, Principal
from adyton.ledger import Ledger, Projection, signs
from adyton.policy import Compartments, Entitlements, Gatekeeper, Locks, nothing_here
from adyton.policy.recipients import Recipients
from adyton.sweep import Place, PlaceKind, Sweeper, SweepResult
from adyton.terms import (
    Act,
    AssetId,
    AssetKind,
    AssetRef,
    Binding,
    CompartmentId,
    Employment,
    Entry,
    Malformed,
    Misconfigured,
    Missing,
    OrgKind,
    PersonId,
    Refused,
    Role,
    VersionId,
)
from adyton.vault import ReleaseSession, Vault

PROJECTIONS: Sequence[Projection] = (
    identity.project,
    policy.project,
    vault.project,
    marks.project,
    gateway.project,
    watch.project,
    sweep.project,
    trace.project,
    incident.project,
    signs.project,
)
PPB = 1_000_000_000
FIRST_KEY_DAYS = 30
DAY_S = 86_400
PAGE = 1000


class Perimeter:
    """Every part of one home, joined. Made by `Perimeter.open`; ended by `close`."""

    def __init__(self, *, paths: HomePaths, config: Config, ledger: Ledger) -> None:
        self.paths = paths
        self.config = config
        self.ledger = ledger
        self._at_end = ExitStack()
        self.clock = SystemClock()
        self.entropy = SystemEntropy()
        self.kms = storage.open_kms(paths, config)
        self.checksum_key = self.kms.named("adyton/key-checksum/v1")
        self.identity = Identity(
            ledger=ledger,
            clock=self.clock,
            entropy=self.entropy,
            checksum_key=self.checksum_key,
        )
        self.refusals = OperationRefusals(
            ledger=ledger,
            clock=self.clock,
            entropy=self.entropy,
            digest_key=self.kms.named("adyton/gateway-digests/v1"),
        )
        self.reads = RecordReads(ledger=ledger, clock=self.clock)
        self.compartments = Compartments(ledger=ledger, entropy=self.entropy)
        self.entitlements = Entitlements(ledger=ledger, clock=self.clock, entropy=self.entropy)
        self.locks = Locks(ledger=ledger, clock=self.clock, entropy=self.entropy)
        self.gatekeeper = Gatekeeper.shipped(state=ledger.state, clock=self.clock)
        self.recipients = Recipients.shipped(state=ledger.state, clock=self.clock)
        self.vault = Vault(
            shelf=LocalShelf(paths.vault),
            kms=self.kms,
            ledger=ledger,
            clock=self.clock,
            entropy=self.entropy,
            signer=storage.manifest_signer(paths, config),
            check=SessionCheck(state=ledger.state, recipients=self.recipients),
        )
        self.registry = marks.Registry(recorder=ledger, entropy=self.entropy)
        self.recognition = Recognition(
            ledger=ledger, identity=self.identity, secret=self.kms.named("adyton/prints/v1")
        )
        self.tracer = trace.Tracer(
            recorder=ledger,
            clock=self.clock,
            entropy=self.entropy,
            prints=self.recognition.index,
            masters=SessionMasters(self.vault),
            account=marks.EpsilonAccount(
                recorder=ledger, clock=self.clock, limits=limits_of(config.trace)
            ),
            limits=trace.TraceLimits(questions_per_hour=config.trace.questions_per_hour),
        )
        self.disclosures = trace.Disclosures(recorder=ledger)
        self.endpoints = gateway.Endpoints(ledger)
        self.models = Models(
            vault=self.vault, config=config, clock=self.clock, entropy=self.entropy
        )
        self.counting = Counting(ledger=ledger, models=self.models, clock=self.clock)
        self.gateway_limits = gateway_limits(config.gateway)
        self.gateway = gateway.Gateway(
            authenticate=self.identity.authenticate,
            gatekeeper=self.gatekeeper,
            state=ledger.state,
            clock=self.clock,
            entropy=self.entropy,
            digest_key=self.kms.named("adyton/gateway-digests/v1"),
            egress=self.recognition.egress,
            fingerprint=self.recognition.fingerprint,
            hosts=config.listen.hosts,
            limits=self.gateway_limits,
        )
        self.sources = incident.Sources(ledger=ledger, entropy=self.entropy)
        self.cases = incident.Cases(ledger=ledger, clock=self.clock, entropy=self.entropy)
        self.actions = incident.Actions(
            ledger=ledger,
            entropy=self.entropy,
            cases=self.cases,
            containment=Hands(
                state=ledger.state,
                locks=self.locks,
                identity=self.identity,
                entitlements=self.entitlements,
                vault=self.vault,
            ),
            retry=Tries(
                state=ledger.state,
                identity=self.identity,
                gatekeeper=self.gatekeeper,
                recipients=self.recipients,
                vault=self.vault,
            ),
        )
        self.questions = Questions(ledger=ledger, paths=paths)
        self.year_turning = YearTurning(ledger, self.clock)
        self.jail = ChildJail(clock=self.clock)
        self.scanner = BanditScanner(paths.scratch)
        self.heart = Heart(
            ledger=ledger,
            clock=self.clock,
            counters={
                "refused": lambda: refused_on_record(ledger.state),
                "reads": lambda: self.reads.calls,
                "sessions": lambda: len(self.vault.sessions()),
            },
        )
        self.proxy_url = ""  # set by `serve` once the proxy listens

    @classmethod
    def open(cls, paths: HomePaths) -> "Perimeter":
        """Own the home and open every part.

        Raises Misconfigured (no home), Conflict (somebody owns it), Tampered (the record does
        not hold; the message says what disagrees with what).
        """
        config = paths.read_config()
        with ExitStack() as opened:
            lock = HomeLock(paths.lock)
            lock.take()
            opened.callback(lock.free)
            home_files.make_folder(paths.scratch)
            body_keys = storage.open_body_keys(paths)
            opened.callback(body_keys.close)
            ledger = storage.open_ledger(
                paths, config, body_keys=body_keys, projections=PROJECTIONS
            )
            opened.callback(ledger.close)
            perimeter = cls(paths=paths, config=config, ledger=ledger)
            perimeter.heart.find_lost()
            perimeter.vault.end_earlier()
            perimeter.recognition.refresh()
            perimeter._at_end = opened.pop_all()
        return perimeter

    def __enter__(self) -> Self:
        """Opened already; for `with`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close("failed" if isinstance(error, Exception) else "closed")

    def close(self, reason: str = "closed") -> None:
        """End model servers and sessions, publish, give the home up."""
        with self._at_end:
            self.counting.end()
            self.models.stop_all()
            self.refusals.end()
            for session in self.vault.sessions():
                self.vault.close(session.session, reason="owner ended")
            self.reads.end()
            self.heart.stop(reason)

    def found(self, *, owner: str, operator: str) -> Initialised:
        """Record the owner organisation and its first operator; only in a new home."""
        org = self.identity.add_org(name=owner, kind=OrgKind.OWNER, country="", by=None)
        person = self.identity.add_person(
            name=operator,
            login="operator",
            org=org,
            employment=Employment.EMPLOYEE,
            roles=frozenset({Role.OPERATOR}),
            team="",
            by=None,
        )
        credential, key = self.identity.issue_credential(
            person,
            expires_at_s=self.now_s() + FIRST_KEY_DAYS * DAY_S,
            binding=Binding.NONE,
            by=None,
        )
        return Initialised(
            paths=self.paths,
            org=org,
            operator=person,
            credential=credential,
            key=key,
            vkey=self.ledger.vkey(),
        )

    def now_s(self) -> int:
        """Now, in epoch seconds."""
        return int(self.clock.now_s())

    def asset(self, name_or_id: str) -> AssetRef:
        """An asset by its id or name, with its current version. Raises Missing."""
        row = self.ledger.state.get("assets", name_or_id)
        key = name_or_id
        if row is None:
            named = (one for one in self.ledger.state.scan("assets") if one[1]["name"] == key)
            key, row = next(named, ("", None))
        if row is None:
            raise nothing_here()
        current = row.get("current")
        return AssetRef(
            asset=AssetId(key),
            kind=AssetKind(str(row["kind"])),
            compartment=CompartmentId(str(row["compartment"])),
            version=VersionId(str(current)) if current else None,
        )

    def all_entries(self, *kinds: str) -> Iterator[Entry]:
        """Every recorded fact in order, or those of the given types."""
        after = -1
        while page := self.ledger.entries(after=after, limit=PAGE):
            after = page[-1].index
            yield from (one for one in page if not kinds or one.type in kinds)

    def tree_file(self, path: str, *, epoch: int) -> bytes | None:
        """A file of a published tree; `publication` says whose and which. Raises Unavailable."""
        return LocalFiles(self.paths.tree(epoch)).read(path)

    def foreign_place(self, path: str) -> Path:
        """A place on this host that an operation may look into. Raises Malformed, Refused."""
        place = Path(path)
        if not place.is_absolute() or "\x00" in path:
            raise Malformed("a path on the owner's host is absolute", mend="write it from /")
        resolved = place.resolve()
        if any(resolved.is_relative_to(one) for one in self.paths.kept_apart(self.config)):
            raise Refused("that place belongs to the perimeter", mend="choose a place elsewhere")
        return resolved

    def check_person(self, person: PersonId) -> None:
        """Raise Missing unless a person or service with this id is here."""
        row = self.ledger.state.get("people", person)
        if row is None or row["ended_at"]:
            raise Missing("no such person", mend="check the id")

    def check_compartment(self, compartment: CompartmentId) -> None:
        """Raise Missing unless there is such a compartment."""
        if self.ledger.state.get("compartments", compartment) is None:
            raise Missing("no such compartment", mend="check the id")

    def open_session(self, asset: AssetRef, purpose: str) -> ReleaseSession:
        """A live session of the asset's current version for `purpose`. Raises Missing."""
        for session in self.vault.sessions():
            if session.version == asset.version and session.purpose == purpose:
                return self.vault.session(session.session)
        raise Missing(
            f"the version is not open to {purpose}",
            mend="request it, have it approved, open it, while adyton serve runs",
        )

    def purpose_of(self, who: Principal, act: Act, asset: AssetRef) -> str:
        """The purpose of the caller's own entitlement for an act; "" where there is none."""
        return self.held(who, act, asset) or ""

    def held(self, who: Principal, act: Act, asset: AssetRef) -> str | None:
        """The purpose of a live entitlement of the caller to an act with an asset, or None."""
        now_s = self.now_s()
        for _, row in self.ledger.state.by_index("entitlements", who.person):
            live = not row["revoked_at"] and now_s < int(str(row["until"]))
            fits = row["asset"] in {"", asset.asset} and row["compartment"] == asset.compartment
            if live and fits and row["act"] == act.value:
                return str(row["purpose"])
        return None

    def sweep(self, paths: Sequence[Path], *, own: bool) -> SweepResult:
        """Look for strays in folders, and with `own` in our home and temporary folders."""
        places = [Place(kind=PlaceKind.FOLDER, path=str(one)) for one in paths]
        if own:
            places += [
                Place(kind=PlaceKind.HOME, path=str(self.paths.root)),
                Place(kind=PlaceKind.TEMPORARY, path=str(self.paths.scratch)),
                Place(kind=PlaceKind.FOLDER, path=temporary_folder()),
            ]
        sweeper = Sweeper(
            LocalPlaces(),
            self.recognition.index,
            find_keys=self.identity.find_keys,
            clock=self.clock,
            open_files=lambda files: self.jail.open(files, salt=self.entropy.token(16)),
        )
        result = sweeper.sweep(places)
        sweep.record(self.ledger, result, entropy=self.entropy)
        return result

    def review_asset(self, who: Principal) -> AssetRef:
        """An asset that the caller is entitled to review with. Raises Missing."""
        for key, _ in self.ledger.state.scan("assets"):
            asset = self.asset(key)
            if self.held(who, Act.REVIEW, asset) is not None:
                return asset
        raise nothing_here()

    def verify_record(
        self, *, kept: Mapping[str, bytes] = MappingProxyType({})
    ) -> tuple[int, tuple[str, ...]]:
        """How many entries the record holds, and every problem, also beside `kept` checkpoints."""
        return storage.verify_record(self.ledger, kept=kept)


def limits_of(trace_config: TraceConfig) -> marks.EpsilonLimits:
    """The three budgets of error probability. Raises Misconfigured."""
    parts = [trace_config.epsilon_finding, trace_config.epsilon_case, trace_config.epsilon_year]
    try:
        finding, case, year = (int(Fraction(one) * PPB) for one in parts)
    except (ValueError, ZeroDivisionError) as error:
        raise Misconfigured(
            "config.toml: trace.epsilon_*: a fraction is needed", mend="write it like 1/1000"
        ) from error
    return marks.EpsilonLimits(finding_ppb=finding, case_ppb=case, year_ppb=year)


def gateway_limits(settings: GatewayConfig) -> gateway.Limits:
    """The gateway's limits as configured."""
    return gateway.Limits(
        body_bytes=settings.max_request_bytes,
        block_bytes=settings.hold_bytes,
        block_s=settings.hold_ms / 1000,
        requests_per_day=settings.requests_per_day,
        bytes_per_day=settings.egress_bytes_per_day,
    )
