"""Ordinary traffic: what a week looks like in the two logs that are not ours.

Rows are dicts in the published form of each log (docs/drills.md). Everybody has habits; some
things look odd and mean nothing (`confounders`).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adyton.drill.dice import Dice
from adyton.drill.world import CUSTODIAN, LOGGER, STORE, Handout, Person, World

LogRow = dict[str, object]
DAY_S = 86_400
WEEK_DAYS = 7
SHIFT_S = 5 * 3_600  # how far from the usual hour a day's work reaches
REFRESHES = (2, 4)
READS = (2, 6)
HEAVY_READS = 140
SCANS = 40
PUBLIC_READS = 60
SPRAYED = 12
OK, FORBIDDEN, NOT_FOUND = 200, 403, 404
NOBODY = "anonymous"
PUBLIC_BUCKET = "public-site"
FAR_COUNTRIES = ("BR", "ZA", "IN", "MX", "PL", "TR", "EG", "PH")
FAR_NETWORK = "100.64."
SCANNER_AGENT = "perimeter-check/2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A copy as its recipient holds it. `issued_at_s` is the perimeter's own time of issue."""

    handout: Handout
    copy: str
    text: str
    issued_at_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the logs are about: the world, the copies that were really issued, and the time.

    `started_s` is when the first copy was issued, `now_s` when the post is written: every trace
    of a leak lies between the issue of its copy and `now_s`.
    """

    world: World
    issued: Mapping[str, Issued]
    started_s: int
    now_s: int

    def of_kind(self, **wanted: str) -> list[Issued]:
        """The issued copies whose hand-out is as wanted."""
        return [self.issued[one.handle] for one in self.world.handed(**wanted)]

    def after(self, issued: Issued, dice: Dice, *, count: int) -> list[int]:
        """`count` times between the issue of the copy and now, in order."""
        first = min(issued.issued_at_s + 1, self.now_s - 1)
        last = max(first, self.now_s - 1)
        return sorted(dice.between(first, last) for _ in range(count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Rows for the two logs."""

    idp: Sequence[LogRow] = ()
    store: Sequence[LogRow] = ()

    def __add__(self, other: "Traces") -> "Traces":
        return Traces(idp=[*self.idp, *other.idp], store=[*self.store, *other.store])


def moment(time_s: int) -> str:
    """A time as the logs write it."""
    return dt.datetime.fromtimestamp(time_s, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign_in(who: Person, time_s: int, event: str = "signin", **other: object) -> LogRow:
    """A row of the identity provider's log, with the person's habits where nothing else is said."""
    habits: LogRow = {
        "ip": who.ip,
        "asn": who.asn,
        "country": who.country,
        "device_id": who.device,
        "mfa": who.mfa,
        "user_agent": who.user_agent,
    }
    return {"time": moment(time_s), "event": event, "user": who.login} | habits | other


def access(
    requester: str, op: str, place: str, *, time_s: int, ip: str, status: int = OK, **other: object
) -> LogRow:
    """A row of the object store's log. `place` is `bucket/key`."""
    bucket, _, key = place.partition("/")
    row: LogRow = {
        "time": moment(time_s),
        "op": op,
        "requester": requester,
        "bucket": bucket,
        "key": key,
        "status": status,
        "bytes": 0,
        "remote_ip": ip,
    }
    return row | other


def ordinary(scene: Scene, dice: Dice) -> Traces:
    """The week before and the hour itself, with everything odd that means nothing."""
    idp = [*week_of_sign_ins(scene, dice.fork("idp"))]
    store = [*week_of_reads(scene, dice.fork("store")), *laid_in_store(scene)]
    return Traces(idp=idp, store=store) + confounders(scene, dice.fork("odd"))


def days(scene: Scene, dice: Dice) -> Iterator[int]:
    """One working moment on each day of the week before."""
    for day in range(WEEK_DAYS, 0, -1):
        yield scene.started_s - day * DAY_S + dice.between(-SHIFT_S, SHIFT_S)


def week_of_sign_ins(scene: Scene, dice: Dice) -> Iterator[LogRow]:
    """Everybody signs in each day from where they always do; so they did within the last hour."""
    for who in scene.world.people:
        if who.login == STORE:
            continue
        for time_s in days(scene, dice):
            yield sign_in(who, time_s)
            for at in range(dice.between(*REFRESHES)):
                yield sign_in(who, time_s + (at + 1) * 3_600, "token_refresh")
        last = scene.started_s - dice.between(300, 3_000)
        yield sign_in(who, last)
        yield sign_in(who, dice.between(scene.started_s, scene.now_s - 1), "token_refresh")


def week_of_reads(scene: Scene, dice: Dice) -> Iterator[LogRow]:
    """Team notes are read and written; nobody's copy is among them."""
    bucket = scene.world.bucket
    for who in scene.world.people:
        for time_s in days(scene, dice):
            yield access(who.login, "LIST", f"{bucket}/notes/", time_s=time_s, ip=who.ip)
            for at in range(dice.between(*READS)):
                place = f"{bucket}/notes/week-{dice.between(1, 52)}.md"
                op = "PUT" if dice.percent(15) else "GET"
                size = dice.between(800, 9_000)
                yield access(
                    who.login, op, place, time_s=time_s + 60 * (at + 1), ip=who.ip, bytes=size
                )


def laid_in_store(scene: Scene) -> Iterator[LogRow]:
    """Copies by channel `store` and `telemetry` are written; recipients fetch store copies."""
    custodian = scene.world.person(CUSTODIAN)
    for one in scene.issued.values():
        writer = custodian if one.handout.channel == "store" else scene.world.person(LOGGER)
        if one.handout.channel not in {"store", "telemetry"}:
            continue
        size = len(one.text.encode())
        yield access(
            writer.login,
            "PUT",
            one.handout.place,
            time_s=one.issued_at_s,
            ip=writer.ip,
            bytes=size,
            acl="private",
        )
        if one.handout.channel == "store":
            reader = scene.world.person(one.handout.login)
            fetched = min(one.issued_at_s + 2, scene.now_s - 1)
            yield access(
                reader.login,
                "GET",
                one.handout.place,
                time_s=fetched,
                ip=reader.ip,
                bytes=size,
            )


def confounders(scene: Scene, dice: Dice) -> Traces:
    """What makes the lazy answer wrong."""
    return (
        heavy_reader(scene, dice)
        + traveller(scene, dice)
        + scanner(scene, dice)
        + public_reads(scene, dice)
        + sprayed_password(scene, dice)
    )


def readers(scene: Scene) -> list[Person]:
    """The people who are given papers, by login."""
    logins = sorted({one.login for one in scene.world.handouts})
    return [who for who in map(scene.world.person, logins) if who.human]


def heavy_reader(scene: Scene, dice: Dice) -> Traces:
    """Somebody reads a hundred notes a day, as every week."""
    who = dice.pick(readers(scene))
    rows = [
        access(
            who.login,
            "GET",
            f"{scene.world.bucket}/notes/week-{dice.between(1, 52)}.md",
            time_s=scene.started_s - dice.between(600, WEEK_DAYS * DAY_S),
            ip=who.ip,
            bytes=dice.between(800, 9_000),
        )
        for _ in range(HEAVY_READS)
    ]
    return Traces(store=rows)


def traveller(scene: Scene, dice: Dice) -> Traces:
    """Somebody signs in from abroad, with the passkey on the device that they always use."""
    who = dice.pick([one for one in readers(scene) if one.mfa == "passkey"] or readers(scene))
    away = {
        "country": dice.pick([land for land in FAR_COUNTRIES if land != who.country]),
        "asn": 64499,
        "ip": f"{FAR_NETWORK}{dice.between(1, 60)}.{dice.between(1, 250)}",
        "mfa": "passkey",
    }
    times = [
        scene.started_s - dice.between(1, 30) * 3_600,
        dice.between(scene.started_s, scene.now_s - 1),
    ]
    return Traces(idp=[sign_in(who, time_s, "signin", **away) for time_s in sorted(times)])


def scanner(scene: Scene, dice: Dice) -> Traces:
    """Our own security scanner knocks at every object without a credential and is turned away."""
    ip = f"198.51.100.{dice.between(2, 9)}"
    places = [one.handout.place for one in scene.issued.values() if "/" in one.handout.place]
    places += [f"{scene.world.bucket}/notes/week-{dice.between(1, 52)}.md" for _ in range(SCANS)]
    rows = [
        access(
            NOBODY,
            "GET",
            place,
            time_s=dice.between(scene.started_s, scene.now_s - 1),
            ip=ip,
            status=FORBIDDEN,
        )
        for place in places
    ]
    return Traces(store=rows)


def public_reads(scene: Scene, dice: Dice) -> Traces:
    """Anonymous visitors read the public site, over a link made for it."""
    custodian = scene.world.person(CUSTODIAN)
    brochure = f"{PUBLIC_BUCKET}/brochure-{dice.between(1, 9)}.html"
    made = scene.started_s - 3 * DAY_S
    rows = [
        access(
            custodian.login, "PUT_ACL", brochure, time_s=made, ip=custodian.ip, acl="public-read"
        )
    ]
    rows += [
        access(
            NOBODY,
            "GET",
            dice.pick((brochure, f"{PUBLIC_BUCKET}/index.html")),
            time_s=dice.between(made + 60, scene.now_s - 1),
            ip=f"100.65.{dice.between(1, 250)}.{dice.between(1, 250)}",
            status=dice.pick((OK, OK, OK, NOT_FOUND)),
            bytes=dice.between(900, 4_000),
        )
        for _ in range(PUBLIC_READS)
    ]
    return Traces(store=rows)


def sprayed_password(scene: Scene, dice: Dice) -> Traces:
    """Somebody abroad tries passwords on everybody; none is right. Some people mistype theirs."""
    strange = {
        "country": dice.pick(FAR_COUNTRIES),
        "asn": 64500,
        "ip": f"100.66.{dice.between(1, 250)}.{dice.between(1, 250)}",
        "device_id": f"dev-{dice.hexadecimal(10)}",
        "mfa": "none",
        "user_agent": "python-client/1",
    }
    humans = [who for who in scene.world.people if who.human]
    begin = scene.started_s - dice.between(2, 60) * 3_600
    rows = [
        sign_in(dice.pick(humans), begin + 5 * at, "signin_failed", **strange)
        for at in range(SPRAYED)
    ]
    rows += [
        sign_in(dice.pick(humans), scene.started_s - dice.between(4_000, DAY_S), "signin_failed")
        for _ in range(3)
    ]
    return Traces(idp=rows)
